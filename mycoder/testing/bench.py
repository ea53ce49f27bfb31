"""The test bench of a session: runs its tests and compares with how they stood before the first edit."""

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mycoder.config.private import make_private
from mycoder.protocol.blocks import TestReport
from mycoder.protocol.events import TestsRan
from mycoder.testing import report
from mycoder.testing.command import Place, TestCommand
from mycoder.testing.compare import compare, merged
from mycoder.testing.results import Comparison, TestRun
from mycoder.testing.tree import signature

if TYPE_CHECKING:
    from mycoder.sandbox.sandbox import Sandbox
    from mycoder.testing.execution import Bay
    from mycoder.testing.history import History

KEPT_RUNS = 10
"""Folders of runs that are kept, with the full outputs that digests point to."""
RERUN_TESTS = 20
"""Most tests that run once more to tell flaky ones."""
RERUN_SECONDS = 3.0
NO_RUNNER = (
    "No test runner was found in this project. Set the command that runs its tests: test_command in "
    ".mycoder/config.toml or under [tool.mycoder] in pyproject.toml."
)


class TestBench:
    """Runs are one at a time; the state of all runs lies in `state`, outside of the repository.

    `command` is None when no runner was found; runs then come back with a problem that says what to set.
    `is_edited` tells whether the session has changed the repository: runs before that make up the baseline.
    Tests that went red run once more, to tell flaky ones, if that should take `rerun_seconds` at most.
    """

    __test__ = False  # not a test class, whatever pytest thinks of the name

    def __init__(
        self,
        root: Path,
        sandbox: "Sandbox",
        command: TestCommand | None,
        state: Path,
        *,
        env: Mapping[str, str] | None = None,
        is_edited: Callable[[], bool] = lambda: False,
        rerun_seconds: float = RERUN_SECONDS,
    ) -> None:
        self.root = root.absolute()
        self.sandbox = sandbox
        self.command = command
        self.state = state
        self.baseline: TestRun | None = None
        """What a complete run said before the first edit; may be set from outside."""
        self.last: TestRun | None = None
        self._env = env if env is not None else os.environ
        self._is_edited = is_edited
        self._rerun_seconds = rerun_seconds
        self._is_pristine = True
        self._lock = asyncio.Lock()
        self._history: History | None = None
        self._settled = ""
        """Signature of the tree when the last run was over."""
        self._proven = ""
        """The same for the last complete run; empty before the first."""
        self._flaky: set[str] = set()
        self._early: TestRun | None = None
        """All runs on the unedited tree as one, also when none of them was complete."""

    async def run(
        self,
        selection: Sequence[str] = (),
        *,
        seconds: float = 600.0,
        still: float = 0.0,
        progress: Callable[[str], None] | None = None,
    ) -> TestRun:
        """Runs all tests, or those selected by ids, files and ``-k EXPRESSION``, for at most `seconds`. With `still`
        a run is ended when no test came to its end for so many seconds; the one that was running has failed.

        Never raises for what the project does: a run that proves nothing comes back with its `problem`.
        """
        async with self._lock:
            try:
                self._prepare_state()
            except OSError as fault:
                problem = f"the tests cannot run, because {self.state} cannot be written to: {fault}"
                return TestRun(
                    command=self._text, problem=problem, complete=False, selection=tuple(selection)
                )
            before = await asyncio.to_thread(signature, self.root)
            is_same_tree = bool(self._settled) and before == self._settled
            if self._is_edited() or (self._settled and not is_same_tree):
                self._is_pristine = False
            run = await self._run_once(tuple(selection), seconds, progress, still)
            run = self._with_flaky(run, await self._rerun(run, seconds), is_same_tree)
            after = await asyncio.to_thread(signature, self.root)
            if run.complete:
                self._proven = after
            elif self._proven and before == self._proven:
                self._proven = after  # only the tests themselves wrote
            self._settled = after
            if (
                self._is_pristine
                and self.command is not None
                and not self.command.missing
                and not run.was_cut
            ):
                self._early = merged(self._early, run)
                if self._early.complete:
                    self.baseline = self._early
            self.last = run
            self._remember(run)
            return run

    @property
    def _text(self) -> str:
        return self.command.text if self.command else ""

    def compare(self, run: TestRun) -> Comparison:
        """The run against the baseline."""
        return compare(run, self.baseline or self._early, frozenset(self._flaky))

    def event(self, run: TestRun, comparison: Comparison) -> TestsRan:
        return report.event(run, comparison, is_baseline=run is self.baseline)

    def report(self, run: TestRun, comparison: Comparison) -> TestReport:
        return report.block(run, comparison)

    def is_stale(self) -> bool:
        """Has any file changed since the last complete run, or was there none? About 5 µs per file."""
        return not self._proven or signature(self.root) != self._proven

    async def _run_once(
        self,
        selection: tuple[str, ...],
        seconds: float,
        progress: Callable[[str], None] | None,
        still: float,
    ) -> TestRun:
        from mycoder.testing.execution import execute, without_probe  # late, as below: first needed here

        command = self.command
        if command is None:
            return TestRun(command="", problem=NO_RUNNER, complete=False, selection=selection)
        if command.missing:
            return TestRun(command=command.text, problem=command.missing, complete=False, selection=selection)
        if command.parts:
            from mycoder.testing.joint import execute_parts  # late: only for tests in several folders

            run, self.command = await execute_parts(self._bay(), command, selection, seconds, progress, still)
            return run
        attempt = await execute(self._bay(), command, selection, seconds, progress, still)
        if attempt.is_misled:
            # Something between us and pytest keeps our plugin out: from now on only the output is read.
            self.command = command = without_probe(command)
            attempt = await execute(self._bay(), command, selection, seconds, progress, still)
        return attempt.run

    def note_tree(self) -> None:
        """Takes the tree as it is now for the unedited one, if no test has run yet. A session may call this in a
        thread as soon as it is open, so that an edit before the first run is not taken for the state of before."""
        if not self._settled:
            self._settled = signature(self.root)

    # -- flaky tests -----------------------------------------------------------------------------------------

    async def _rerun(self, run: TestRun, seconds: float) -> tuple[str, ...]:
        """Runs what went red once more where that is cheap; hands back what passed then."""
        suspects = self._suspects(run)
        if not suspects or self.command is None:
            return ()
        in_tests = sum(case.seconds for case in run.cases.values())
        expected = max(0.0, run.seconds - in_tests) + sum(run.cases[name].seconds for name in suspects)
        if len(suspects) > RERUN_TESTS or expected > self._rerun_seconds:
            return ()
        limit = min(seconds, 10 * self._rerun_seconds)
        again = await self._run_once(suspects, limit, None, 0.0)
        if not again.selection:
            return ()
        outcomes = {name: case.outcome for name, case in again.cases.items()}
        return tuple(name for name in suspects if outcomes.get(name) == "passed")

    def _suspects(self, run: TestRun) -> tuple[str, ...]:
        """Red tests that are not known to be red for good, from this tree before or from the baseline."""
        if not run.complete and not run.selection:
            return ()
        baseline = self.baseline or self._early
        known = baseline.cases if baseline is not None else {}
        last = self.last.cases if self.last is not None else {}
        return tuple(
            name
            for name in run.failing
            if run.cases[name].phase != "collect"
            and not (name in known and known[name].is_failing)
            and not (name in last and last[name].is_failing)
        )

    def _with_flaky(self, run: TestRun, passed_again: tuple[str, ...], is_same_tree: bool) -> TestRun:
        flaky = set(passed_again)
        if is_same_tree and self.last is not None:
            for name, case in self.last.cases.items():
                now = run.cases.get(name)
                if now is not None and {now.outcome, case.outcome} in (
                    {"passed", "failed"},
                    {"passed", "error"},
                ):
                    flaky.add(name)
        self._flaky |= flaky
        return msgspec.structs.replace(run, flaky=tuple(name for name in run.cases if name in flaky))

    # -- state -----------------------------------------------------------------------------------------------

    def _bay(self) -> "Bay":
        """A fresh folder for one run, and what earlier runs taught about order."""
        from mycoder.testing import history
        from mycoder.testing.execution import Bay

        known = self._history or history.History()
        folder = _new_folder(self.state / "runs")
        return Bay(
            root=self.root,
            sandbox=self.sandbox,
            place=Place(
                root=self.root,
                folder=folder,
                lasting=self.state / "lasting",
                first=history.files_of(known.failing),
                slow=history.files_of(known.slow),
                python_path=self._env.get("PYTHONPATH", ""),
                addopts=self._env.get("PYTEST_ADDOPTS", ""),
            ),
        )

    def _prepare_state(self) -> None:
        from mycoder.testing import history

        make_private(self.state / "lasting")
        runs = self.state / "runs"
        runs.mkdir(mode=0o700, exist_ok=True)
        if self._history is None:
            self._history = history.load(self.state)
        _remove_old(runs)

    def _remember(self, run: TestRun) -> None:
        from mycoder.testing import history

        if self._history is not None and run.cases:
            self._history = self._history.after(run)
            history.save(self.state, self._history)


def _new_folder(parent: Path) -> Path:
    """One that nobody has used: records of another run would be taken for this one's."""
    while True:
        folder = parent / f"{os.getpid()}-{os.urandom(4).hex()}"
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            return folder


def _remove_old(runs: Path) -> None:
    """Keeps the newest folders of runs, whoever made them."""
    import shutil  # late: not needed before the first run

    try:
        held = sorted((path.stat().st_mtime, path) for path in runs.iterdir())
    except OSError:
        return
    for _, path in held[: -KEPT_RUNS + 1]:
        shutil.rmtree(path, ignore_errors=True)
