"""What a run of the project's tests came to: cases by test id, totals, and how two runs differ."""

from typing import Literal

import msgspec

from mycoder.protocol.report import Counts

Outcome = Literal["passed", "failed", "error", "skipped"]

RANK = {"skipped": 0, "passed": 1, "failed": 2, "error": 3}
"""Which outcome stands when one test reports several (call and teardown, sub-tests): the highest."""


ENDLESS = "Endless"
"""Kind of the failure of a test that was ended by us."""
COMPILE_ERROR = "compile error"
"""`Case.kind` when the whole program could not be built, so that none of its tests could be seen."""


class Frame(msgspec.Struct, frozen=True, omit_defaults=True):
    """One place in the project that a failure went through. `path` is relative to the repository, or absolute
    when the file lies outside of it; `line` counts from 1."""

    path: str
    line: int = 0
    function: str = ""
    source: str = ""


class Case(msgspec.Struct, frozen=True, omit_defaults=True):
    """One test. `error` means that it could not be judged: collection, set-up or tear-down went wrong."""

    id: str
    outcome: Outcome
    seconds: float = 0.0
    message: str = ""
    """The error line with what explains it (assertion diff), at most some 4,000 characters."""
    frames: tuple[Frame, ...] = ()
    """Frames inside the project, outermost first."""
    kind: str = ""
    """Name of the exception, where the runner tells."""
    phase: str = ""
    """collect | setup | teardown; empty for the body of the test. With collect, `id` is a file or package."""
    output: str = ""
    """End of what the test printed."""
    note: str = ""
    """Reason of a skip, or ``xfail``, ``xpass``, ``rerun`` when the runner itself tried again."""

    @property
    def is_failing(self) -> bool:
        return self.outcome in ("failed", "error")


class TestRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One run. It proves something only when `problem` is empty."""

    __test__ = False  # not a test class, whatever pytest thinks of the name

    command: str
    cases: dict[str, Case] = {}
    problem: str = ""
    """Why the run cannot count: no tests, collection error, crash, signal, time limit; says what to do."""
    complete: bool = True
    """All tests of the project were asked for, and the runner came to its end."""
    exit_code: int | None = None
    seconds: float = 0.0
    sandbox: str = ""
    selection: tuple[str, ...] = ()
    tally: Counts | None = None
    """Totals as the runner printed them, where it names only some of its tests or none."""
    flaky: tuple[str, ...] = ()
    """Tests that came out differently when they ran again on the same tree."""
    note: str = ""
    """Something to know that spoils nothing, e.g. that the runner cannot run a selection."""
    output: str = ""
    """Bounded end of what the runner printed."""
    path: str = ""
    """File with the whole output; empty when there is none."""

    @property
    def counts(self) -> Counts:
        if self.tally is not None:
            return self.tally
        found = [case.outcome for case in self.cases.values()]
        return Counts(
            found.count("passed"), found.count("failed"), found.count("error"), found.count("skipped")
        )

    @property
    def failing(self) -> tuple[str, ...]:
        """Ids of the tests that failed or could not be judged, in the order in which they ran."""
        return tuple(case.id for case in self.cases.values() if case.is_failing)

    @property
    def was_cut(self) -> bool:
        """A test was ended that took too long, and those behind it did not run."""
        return any(case.kind == ENDLESS for case in self.cases.values())

    @property
    def is_green(self) -> bool:
        """As `TestsRan.is_green`: something passed, nothing failed, and nothing spoils the run."""
        counts = self.counts
        return not self.problem and not counts.failed and not counts.errors and counts.passed > 0


class Comparison(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A run against the baseline, as sets of test ids in the order of the run."""

    fixed: tuple[str, ...] = ()
    """Red or not collectable before the first edit, green now."""
    broken: tuple[str, ...] = ()
    """Green before the first edit, red now, and not flaky."""
    failing: tuple[str, ...] = ()
    """All that are red now."""
    known: tuple[str, ...] = ()
    """Red before the first edit and red now."""
    changed: tuple[str, ...] = ()
    """Those of them that fail otherwise than they did."""
    flaky: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    """Failed in the baseline, and now gone or skipped. Empty for a run of a selection."""
    missing: tuple[str, ...] = ()
    """Green before the first edit and not part of this run, though all tests were asked for."""
    before: Counts | None = None
    """Totals of the baseline; None without one."""
    before_problem: str = ""
    is_baseline: bool = False
    """The run is the baseline itself."""

    @property
    def new(self) -> tuple[str, ...]:
        """Red now, and neither known from before nor flaky: what the edits answer for."""
        excused = {*self.known, *self.flaky}
        return tuple(name for name in self.failing if name not in excused)


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """What a runner's module read from one run, before the exit code is weighed."""

    cases: dict[str, Case] = {}
    tally: Counts | None = None
    problem: str = ""
    is_finished: bool = True
    """The runner itself came to its end; False when it was cut off (crash, `pytest.exit`, fail-fast)."""
    running: str = ""
    """Id of the test that was running when the records end."""
    note: str = ""


def add_case(cases: dict[str, Case], case: Case) -> None:
    """Adds a report of a test; of several for one id the worst outcome stands and times add up."""
    held = cases.get(case.id)
    if held is None:
        cases[case.id] = case
        return
    worse, other = (case, held) if RANK[case.outcome] > RANK[held.outcome] else (held, case)
    message = worse.message
    if worse.is_failing and other.is_failing and other.message and len(message) < 2000:
        message = f"{message}\n{other.message}"
    cases[case.id] = msgspec.structs.replace(
        worse, seconds=held.seconds + case.seconds, message=message, note=worse.note or other.note
    )
