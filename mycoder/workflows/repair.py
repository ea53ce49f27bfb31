"""The offline rung: repairs failing Python tests by search, on the session's door, without a model.

Its events carry the id of a sub-agent, so that a model that takes over afterwards reads a summary and not calls
that it did not make. Failing tests are taken in groups that fail at the same place, because one search finds one
edit; each patch is applied through the journal and judged by a whole run of the project's own tests.
"""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import msgspec

from mycoder.protocol.blocks import Diff
from mycoder.protocol.events import (
    AgentEnded,
    AgentStarted,
    AnyEvent,
    Asked,
    TestsRan,
    ToolCalled,
    ToolProgressed,
)
from mycoder.repair.engine import NO_MODEL, repair
from mycoder.repair.outcome import Patch, RepairOutcome, RepairRequest, Verified
from mycoder.repair.patch import why_of
from mycoder.repair.verifying import verify
from mycoder.sandbox.sandbox import Sandbox
from mycoder.testing.bench import TestBench
from mycoder.testing.results import ENDLESS, TestRun
from mycoder.workflows.repair_choice import Picked, diff_of, pick
from mycoder.workflows.repair_groups import by_folder, request_for
from mycoder.workflows.repair_progress import shown_run, standing, watched
from mycoder.workflows.repair_words import finished, hints, said, unloaded
from mycoder.workspace.workspace import Workspace

AGENT = "repair"
SHARE, LEAST = 4, 10.0
"""A group of failing tests gets one of so many parts of the time that is left, and at least so many seconds, as long as
there are others: tests that fail in one file may have several causes."""
MOST_ALONE = 8
"""Tests of which each is tried alone."""
ONLY_LONG = (
    "\n  The test had not ended when it was stopped. If it only takes long, undo this and set repair.endless_seconds "
    "higher."
)
WANTED = "Add a test that says what is right, and run this again."


class Rights(Protocol):
    """Who says what the repair may do. The last item of each stream says why not, and is empty when it may."""

    def run(self, call: str, command: str) -> AsyncIterator[AnyEvent | str]:
        """To run the tests and candidates."""

    def write(
        self, call: str, paths: Sequence[str], diff: Diff, *, is_chosen: bool
    ) -> AsyncIterator[AnyEvent | str]:
        """To write a patch over these files. One that a person has chosen needs no further word of theirs."""

    def forbids(self, paths: Sequence[str]) -> bool:
        """Whether a patch over these files is denied without asking, so that nobody need look at it."""

    def choose(self, question: Asked) -> AsyncIterator[AnyEvent]:
        """Asks the person, and gives the question an id. The last event is the answer."""


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
    declined: str = ""
    """That a person wanted none of the patches, and why."""
    was_stopped: bool = False
    """A test was stopped in the last run before its end."""
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
        asks: bool = False,
    ) -> None:
        """`asks`: a person says which behaviour is right where patches differ."""
        self._workspace, self._sandbox, self._tests, self._changes = workspace, sandbox, tests, changes
        self._workers, self._home, self._rights = workers, home, rights
        self._asks = asks
        self._count = self._runs = 0
        self._waited = 0.0
        """Seconds for asking a person and for what they chose, which are not those of the search."""
        self._why_not = ""
        self._declined: set[str] = set()
        """Tests for which a person wanted none of the patches."""
        self._run = TestRun(command="")
        """The last run of all tests."""

    async def run(
        self,
        seconds: float,
        test_seconds: float,
        attempt: Attempt,
        *,
        is_alone: bool = True,
        endless: float = 0.0,
    ) -> AsyncIterator[AnyEvent]:
        """Works until everything is green, nothing more is found or `seconds` of search are used up. `is_alone`: no
        model goes on afterwards. A test that runs for `endless` seconds is taken for one that never ends, which is a
        fault that can be mended; 0 waits for all."""
        yield AgentStarted(child=AGENT, name="repair", task="mend failing tests by search, without a model")
        limits = tuple(dict.fromkeys((endless, 0.0))) if is_alone else (endless,)
        async for event in self._work(seconds, test_seconds, attempt, limits):
            yield msgspec.structs.replace(event, agent=AGENT)
        summary = "; ".join(attempt.fixed) or attempt.left or "nothing failed"
        yield AgentEnded(child=AGENT, ok=attempt.is_green, summary=summary)

    async def _work(
        self, seconds: float, test_seconds: float, attempt: Attempt, limits: tuple[float, ...]
    ) -> AsyncIterator[AnyEvent]:
        """Where nothing mends a test that was stopped it may only take long: all is done again with the next limit."""
        async for asked in self._allowed(self._rights.run("repair-0", self._command)):
            yield asked
        if self._is_denied():
            attempt.left = attempt.denied = f"Not allowed: {self._command}: {self._why_not}."
            return
        for still in limits:
            async for event in self._rounds(seconds, partial(self._run_tests, test_seconds, still), attempt):
                yield event
            attempt.was_stopped = self._run.was_cut
            if attempt.is_green or attempt.denied or not attempt.was_stopped:
                return

    async def _rounds(
        self, seconds: float, run_tests: Callable[[], AsyncIterator[AnyEvent]], attempt: Attempt
    ) -> AsyncIterator[AnyEvent]:
        """Searches for one group of failing tests after the other, for so many seconds altogether."""
        async for event in run_tests():
            yield event
        run = self._run
        attempt.left = _unproven(run) or unloaded(run)
        if attempt.left:
            return
        if run.is_green:
            attempt.is_green, attempt.nothing_failed = True, not attempt.fixed
            return
        command, root = self._tests.command, self._workspace.root
        deadline = time.monotonic() + seconds
        given_up: set[frozenset[str]] = set()
        declined = self._declined
        while (left := deadline + self._waited - time.monotonic()) > 1 and (
            groups := by_folder(_groups(run, given_up, declined), given_up, command, root)
        ):
            outcome, picked = None, Picked()
            group, seconds_now = groups[0], left if len(groups) == 1 else max(left / SHARE, min(left, LEAST))
            async for item in self._search(group, self._request(group, run, seconds_now), picked):
                if isinstance(item, RepairOutcome):
                    outcome = item
                else:
                    yield item
            if outcome is None or outcome.best is None:
                given_up.add(frozenset(group))
                declined.update(group if picked.declined else ())
                if outcome is not None:
                    self._note(attempt, outcome, picked)
                if attempt.denied:
                    return
                continue
            was_endless = any(run.cases[name].kind == ENDLESS for name in group)
            attempt.fixed.append(said(outcome, picked) + (ONLY_LONG if was_endless else ""))
            for changed in self._changes():
                yield changed
            async for event in run_tests():
                yield event
            run = self._run
            if run.is_green:
                attempt.is_green = True
                return
        attempt.left = _unproven(run) or attempt.left or f"The time for the search was used up. {NO_MODEL}"

    async def _run_tests(self, seconds: float, still: float) -> AsyncIterator[AnyEvent]:
        """All tests as a call with progress; `_run` is what came of it. What stands already is not run again."""
        if (run := await standing(self._tests, still)) is None:
            self._runs += 1
            work = partial(self._tests.run, (), seconds=seconds, still=still)
            async for item in shown_run(f"repair-tests-{self._runs}", work):
                if isinstance(item, TestRun):
                    run = item
                else:
                    yield item
        assert run is not None
        self._run = run
        yield self._ran(run)

    def _note(self, attempt: Attempt, outcome: RepairOutcome, picked: Picked) -> None:
        """Why a search came to nothing. What a person did not want is told in any case."""
        if picked.declined:
            attempt.declined = f"{attempt.declined} {outcome.why}".strip()
            attempt.hints = f"{attempt.hints}\n\n{hints(outcome, picked)}".strip()
        elif not attempt.declined:
            attempt.hints = hints(outcome, picked)
        words = [attempt.declined, WANTED] if attempt.declined else []
        attempt.left = " ".join(words if picked.declined else [*words, outcome.why])
        attempt.denied = attempt.left if self._is_denied() else ""

    def _request(self, group: tuple[str, ...], run: TestRun, seconds: float) -> RepairRequest:
        request = RepairRequest(seconds=seconds, workers=self._workers)
        return request_for(group, run, request, self._tests.command, self._workspace.root)

    async def _search(
        self, group: tuple[str, ...], request: RepairRequest, picked: Picked
    ) -> AsyncIterator[AnyEvent | RepairOutcome]:
        """One search as a call with progress; the last item is its outcome. The best patch is applied, or the one
        that a person chose."""
        self._count += 1
        call = f"repair-{self._count}"
        names = group[0] if len(group) == 1 else f"{group[0]} and {len(group) - 1} more"
        yield ToolCalled(call_id=call, tool="repair", title=f"repair {names}")
        outcome: RepairOutcome | None = None
        root, sandbox, home = self._workspace.root, self._sandbox, self._home
        async for item in watched(call, lambda tell: repair(root, request, sandbox, tell, home=home)):
            if isinstance(item, ToolProgressed):
                yield item
            else:
                outcome = item
        assert outcome is not None
        if outcome.best is not None:
            choices = tuple(c for c in outcome.choices if not self._rights.forbids(tuple(c.patch.files)))
            outcome = msgspec.structs.replace(outcome, choices=choices)
            before = {path: self._content(path) for path in _paths(outcome)}
            async for event in self._agreed(outcome, request, picked, call):
                yield event
            outcome = self._settled(outcome, picked, before, call)
        yield finished(call, outcome, picked)
        yield outcome

    async def _agreed(
        self, outcome: RepairOutcome, request: RepairRequest, picked: Picked, call: str
    ) -> AsyncIterator[AnyEvent]:
        """Finds out which patch is to be written, and whether it may be; `picked` and `_why_not` say so."""
        began = time.monotonic()
        choices = outcome.choices
        if self._asks and len(choices) > 1 and choices[0].patch is outcome.best:
            judge = partial(self._judged, request, call)
            async for event in pick(outcome, self._rights.choose, judge, picked, call):
                yield event
            self._waited += time.monotonic() - began
        else:
            picked.patch = outcome.best
        if (patch := picked.patch) is None:
            return
        asking = self._rights.write(
            call, tuple(patch.files), diff_of(patch, patch.diff), is_chosen=picked.is_asked
        )
        async for event in self._allowed(asking):
            yield event

    async def _judged(
        self, request: RepairRequest, call: str, patch: Patch
    ) -> AsyncIterator[AnyEvent | Verified]:
        root, sandbox, home = self._workspace.root, self._sandbox, self._home
        async for item in watched(call, lambda tell: verify(root, request, patch, sandbox, tell, home)):
            yield item

    def _settled(
        self, outcome: RepairOutcome, picked: Picked, before: dict[str, bytes | None], call: str
    ) -> RepairOutcome:
        """Writes the patch that was agreed on. The outcome tells of it as the best, or why there is none."""
        patch, verified = picked.patch, picked.verified
        problem = picked.declined or self._why_left(before)
        if patch is None or problem or (problem := self._apply(patch, call)):
            return msgspec.structs.replace(outcome, best=None, why=" ".join([*picked.refused, problem]))
        if patch is outcome.best or verified is None:
            return outcome
        why = why_of(outcome.plausible - len(picked.refused), 0, verified.after)
        return msgspec.structs.replace(outcome, best=patch, why=why, after=verified.after)

    async def _allowed(self, asking: AsyncIterator[AnyEvent | str]) -> AsyncIterator[AnyEvent]:
        """The events of asking; the answer is in `_why_not` afterwards."""
        began = time.monotonic()
        async for item in asking:
            if isinstance(item, str):
                self._why_not = item
            else:
                yield item
        self._waited += time.monotonic() - began

    def _content(self, path: str) -> bytes | None:
        """What the file holds now; None for one that cannot be read."""
        try:
            return (self._workspace.root / path).read_bytes()
        except OSError:
            return None

    def _why_left(self, before: dict[str, bytes | None]) -> str:
        if self._why_not:
            return f"not allowed: {self._why_not}"
        if changed := [path for path, data in before.items() if self._content(path) != data]:
            return f"{', '.join(changed)} was changed while the patch waited for an answer, and is left alone"
        return ""

    def _is_denied(self) -> bool:
        return bool(self._why_not)

    @property
    def _command(self) -> str:
        return self._tests.command.text if self._tests.command else "the tests"

    def _apply(self, patch: Patch, call: str) -> str:
        """Writes the patch; returns why not when the files are not what was searched on any more."""
        try:
            with self._workspace.journal.change("repair", call) as change:
                for path, data in patch.files.items():
                    change.write(path, data)
        except OSError as fault:
            return f"the patch was found but could not be written: {fault}"
        return ""

    def _ran(self, run: TestRun) -> TestsRan:
        return self._tests.event(run, self._tests.compare(run))


def _paths(outcome: RepairOutcome) -> list[str]:
    """The files of all patches that may come to be written."""
    patches = [choice.patch for choice in outcome.choices] + ([outcome.best] if outcome.best else [])
    return list(dict.fromkeys(path for patch in patches for path in patch.files))


def _unproven(run: TestRun) -> str:
    """Why a run in which no test failed counts for nothing all the same; empty when it counts."""
    if run.failing or not run.problem:
        return ""
    return f"The tests prove nothing: {run.problem.rstrip('.')}. {NO_MODEL}"


def _groups(run: TestRun, given_up: set[frozenset[str]], declined: set[str]) -> list[tuple[str, ...]]:
    """What is left to be tried, in this order: failing tests whose failure is in the same file, at the same place, each
    test alone, all at once. For those whose patches a person declined nothing more is looked for."""
    places: dict[str, list[str]] = {}
    wanted = [name for name in run.failing if name not in declined]
    for name in wanted:
        case = run.cases[name]
        inner = case.frames[-1] if case.frames else None
        place = f"{inner.path}:{inner.function}" if inner else name.partition("::")[0]
        places.setdefault(place, []).append(name)
    files: dict[str, list[str]] = {}
    for key, names in places.items():
        files.setdefault(key.partition(":")[0], []).extend(names)
    tries = [*files.values(), *places.values(), *([name] for name in wanted[:MOST_ALONE]), wanted]
    return list(dict.fromkeys(tuple(sorted(t)) for t in tries if t and frozenset(t) not in given_up))
