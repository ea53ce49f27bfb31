"""A task without a person: the session's events become a result on standard output and an exit code."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mycoder.protocol.commands import AnyCommand
from mycoder.protocol.events import AnyEvent, TurnEnded, TurnStarted
from mycoder.protocol.report import FileChange, Report
from mycoder.ui.exit_codes import ExitCode, of_turn
from mycoder.ui.headless.results import Results, write_answer
from mycoder.ui.headless.signals import CLOSING, CLOSING_CALMLY, Signals

if TYPE_CHECKING:
    from typing import Protocol

    from mycoder.ui.headless.answers import AnswerSchema
    from mycoder.ui.headless.progress import Progress

    class Runnable(Protocol):
        """What this face needs of a session."""

        id: str

        async def send(self, command: AnyCommand) -> None: ...
        def run(self, prompt: str) -> AsyncIterator[AnyEvent]: ...
        async def close(self) -> None: ...


_STOPPED = ("interrupted", "timeout", "budget")
"""Ends that leave work which a next turn can take up."""
WORDS = 120
"""Characters of a task that are repeated in a command."""
AGAIN = "make the failing tests pass"
"""The task that needs no model."""
CORRECTIONS = 2
"""How often an answer that does not match the schema is sent back."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What to do and how to tell it. `form` is text, json or stream-json."""

    task: str
    form: str = "text"
    answer_file: Path | None = None
    schema_file: Path | None = None
    is_quiet: bool = False
    is_ascii: bool = False
    is_still: bool = False
    allow_unverified: bool = False
    accept_known_failures: bool = False
    notes: tuple[str, ...] = ()
    """Sentences to say first, such as warnings about settings."""


async def run(
    job: Job,
    open_session: Callable[[AnswerSchema | None], Awaitable[Runnable]],
    results: Results | None = None,
) -> int:
    """Does the job and returns the exit code. Raises SchemaError, and what opening and the session raise.

    `results` is where the result goes; without it, standard output in the form that the job names.
    """
    schema = _read_schema(job.schema_file)
    results = results or Results.of_process(job.form)
    results.is_ascii = results.is_ascii or job.is_ascii
    signals = Signals()
    try:
        return await _run(_Face(job, results, signals, schema), open_session)
    finally:
        signals.close()


async def _run(face: _Face, open_session: Callable[[AnswerSchema | None], Awaitable[Runnable]]) -> int:
    session: Runnable | None = None
    try:
        session = face.signals.session = await open_session(face.schema)
        ended = await face.turns(session)
    except asyncio.CancelledError:
        if not face.is_stopped:
            raise
        ended = TurnEnded(reason="interrupted", message="Stopped before the turn could end by itself.")
        face.results.event(ended)
    except Exception:
        await _close(face, session)
        raise
    face.close()
    code = face.finish(ended, session.id if session else "")
    await _close(face, session)
    return code


async def _close(face: _Face, session: Runnable | None) -> None:
    """After the result is told: what the session still has to do must not hold up whoever waits for it."""
    face.signals.turn_is_over()
    face.close()
    if session is None:
        return
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait_for(session.close(), CLOSING if face.is_stopped else CLOSING_CALMLY)
    except TimeoutError:
        _complain("The session did not close in time; `mycoder doctor` and the log may tell why.")


class _Face:
    """One run: its turns, what is shown meanwhile, and the result."""

    def __init__(self, job: Job, results: Results, signals: Signals, schema: AnswerSchema | None) -> None:
        self._job, self.results, self.signals, self.schema = job, results, signals, schema
        self._progress: Progress | None = None
        self._output: Any = msgspec.UNSET
        self._fault = ""
        self._is_closed = False

    @property
    def is_stopped(self) -> bool:
        """By a signal, or because nobody reads any more."""
        return bool(self.signals.received) or self.results.is_broken

    async def turns(self, session: Runnable) -> TurnEnded:
        """The task, and the same again while the answer does not match the schema."""
        prompt = self._job.task
        if self.schema is not None:
            prompt = f"{prompt}\n\n{self.schema.request()}"
        ended = await self._turn(session, prompt)
        for _ in range(CORRECTIONS):
            if self._is_answered(ended):
                break
            self._say(f"asking again: {self._fault}")
            correction = (
                f"Your answer does not match the JSON schema: {self._fault}. Answer again, only with JSON."
            )
            ended = joined(ended, await self._turn(session, correction))
        if not self._is_answered(ended):
            ended = msgspec.structs.replace(
                ended, reason="failed", message=f"The answer does not match the schema: {self._fault}."
            )
        return ended

    def finish(self, ended: TurnEnded, session: str) -> int:
        """Tells the result and returns the exit code."""
        code = of_turn(
            ended,
            allow_unverified=self._job.allow_unverified,
            accept_known_failures=self._job.accept_known_failures,
            signal=self.signals.received,
        )
        was_broken = self.results.is_broken
        if self._job.answer_file is not None:
            try:
                write_answer(self._job.answer_file, ended.answer)
            except OSError as error:
                _complain(f"The answer could not be written to {self._job.answer_file}: {error.strerror}.")
                code = code or ExitCode.NOT_ACHIEVED
        self.results.end(ended, code, session=session, output=self._output)
        if self.results.fault:
            _complain(f"The result could not be written: {self.results.fault}.")
            code = code or ExitCode.NOT_ACHIEVED
        if was_broken and not self.signals.received:
            return ExitCode.BROKEN_PIPE
        self._say_last(ended, session)
        if code:
            from mycoder.ui.headless.report import outcome, report_text  # late: only at the end

            # standard output has told why, where it holds a report
            is_told = self.results.form == "text" and report_text(ended, is_ascii=True)
            words = outcome(msgspec.structs.replace(ended, message="") if is_told else ended)
            way_on = self._way_on(ended, session)
            _complain(f"{words}. {way_on}" if is_told and way_on else f"{words} {way_on}".strip())
        return code

    def _way_on(self, ended: TurnEnded, session: str) -> str:
        if ended.reason not in _STOPPED or session in ("", "ephemeral"):
            return ""
        # late: only at the end
        import shlex

        from mycoder.workflows.wording import is_about_failing_tests

        words = "go on"
        if not ended.report.model and is_about_failing_tests(self._job.task):
            # without a model nobody knows what "go on" means
            words = self._job.task if len(self._job.task) <= WORDS else AGAIN
        return f"To go on: mycoder --resume {session} --task {shlex.quote(words)}"

    def _say_last(self, ended: TurnEnded, session: str) -> None:
        """What it took, and how to go on with it."""
        from mycoder.ui.headless.report import totals  # late: only at the end

        words = totals(ended.report, session, is_ascii=self.results.is_ascii)
        if words:
            with contextlib.suppress(OSError, ValueError):
                self._shown().say(words)

    def close(self) -> None:
        """Says what was not said yet and takes away what moves."""
        if self._is_closed or (self._progress is None and not self._job.notes):
            return
        self._is_closed = True
        with contextlib.suppress(OSError, ValueError):
            self._shown().close()

    async def _turn(self, session: Runnable, prompt: str) -> TurnEnded:
        ended: TurnEnded | None = None
        async for event in session.run(prompt):
            self.results.event(event)
            if self.results.is_broken:
                self.signals.interrupt()
            # TurnStarted comes before the first request; what shows the rest is loaded while the model thinks
            if not isinstance(event, TurnStarted):
                with contextlib.suppress(OSError, ValueError):  # standard error may be gone
                    self._shown().see(event)
            if isinstance(event, TurnEnded) and not event.agent:
                ended = event
        return ended or TurnEnded(reason="crashed", message="The session ended in the middle of the turn.")

    def _is_answered(self, ended: TurnEnded) -> bool:
        """True when there is nothing to send back; otherwise `_fault` says what is wrong."""
        if self.schema is None or ended.reason != "done":
            return True
        from mycoder.ui.headless.answers import AnswerError  # late: only with a schema

        try:
            self._output, self._fault = self.schema.parse(ended.answer), ""
        except AnswerError as error:
            self._fault = str(error)
        return not self._fault

    def _say(self, text: str) -> None:
        self._shown().say(text)

    def _shown(self) -> Progress:
        if self._progress is None:
            self._progress = _open_progress(self._job)
            for note in self._job.notes:
                self._progress.say(note)
        return self._progress


def joined(first: TurnEnded, then: TurnEnded) -> TurnEnded:
    """`then`, with a report over both turns."""
    one, two = first.report, then.report
    files: dict[str, FileChange] = {change.path: change for change in (*one.files, *two.files)}
    tested = two if two.after is not None else one
    report = Report(
        verified=two.verified if two.files or two.after is not None else one.verified,
        command=tested.command,
        before=one.before or two.before,
        after=tested.after,
        fixed=tested.fixed,
        broken=tested.broken,
        failing=tested.failing,
        known=tested.known,
        files=tuple(files[path] for path in sorted(files)),
        sandbox=two.sandbox or one.sandbox,
        steps=one.steps + two.steps,
        steps_by={
            name: one.steps_by.get(name, 0) + two.steps_by.get(name, 0)
            for name in (*one.steps_by, *two.steps_by)
        },
        usage=one.usage + two.usage,
        seconds=round(one.seconds + two.seconds, 2),
        note=two.note or one.note,
    )
    return msgspec.structs.replace(then, report=report)


def _read_schema(file: Path | None) -> AnswerSchema | None:
    if file is None:
        return None
    from mycoder.ui.headless.answers import AnswerSchema  # late: only with a schema

    return AnswerSchema.read(file)


def _open_progress(job: Job) -> Progress:
    """Imported here because it would only delay the first request."""
    from mycoder.ui.headless.progress import LiveProgress, Progress, Silence  # late: see above

    if job.is_quiet:
        return Silence(sys.stderr)
    if job.is_still or not sys.stderr.isatty() or os.environ.get("TERM", "dumb") in ("dumb", "unknown"):
        return Progress(sys.stderr)
    return LiveProgress(sys.stderr)


def _complain(text: str) -> None:
    from mycoder.ui.standard_error import complain  # late: only at the end

    complain(text)
