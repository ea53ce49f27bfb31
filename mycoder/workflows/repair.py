"""The offline rung: repairs failing Python tests by search, on the session's door, without a model.

Its events carry the id of a sub-agent, so that a model that takes over afterwards reads a summary and not calls
that it did not make. Failing tests are taken in groups that fail at the same place, because one search finds one
edit; each patch is applied through the journal and judged by a whole run of the project's own tests.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from mycoder.protocol.blocks import Diff, Notice
from mycoder.protocol.events import (
    AgentEnded,
    AgentStarted,
    AnyEvent,
    TestsRan,
    ToolCalled,
    ToolFinished,
    ToolProgressed,
)
from mycoder.repair.engine import NO_MODEL, repair
from mycoder.repair.outcome import Patch, RepairOutcome, RepairProgress, RepairRequest
from mycoder.sandbox.sandbox import Sandbox
from mycoder.testing.bench import TestBench
from mycoder.testing.results import TestRun
from mycoder.workspace.workspace import Workspace

AGENT = "repair"


class Rights(Protocol):
    """Who says what the repair may do. The last item of each stream says why not, and is empty when it may."""

    def run(self, call: str, command: str) -> AsyncIterator[AnyEvent | str]:
        """To run the tests and candidates."""

    def write(self, call: str, paths: Sequence[str], diff: Diff) -> AsyncIterator[AnyEvent | str]:
        """To write a patch over these files."""


class Attempt(msgspec.Struct):
    """What came of it, filled while it runs. `is_green` means that a whole run passed at the end."""

    is_green: bool = False
    nothing_failed: bool = False
    fixed: list[str] = []
    """One line for each patch that was applied."""
    left: str = ""
    """Why something was left, for people, with what to do."""
    denied: str = ""
    """What was not allowed, and why."""
    hints: str = ""
    """What a model can start from: suspicious places and partial patches."""


class Repairer:
    """Repairs one project; `changes` turns new journal entries into events."""

    def __init__(
        self,
        workspace: Workspace,
        sandbox: Sandbox,
        tests: TestBench,
        changes: Callable[[], Sequence[AnyEvent]],
        *,
        workers: int,
        home: Path,
        rights: Rights,
    ) -> None:
        self._workspace, self._sandbox, self._tests, self._changes = workspace, sandbox, tests, changes
        self._workers, self._home, self._rights = workers, home, rights
        self._count = 0
        self._waited = 0.0
        """Seconds in which a person was asked, which are not those of the search."""
        self._why_not = ""

    async def run(self, seconds: float, test_seconds: float, attempt: Attempt) -> AsyncIterator[AnyEvent]:
        """Works until everything is green, nothing more is found or `seconds` of search are used up."""
        yield AgentStarted(child=AGENT, name="repair", task="mend failing tests by search, without a model")
        async for event in self._work(seconds, test_seconds, attempt):
            yield msgspec.structs.replace(event, agent=AGENT)
        summary = "; ".join(attempt.fixed) or attempt.left or "nothing failed"
        yield AgentEnded(child=AGENT, ok=attempt.is_green, summary=summary)

    async def _work(self, seconds: float, test_seconds: float, attempt: Attempt) -> AsyncIterator[AnyEvent]:
        async for asked in self._allowed(self._rights.run("repair-0", self._command)):
            yield asked
        if self._is_denied():
            attempt.left = attempt.denied = f"Not allowed: {self._command}: {self._why_not}."
            return
        run = await self._tests.run(seconds=test_seconds)
        yield self._ran(run)
        if run.problem and not run.failing:
            attempt.left = f"The tests prove nothing: {run.problem}. {NO_MODEL}"
            return
        if run.is_green:
            attempt.is_green = attempt.nothing_failed = True
            return
        deadline = time.monotonic() + seconds
        given_up: set[frozenset[str]] = set()
        while (left := deadline + self._waited - time.monotonic()) > 1 and (
            group := _next_group(run, given_up)
        ):
            outcome: RepairOutcome | None = None
            async for item in self._search(group, left / 2 if len(group) < len(run.failing) else left):
                if isinstance(item, RepairOutcome):
                    outcome = item
                else:
                    yield item
            if outcome is None or outcome.best is None:
                given_up.add(frozenset(group))
                if outcome is not None:
                    attempt.left, attempt.hints = outcome.why, _hints(outcome)
                if self._is_denied():
                    attempt.denied = attempt.left
                    return
                continue
            attempt.fixed.append(_said(outcome))
            for changed in self._changes():
                yield changed
            run = await self._tests.run(seconds=test_seconds)
            yield self._ran(run)
            if run.is_green:
                attempt.is_green = True
                return
        attempt.left = attempt.left or f"The time for the search was used up. {NO_MODEL}"

    async def _search(
        self, group: tuple[str, ...], seconds: float
    ) -> AsyncIterator[AnyEvent | RepairOutcome]:
        """One search as a call with progress; the last item is its outcome. The best patch is applied."""
        self._count += 1
        call = f"repair-{self._count}"
        names = group[0] if len(group) == 1 else f"{group[0]} and {len(group) - 1} more"
        yield ToolCalled(call_id=call, tool="repair", title=f"repair {names}")
        command = self._tests.command
        request = RepairRequest(
            argv=command.argv if command else ("pytest",),
            seconds=seconds,
            workers=self._workers,
            failing=group,
        )
        told: asyncio.Queue[RepairProgress | None] = asyncio.Queue()
        search = asyncio.ensure_future(
            repair(self._workspace.root, request, self._sandbox, told.put_nowait, home=self._home)
        )
        search.add_done_callback(lambda _: told.put_nowait(None))
        try:
            async for line in _paced(told):
                yield ToolProgressed(call_id=call, text=line)
            outcome = await search
        finally:
            if not search.done():
                search.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await search
        problem = ""
        if outcome.best is not None:
            paths = tuple(outcome.best.files)
            before = self._contents(paths)
            async for asked in self._allowed(self._rights.write(call, paths, _diff(outcome.best))):
                yield asked
            problem = self._why_left(paths, before) or self._apply(outcome, call)
        if problem:
            outcome = msgspec.structs.replace(outcome, best=None, why=problem)
        yield _finished(call, outcome)
        yield outcome

    async def _allowed(self, asking: AsyncIterator[AnyEvent | str]) -> AsyncIterator[AnyEvent]:
        """The events of asking; the answer is in `_why_not` afterwards."""
        began = time.monotonic()
        async for item in asking:
            if isinstance(item, str):
                self._why_not = item
            else:
                yield item
        self._waited += time.monotonic() - began

    def _contents(self, paths: Sequence[str]) -> list[bytes | None]:
        """What the files hold now; None for one that cannot be read."""
        found: list[bytes | None] = []
        for path in paths:
            try:
                found.append((self._workspace.root / path).read_bytes())
            except OSError:
                found.append(None)
        return found

    def _why_left(self, paths: Sequence[str], before: list[bytes | None]) -> str:
        if self._why_not:
            return f"not allowed: {self._why_not}"
        if self._contents(paths) != before:
            return f"{', '.join(paths)} was changed while the patch waited for an answer, and is left alone"
        return ""

    def _is_denied(self) -> bool:
        return bool(self._why_not)

    @property
    def _command(self) -> str:
        return self._tests.command.text if self._tests.command else "the tests"

    def _apply(self, outcome: RepairOutcome, call: str) -> str:
        """Writes the best patch; returns why not when the files are not what was searched on any more."""
        if outcome.best is None:
            return ""
        try:
            with self._workspace.journal.change("repair", call) as change:
                for path, data in outcome.best.files.items():
                    change.write(path, data)
        except OSError as fault:
            return f"the patch was found but could not be written: {fault}"
        return ""

    def _ran(self, run: TestRun) -> TestsRan:
        return self._tests.event(run, self._tests.compare(run))


async def _paced(told: "asyncio.Queue[RepairProgress | None]", every: float = 0.5) -> AsyncIterator[str]:
    """Lines of progress, at most one in `every` seconds."""
    last = 0.0
    while (progress := await told.get()) is not None:
        now = time.monotonic()
        if now - last < every:
            continue
        last = now
        pace = f", {progress.per_second:,.0f} candidates/s" if progress.per_second else ""
        eta = f", {progress.left:.0f} s left" if progress.left else ""
        yield f"{progress.stage}: {progress.text}{pace}{eta}\n"


def _next_group(run: TestRun, given_up: set[frozenset[str]]) -> tuple[str, ...]:
    """Failing tests that fail at the same place of the project, largest group first; all at once as the last try."""
    groups: dict[str, list[str]] = {}
    for name in run.failing:
        case = run.cases[name]
        inner = case.frames[-1] if case.frames else None
        groups.setdefault(f"{inner.path}:{inner.function}" if inner else name.partition("::")[0], []).append(
            name
        )
    by_file: dict[str, list[str]] = {}
    for key, names in groups.items():
        by_file.setdefault(key.partition(":")[0], []).extend(names)
    tries = [*by_file.values(), *groups.values(), *([name] for name in run.failing[:8]), list(run.failing)]
    return next((tuple(sorted(t)) for t in tries if frozenset(t) not in given_up), ())


def _finished(call: str, outcome: RepairOutcome) -> ToolFinished:
    best = outcome.best
    if best is None:
        return ToolFinished(
            call_id=call,
            ok=False,
            output=outcome.why,
            blocks=(Notice(text=outcome.why),),
            seconds=outcome.seconds,
        )
    blocks = [_diff(best)]
    notices = [
        Notice(text=f"Another candidate passes too; {other.differs}", hint=other.diff)
        for other in outcome.others[:4]
    ]
    return ToolFinished(
        call_id=call, output=_said(outcome), blocks=(*blocks, *notices), seconds=round(outcome.seconds, 2)
    )


def _diff(best: Patch) -> Diff:
    return Diff(path=best.path, text=best.diff, added=_count(best.diff, "+"), removed=_count(best.diff, "-"))


def _said(outcome: RepairOutcome) -> str:
    best = outcome.best
    place = f"{best.path}:{best.line} ({best.operator})" if best else ""
    text = f"{place}: {outcome.why}; {outcome.tried:,} candidates in {outcome.seconds:.1f} s"
    other = next((o for o in outcome.others if o.differs.startswith("for ")), None)
    if best is not None and other is not None:
        text += (
            f"\n  Another of them {other.differs}. If the best one is wrong there, add a test that says so, "
            "undo this and run it again."
        )
    return text


def _hints(outcome: RepairOutcome) -> str:
    places = "\n".join(f"- {s.path}:{s.line} {s.name} ({s.score:.2f})" for s in outcome.localisation[:10])
    parts = [f"Most suspicious places by coverage of failing and passing tests:\n{places}"] if places else []
    if outcome.partial:
        parts.append(f"This makes some of the failing tests pass, but not all:\n{outcome.partial}")
    return "\n\n".join(parts)


def _count(diff: str, sign: str) -> int:
    return sum(line.startswith(sign) and not line.startswith(sign * 3) for line in diff.splitlines())
