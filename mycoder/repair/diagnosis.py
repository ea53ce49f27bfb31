"""From a project to a diagnosis: private copy, warm worker, failing tests, coverage, suspicious
statements."""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mycoder.repair import baseline
from mycoder.repair.asked import as_collected
from mycoder.repair.baseline import Suite
from mycoder.repair.interpreter import Interpreter, UnsuitedError, find, prefix
from mycoder.repair.link import Room, Worker, WorkerError
from mycoder.repair.outcome import RepairRequest, TestCounts
from mycoder.repair.source import Source
from mycoder.repair.tree import copy_tree
from mycoder.testing.localise import Place, TestLines, rank_functions, rank_lines

if TYPE_CHECKING:
    from mycoder.sandbox.sandbox import Sandbox

COLLECT_SECONDS = 120.0
MOST_TRACED_FAILING = 32
MOST_SUSPECTS = 400
TRACE_SHARE = 0.25
SLOW_SECONDS = 2.0
"""Processor time after which a test of a small suite counts as endless, when no other test fails."""
LIGHT_SECONDS = 0.5
"""Processor time of a test that is only run for its coverage, where others never end."""
MOST_TRACE_SECONDS = 15.0
ENOUGH = 60
"""So many failing tests and so many passing ones tell where the fault is, in a slow suite."""


class Diagnosis:
    """The warm half of a repair. `close` ends every worker; the copy below `home` belongs to the caller."""

    def __init__(
        self,
        root: Path,
        request: RepairRequest,
        sandbox: "Sandbox | None",
        home: Path,
        say: Callable[[str, str], None],
    ) -> None:
        self._root = root
        self._request = request
        self._sandbox = sandbox
        self._home = home
        self._say = say
        self._own: Sandbox | None = None
        self.workers = max(1, request.workers)
        self._begun = time.monotonic()
        self.copy = Path(os.path.realpath(home)) / "tree"
        self.rooms: list[Room] = []
        self.level = ""
        self.opening = 0.0
        """Seconds that the last start of a worker took: how busy the machine is."""
        self.suite = Suite()
        self.suspects: list[Place] = []
        self.tests: list[TestLines] = []
        self.failing: list[str] = []
        self.compared: list[list[str]] = []
        """Pairs [kind, actual, expected] of the failing assertions; known once a worker is prepared."""
        self.wanted: tuple[str, ...] = ()
        """The tests that are to be mended, if they were named, and..."""
        self.red: frozenset[str] = frozenset()
        """...those that may stay red, as the worker calls them."""
        self._collected: set[str] = set()
        self.interpreter: Interpreter | None = None
        self.load: Callable[[str], Source | None] = baseline.reader(self._read)

    def spent(self) -> float:
        return time.monotonic() - self._begun

    async def make(self) -> Worker:
        """Runs everything up to the ranked suspects. Raises UnsuitedError, TreeTooLargeError or
        WorkerError."""
        await self.prepare()
        worker, hello = await self.open()
        ids = [row[0] for row in hello["collected"]]
        problems = "; ".join(hello["problems"])[:1500]
        if not ids:
            raise UnsuitedError(f"no tests were found. {problems}".strip())
        self.failing = await self._baseline(worker, ids)
        if not self.failing and problems:
            raise UnsuitedError(f"the tests cannot be collected: {problems}")
        if not self.failing and len(self.suite.tests) < len(ids):
            raise UnsuitedError(
                f"of {len(ids)} tests only {len(self.suite.tests)} could be run in the time, and none of them "
                "fails: name the failing tests, or give more time (`repair.seconds`)"
            )
        if not self.failing:
            raise UnsuitedError(
                "no test fails, so there is nothing to go by: write a test that shows the fault, then run "
                "this again"
            )
        self._localise(hello)
        if not self.suspects and hello["installed"]:
            name, place = hello["installed"][0]
            raise UnsuitedError(
                f"the tests import {name} from {place}: that is an installed copy, and no change in this tree can mend "
                f"them. Install it in place (`{self.interpreter_path} -m pip install -e .`) and run this again"
            )
        return worker

    async def prepare(self) -> None:
        """Makes the copy and finds who runs it. Raises UnsuitedError and TreeTooLargeError."""
        self._say("preparing", "copying the project")
        await self._copy_tree()
        request, folder = self._request, self._request.folder
        self.interpreter = await find(
            self._root / folder, request.argv, request.python, self._confined(), self.copy / folder
        )

    async def _copy_tree(self) -> None:
        """In a thread; a cancelled repair waits for its end: nothing is written after the clean-up."""
        copying = asyncio.ensure_future(asyncio.to_thread(copy_tree, self._root, self.copy))
        try:
            await asyncio.shield(copying)
        except asyncio.CancelledError:
            await asyncio.wait([copying])
            raise

    async def open(self) -> tuple[Worker, dict[str, Any]]:
        """A new worker that has collected the tests of the copy as it is now, and what it told of them."""
        assert self.interpreter is not None
        request = self._request
        args = tuple(request.selection or self.interpreter.args)
        room = Room(self.interpreter, self._root, self.copy, self._home, args, request.folder, request.env)
        self.rooms.append(room)
        begun = time.monotonic()
        worker = await room.open(self._confined(), request.seconds + 2 * COLLECT_SECONDS)
        self.level = room.level
        try:
            hello = await worker.hello(COLLECT_SECONDS)
            self.opening = time.monotonic() - begun
            ids = [row[0] for row in hello["collected"]]
            self.wanted = as_collected(request.failing, ids, request.folder)
            self.red = frozenset(as_collected(request.red, ids, request.folder))
            return worker, hello
        except WorkerError as error:
            raise WorkerError(f"{error} {room.tail()[-800:]}".strip()) from None

    def _confined(self) -> "Sandbox | None":
        """A sandbox of the level of the session's, in which the user's tree is read-only like all but our
        folder."""
        if self._sandbox is None:
            return None
        if self._own is None:
            own = prefix(self._root / self._request.folder, self._request.argv, self._request.python)
            # Below /tmp the project would be out of sight too, and what is installed in place not be found.
            readable = (self._root, own) if own is not None else (self._root,)
            self._own = self._sandbox.beside(self.copy, writable=(self._home,), readable=readable)
        return self._own

    async def _baseline(self, worker: Worker, ids: list[str]) -> list[str]:
        """Runs the tests with coverage; returns the ids that are to be mended, quick ones first."""
        self._say("baseline", f"running {len(ids)} tests")
        known = set(ids)
        wanted = [i for i in self.wanted if i in known]
        budget = max(0.4 * self._request.seconds, self.spent() + 0.2 * self._request.seconds)
        few = len(ids) <= baseline.FEW
        if not wanted:
            longest = 0.5 if few else baseline.ITEM_SECONDS
            parts = await self._run_all(worker, ids, budget, longest)
            if await baseline.confirm(worker, self.suite, lambda: budget - self.spent(), longest):
                for part in parts:
                    await baseline.run_again_alone(
                        worker, self.suite, part, self.workers, lambda: budget - self.spent(), longest
                    )
            if few and self.suite.failing and all(t.outcome == "timeout" for t in self.suite.failing):
                await baseline.run(  # endless, or only slow?
                    worker,
                    self.suite,
                    [t.id for t in self.suite.failing],
                    trace=False,
                    until=lambda: budget - self.spent(),
                    longest=SLOW_SECONDS,
                )
        failing = wanted or [t.id for t in self.suite.failing if t.id not in self.red]
        ended = [t for t in failing if t not in self.suite.tests or self.suite.tests[t].outcome != "timeout"]
        failing = ended or failing
        durations = {t.id: t.seconds for t in self.suite.tests.values()}
        failing.sort(key=lambda i: durations.get(i, 0.0))
        if not failing:
            return failing
        return await self._trace(worker, ids, failing, durations)

    async def _run_all(
        self, worker: Worker, ids: list[str], budget: float, longest: float
    ) -> list[list[str]]:
        """All tests, with coverage as long as it looks as if that will not take too long. Returns the parts that
        were run one after the other, each by all workers at once."""
        most = min(TRACE_SHARE * self._request.seconds, MOST_TRACE_SECONDS)
        begun, place, traces = self.spent(), 0, True
        parts: list[list[str]] = []
        while place < len(ids) and self.spent() < budget and not self._shows_enough(begun, budget):
            part = ids[place : place + (self.workers * baseline.STEP if place else baseline.FEW)]
            parts.append(part)
            await baseline.run(
                worker,
                self.suite,
                part,
                trace=traces,
                until=lambda: budget - self.spent(),
                longest=longest,
                workers=self.workers,
            )
            place += len(part)
            taken = self.spent() - begun
            traces = traces and taken * len(ids) / place < max(most, taken)
        self.suite.in_order(ids)
        return parts

    def _shows_enough(self, begun: float, budget: float) -> bool:
        """Very many tests fail and pass, or never end: what else the suite would show is not worth the rest of the
        time."""
        if self.suite.endless >= baseline.MOST_ENDLESS:
            return True
        few = min(len(self.suite.failing), len(self.suite.passing))
        return few >= ENOUGH and self.spent() - begun > budget / 3

    async def _trace(
        self, worker: Worker, ids: list[str], failing: list[str], durations: dict[str, float]
    ) -> list[str]:
        self._say(
            "localising",
            f"tracing what {len(failing)} failing test{'s run' if len(failing) != 1 else ' runs'}",
        )
        share = min(TRACE_SHARE * self._request.seconds, MOST_TRACE_SECONDS)
        begun = self.spent()
        await baseline.run(
            worker,
            self.suite,
            [i for i in failing if not self._is_traced(i)][:MOST_TRACED_FAILING],
            trace=True,
            until=lambda: 2 * share - self.spent() + begun,
        )
        failing = [i for i in failing if i not in self.suite.tests or self.suite.tests[i].is_failing]
        red = set(failing)
        others = [i for i in ids if i not in red and self._is_passing(i) and not self._is_traced(i)]
        near = baseline.nearest(failing, others, durations)
        begun = self.spent()
        known = {i: self.suite.tests[i] for i in near if i in self.suite.tests}
        await baseline.run(
            worker,
            self.suite,
            near,
            trace=True,
            light=True,
            until=lambda: share - self.spent() + begun,
            longest=LIGHT_SECONDS if self.suite.endless else baseline.ITEM_SECONDS,
            workers=self.workers,
        )
        for test, before in known.items():  # what fails without pytest's hooks only is no failure
            if self.suite.tests[test].is_failing:
                self.suite.tests[test] = before
        return failing

    def never_ending(self) -> int:
        """How many failing tests had to be ended; 0 when one of them failed by itself."""
        outcomes = [self.suite.tests[i].outcome for i in self.failing if i in self.suite.tests]
        return len(outcomes) if all(outcome == "timeout" for outcome in outcomes) else 0

    @property
    def interpreter_path(self) -> str:
        return self.interpreter.path if self.interpreter else "python"

    def _is_traced(self, test: str) -> bool:
        return test in self.suite.tests and bool(self.suite.tests[test].lines)

    def _is_passing(self, test: str) -> bool:
        known = self.suite.tests.get(test)
        return known is None or (known.outcome == "passed" and known.seconds < 2.0)

    def _localise(self, hello: dict[str, Any]) -> None:
        root = str(self.copy)
        self._collected = {f[len(root) + 1 :] for f in hello["files"] if f.startswith(root + "/")}
        self.tests = baseline.spectrum(self.suite, self.failing, root)
        self.suspects = self.ranked(self._request.formula)

    def ranked(self, formula: str) -> list[Place]:
        """The suspects by another formula, from the same runs."""
        changed = self._request.changed
        return baseline.suspects(self.tests, self.load, self._collected, formula, changed)[:MOST_SUSPECTS]

    def functions(self, formula: str) -> list[Place]:
        """The functions in the files of the suspects, by the lines that tests run."""
        paths = {p.path for p in self.suspects}
        lines = rank_lines(self.tests, formula, self._request.changed, lambda path: path not in paths)
        trees = {path: source.tree for path in paths if (source := self.load(path)) is not None}
        return rank_functions(lines, trees)

    def _read(self, path: str) -> bytes | None:
        try:
            return (self.copy / path).read_bytes()
        except OSError:
            return None

    def counts(self) -> TestCounts:
        failing = tuple(t.id for t in self.suite.failing)
        return TestCounts(len(self.suite.passing), len(failing), failing[:200])

    async def close(self) -> None:
        for room in self.rooms:
            with contextlib.suppress(OSError):
                await room.close()
        self.rooms.clear()
        if self._own is not None:
            await self._own.close()
            self._own = None
