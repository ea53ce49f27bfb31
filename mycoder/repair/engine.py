"""Search-based program repair: makes failing Python tests pass by trying small natural edits, without a
model.

The idea is as old as GenProg (Le Goues et al. 2012); the order of the candidates follows Prophet's and
CapGen's finding that a good prior is worth more than a fast search; candidates are judged in forked, warm
processes.
The project itself is never written to: everything happens in a private copy, and the answer is a patch.
"""

import asyncio
import math
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mycoder.repair.behaviour import compare
from mycoder.repair.candidate import Candidate
from mycoder.repair.clues import clues
from mycoder.repair.diagnosis import Diagnosis
from mycoder.repair.evident import evident
from mycoder.repair.folder import private_folder
from mycoder.repair.interpreter import UnsuitedError
from mycoder.repair.judging import MOST_ALSO, prepare
from mycoder.repair.link import Worker, WorkerError
from mycoder.repair.outcome import (
    Choice,
    Patch,
    RepairOutcome,
    RepairProgress,
    RepairRequest,
    Suspect,
    TestCounts,
)
from mycoder.repair.patch import patch_of, why_of
from mycoder.repair.promises import ordered_by_promises
from mycoder.repair.ranking import is_special_case, ordered
from mycoder.repair.search import LEAST_LIMIT, Budget, Found, Search, eta
from mycoder.repair.source import Source
from mycoder.repair.space import Space
from mycoder.repair.tree import TreeTooLargeError
from mycoder.repair.unreached import unreached
from mycoder.repair.verifying import counts, run_with
from mycoder.repair.worker.verdict import GOOD, SLOW

if TYPE_CHECKING:
    from mycoder.sandbox.sandbox import Sandbox

MOST_VERIFIED = 8
MOST_RESTARTS = 20
LEAST_DOUBT = 3.0
"""Seconds in which the search goes on at least while every patch so far breaks an example of a docstring; it may take
as long as the first patch took."""
LEAST_LEFT = 2.0
"""Seconds that must be left for that."""
CLOSING = 0.15
CLOSING_SHARE = 0.15
"""Seconds kept back for ending the worker and removing the copy, and more by what its start took, since a busy
machine is as slow at that."""
MOST_CLOSING = 0.8
LATE = 0.2
"""Seconds beyond the budget after which also what came before the search is given up."""
AGAIN = 2.0
"""Time limit, in usual ones, of a candidate that is judged a second time."""
MOST_EXTRA = 4.0
"""Seconds after the first plausible candidate at most, in a large project."""
NO_MODEL = (
    "Repair by search makes small edits in one place of Python code that a failing test runs. For anything "
    "else set a model: export OPENAI_API_KEY=… and `mycoder --model openai/NAME`, or start a local server "
    "(`ollama serve`)."
)


async def repair(
    root: Path,
    request: RepairRequest,
    sandbox: "Sandbox | None",
    progress: Callable[[RepairProgress], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
    home: Path | None = None,
) -> RepairOutcome:
    """Looks for the smallest natural edit that makes the failing tests of `root` pass.

    `home` is where the private copy is made (default: a new folder in the system's temporary one); nothing is
    left there. Cancelling the task ends the workers and removes the copy. Never raises for what the project
    does."""
    base = Path(tempfile.gettempdir()) if home is None else home
    with private_folder(base) as place:
        run = _Run(root.resolve(), request, sandbox, progress, should_stop, place)
        try:
            return await run.go()
        except (UnsuitedError, TreeTooLargeError) as error:
            return run.unsuited(str(error))
        except WorkerError as error:
            return run.unsuited(f"{error}. {NO_MODEL}")
        except OSError as error:
            return run.unsuited(f"the private copy of the project cannot be made or run: {error}")
        finally:
            await run.close()


class _Run:
    """The state of one repair."""

    def __init__(
        self,
        root: Path,
        request: RepairRequest,
        sandbox: "Sandbox | None",
        progress: Callable[[RepairProgress], None],
        should_stop: Callable[[], bool],
        home: Path,
    ) -> None:
        self._request = request
        self._progress = progress
        self._should_stop = should_stop
        self._found = Found()
        self._verified = 0
        self._refuted = ""
        self._restarts = 0
        self._doubted: list[Candidate] = []
        """Plausible ones that break an example of a docstring: taken when nothing better is found."""
        self._broken = 0
        self._doubting_until = math.inf
        self._has_doubted = False
        """What was doubted was refused by the whole suite since: there is no second time of grace."""
        self._sources: list[Source] = []
        self._diagnosis = Diagnosis(root, request, sandbox, home, self._say)

    async def go(self) -> RepairOutcome:
        try:
            async with asyncio.timeout(self._request.seconds + LATE):
                worker = await self._diagnosed()
        except TimeoutError:
            return self.out_of_time()
        search = self._new_search(worker)
        while True:
            worker = await self._searched(search, worker)
            outcome = await self._conclude(worker)
            if outcome is not None:
                return outcome

    async def _diagnosed(self) -> Worker:
        """A worker that is ready to judge candidates at the suspicious places."""
        worker = await self._diagnosis.make()
        if not self._diagnosis.suspects:
            if endless := self._diagnosis.never_ending():
                raise UnsuitedError(
                    f"{endless} of the failing tests neither passed nor failed in the time that a test gets, so "
                    f"what they run is not known: they are too slow, or wait for something. {NO_MODEL}"
                )
            raise UnsuitedError(
                f"the failing tests run no code of the project that could be changed. {NO_MODEL}"
            )
        self._sources = await prepare(worker, self._diagnosis)
        return worker

    async def _searched(self, search: Search, worker: Worker) -> Worker:
        """Searches; where a candidate got as far as killing the worker the search goes on with a new one.
        Returns the worker that lives."""
        while True:
            try:
                await search.run()
                return worker
            except WorkerError:
                self._restarts += 1
                if self._restarts > MOST_RESTARTS or self._left() < 0:
                    self._refuted += f"; candidates ended the worker {self._restarts} times"
                    return worker
            self._say("searching", "a candidate ended the worker; starting it again")
            try:
                async with asyncio.timeout(max(1.0, self._left())):
                    await self._diagnosis.rooms.pop().close()
                    worker, _ = await self._diagnosis.open()
                    self._sources = await prepare(worker, self._diagnosis)
            except TimeoutError:
                return worker
            search.go_on_with(worker)

    # --- stages ----------------------------------------------------------------------------------

    def _new_search(self, worker: Worker) -> Search:
        diagnosis, request = self._diagnosis, self._request
        literals = clues(diagnosis)
        suspects = [*diagnosis.suspects, *unreached(diagnosis.suspects, diagnosis.load)]
        space = Space(self._sources, [*suspects, *evident(suspects, self._sources, literals)], literals)
        spent = diagnosis.spent()
        left = max(0.0, self._left())
        extra = max(request.extra, min(MOST_EXTRA, 0.3 * spent))  # worth it where all the rest takes long
        budget = Budget(left, extra, request.plausible, request.workers)

        def tell(found: Found) -> None:
            text = f"{found.tried} candidates tried, {len(found.plausible)} pass"
            best = found.partial.operator if found.partial else ""
            self._report("searching", text, eta(found, budget), best)

        def should_stop() -> bool:
            return self._should_stop() or time.monotonic() > self._doubting_until

        search = Search(worker, space, budget, tell, should_stop)
        self._found = search.found
        return search

    async def _conclude(self, worker: Worker) -> RepairOutcome | None:
        """The outcome, or None when no plausible candidate stood the whole suite and there is time to go
        on."""
        found, sources = self._found, self._sources
        chosen = ordered([c for c in found.plausible if not is_special_case(sources[c.file], c)], sources)
        refused = len(found.plausible) - len(chosen)
        chosen, goes_on = await self._weighed(worker, chosen)
        if goes_on:
            return None
        had_some = bool(chosen or found.plausible)
        while chosen and self._verified < MOST_VERIFIED:
            self._verified += 1
            self._say("verifying", "running the whole suite with the patch in the file")
            after, red = await self._verify(chosen[0])
            if not red:
                return await self._fixed(worker, chosen, after)
            self._refuted += (
                f"; with {chosen[0].operator} at line {chosen[0].line} {red[0]} fails in the whole suite"
            )
            chosen = await self._still_good(worker, chosen[1:], red)
        may_go_on = had_some and self._verified < MOST_VERIFIED and not found.is_exhausted
        if may_go_on and self._left() > 0 and not self._should_stop():
            found.plausible, self._doubting_until, self._has_doubted = [], math.inf, True
            return None
        what = "all small edits were tried" if found.is_exhausted else "the time was used up"
        why = f"no edit makes the tests pass ({found.tried} tried, {what}){self._refuted[:600]}"
        if refused:
            why += f"; {refused} that only repeat the tests' own answers were refused"
        partial = patch_of(sources, found.partial).diff if found.partial else ""
        outcome = self._outcome("nothing", f"{why}. {NO_MODEL}", None, (), len(chosen), TestCounts())
        return msgspec.structs.replace(outcome, partial=partial)

    async def _weighed(self, worker: Worker, chosen: list[Candidate]) -> tuple[list[Candidate], bool]:
        """The candidates in the order of how many examples in docstrings they keep, and whether the search goes on
        first, since no one keeps them all."""
        found = self._found
        kept = await ordered_by_promises(worker, self._sources, [*self._doubted, *chosen])
        is_late = found.is_exhausted or self._should_stop() or time.monotonic() > self._doubting_until
        is_late = is_late or self._has_doubted
        if kept.is_doubtful and found.plausible and not is_late and self._left() > LEAST_LEFT:
            self._doubting_until = min(
                self._doubting_until, time.monotonic() + max(LEAST_DOUBT, found.first_after)
            )
            self._doubted, found.plausible = kept.chosen, []
            return [], True
        self._doubted = []
        self._broken = kept.broken
        return kept.chosen, False

    async def _fixed(self, worker: Worker, chosen: list[Candidate], after: TestCounts) -> RepairOutcome:
        best, rest = chosen[0], chosen[1:]
        self._say("comparing", f"comparing {len(rest)} other candidates")
        found = await compare(worker, self._sources, best, rest, self._request.seed)
        patches = {c.key: patch_of(self._sources, c) for c in chosen}
        others = tuple(msgspec.structs.replace(patches[c.key], differs=text) for c, text in found.told)
        why = why_of(len(chosen), sum(text.startswith("for ") for _, text in found.told), after)
        if self._broken:
            why += f"; {self._broken} of the examples in docstrings do not hold with it, but with another one"
        outcome = self._outcome("fixed", why, patches[best.key], others, len(chosen), after)
        choices = tuple(Choice(patches[c.key], answers) for c, answers in found.apart)
        return msgspec.structs.replace(outcome, choices=choices)

    async def _still_good(self, worker: Worker, rest: list[Candidate], red: list[str]) -> list[Candidate]:
        """Which of the other plausible candidates also pass the tests that showed the best one wrong; those
        tests judge from now on."""
        suite = self._diagnosis.suite.tests
        green = [i for i in red if i in suite and not suite[i].is_failing]
        try:
            answer = await worker.ask(do="demand", ids=red[:MOST_ALSO], green=green)
            if not rest or not answer["kept"]:
                return rest
            batch = [[c.file, c.edits, AGAIN] for c in rest]
            judged = await worker.ask(do="batch", candidates=batch, least=LEAST_LIMIT)
        except WorkerError:
            return rest
        return [c for c, verdict in zip(rest, judged["verdicts"], strict=True) if verdict[0] in (GOOD, SLOW)]

    async def _verify(self, candidate: Candidate) -> tuple[TestCounts, list[str]]:
        """Runs the whole suite in a fresh worker on the patched copy; returns what is red that must not
        be."""
        diagnosis, source = self._diagnosis, self._sources[candidate.file]
        try:
            suite, seconds = await run_with(diagnosis, {source.path: source.apply(candidate.edits)})
        except WorkerError as error:
            return TestCounts(), [str(error)]
        known = {*diagnosis.red, *(t.id for t in diagnosis.suite.failing)} - set(diagnosis.failing)
        red = [t.id for t in suite.failing if t.id not in known]
        missing = [i for i in diagnosis.failing if i not in suite.tests]
        return counts(suite, seconds), red + missing

    # --- what is told ----------------------------------------------------------------------------

    def _say(self, stage: Any, text: str) -> None:
        self._report(stage, text, max(0.0, self._request.seconds - self._spent()))

    def _report(self, stage: Any, text: str, left: float, best: str = "") -> None:
        found = self._found
        self._progress(
            RepairProgress(
                stage=stage,
                text=text,
                tried=found.tried,
                per_second=found.per_second,
                plausible=len(found.plausible),
                best=best,
                seconds=self._spent(),
                left=left,
            )
        )

    def _spent(self) -> float:
        return self._diagnosis.spent() if hasattr(self, "_diagnosis") else 0.0

    def _left(self) -> float:
        """Seconds of the budget that the search may still use."""
        closing = min(MOST_CLOSING, CLOSING + CLOSING_SHARE * self._diagnosis.opening)
        return self._request.seconds - closing - self._spent()

    def out_of_time(self) -> RepairOutcome:
        why = (
            f"the {self._request.seconds:.0f} s were used up by starting and running the tests, before the search "
            "began: give more (`repair.alone_seconds`, with a model `repair.seconds`) or fewer tests. "
            f"{NO_MODEL}"
        )
        return self._outcome("nothing", why, None, (), 0, TestCounts())

    def unsuited(self, why: str) -> RepairOutcome:
        return self._outcome("unsuited", why, None, (), 0, TestCounts())

    def _outcome(
        self,
        status: Any,
        why: str,
        best: Patch | None,
        others: tuple[Patch, ...],
        plausible: int,
        after: TestCounts,
    ) -> RepairOutcome:
        found, diagnosis = self._found, self._diagnosis
        return RepairOutcome(
            status=status,
            why=why,
            best=best,
            others=others,
            plausible=plausible,
            tried=found.tried,
            per_second=found.per_second,
            seconds=diagnosis.spent(),
            search_seconds=found.first_after,
            before=diagnosis.counts(),
            after=after,
            is_verified=best is not None,
            localisation=self._ranked(found.evidence),
            spectrum=self._ranked({}),
            python=diagnosis.interpreter.path if diagnosis.interpreter else "",
            sandbox=diagnosis.level,
            is_first_at=found.first_at,
        )

    def _ranked(self, evidence: dict[tuple[int, int], float]) -> tuple[Suspect, ...]:
        """The suspects with what the search showed: mutation-based localisation for free (Papadakis and
        Le Traon, "Metallaxis-FL", 2015)."""
        shown = {(self._sources[file].path, line): value for (file, line), value in evidence.items()}
        scored = [
            Suspect(p.path, p.line, p.end, p.score + shown.get((p.path, p.line), 0.0), p.name)
            for p in self._diagnosis.suspects
        ]
        return tuple(sorted(scored, key=lambda s: -s.score)[:50]) if evidence else tuple(scored[:50])

    async def close(self) -> None:
        await self._diagnosis.close()
