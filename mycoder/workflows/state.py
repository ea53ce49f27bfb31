"""The typed state of a run: what conditions ask, what prompts tell, and what a resumed run goes on from."""

from collections.abc import Iterable
from typing import Any

import msgspec

from mycoder.workflows.expressions import Kind


class TestsState(msgspec.Struct):
    """The last run of tests in this run."""

    __test__ = False  # not a test class, whatever pytest thinks of the name

    ran: bool = False
    green: bool = False
    passed: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0
    failing: list[str] = []
    problem: str = ""
    digest: str = ""
    """What it showed, in the few lines that a model reads."""


class DesignedTest(msgspec.Struct):
    """One test of the designer. `verdict` is open, right or wrong; a wrong one is in quarantine."""

    name: str
    label: str
    source: str
    about: str = ""
    verdict: str = "open"
    reason: str = ""
    failures: int = 0
    """Rounds in which it failed."""


class Designed(msgspec.Struct):
    """The tests that were designed from the task alone; `path` is where they stand in the project."""

    path: str = ""
    form: str = "pytest"
    """What runs them: pytest, node, jest or vitest."""
    preamble: str = ""
    tests: list[DesignedTest] = []
    missing: list[str] = []
    """Classes of which there is no test, although the designer was asked twice."""
    problem: str = ""
    seconds: dict[str, float] = {}
    """The time class of each label."""

    def named(self, name: str) -> DesignedTest | None:
        return next((test for test in self.tests if test.name == name), None)


class Review(msgspec.Struct):
    ran: bool = False
    approved: bool = False
    notes: str = ""


class Command(msgspec.Struct):
    """What the last shell node did."""

    code: int = 0
    output: str = ""


class Reproduction(msgspec.Struct):
    """A test that shows what the task describes: it fails before the work and has to pass after it."""

    path: str = ""
    tests: list[str] = []
    """Ids of the tests in it that failed; empty when there is no such test."""
    text: str = ""
    failure: str = ""
    """What it showed when it failed."""
    reason: str = ""
    """Why there is none."""


class Chosen(msgspec.Struct):
    """What came of the candidates that were made last."""

    count: int = 0
    eligible: int = 0
    number: int = 0
    """The one that was taken, from 1; 0 when none was."""
    votes: int = 0
    """Candidates with the same patch as the one that was taken."""


class Best(msgspec.Struct):
    """The best candidate so far: content hashes by path, empty for a file that it has not."""

    score: list[int] = []
    files: dict[str, str] = {}


class Use(msgspec.Struct):
    """What one role has used in this run."""

    calls: int = 0
    cost: float = 0.0


class State(msgspec.Struct):
    """Everything that a run knows. Only plain values, because it is stored after each node."""

    workflow: str = ""
    task: str = ""
    run: int = 1
    """Number of the run in its session, which keeps the conversations of several runs apart."""
    source: str = ""
    """Digest of the graph, by which a changed one is told."""
    group: list[str] = []
    """Nodes that were begun together last; the graph goes on with the edges of the first."""
    visits: dict[str, int] = {}
    iteration: int = 0
    rounds: int = 0
    plan: str = ""
    diagnosis: str = ""
    tried: list[str] = []
    """Diagnoses of before."""
    answer: str = ""
    hints: str = ""
    outputs: dict[str, str] = {}
    tests: TestsState = msgspec.field(default_factory=TestsState)
    designed: Designed = msgspec.field(default_factory=Designed)
    review: Review = msgspec.field(default_factory=Review)
    shell: Command = msgspec.field(default_factory=Command)
    before: dict[str, str] = {}
    """Content hashes of the changed files as they were when the run began."""
    now: dict[str, str] = {}
    reproduction: Reproduction = msgspec.field(default_factory=Reproduction)
    candidates: Chosen = msgspec.field(default_factory=Chosen)
    places: str = ""
    """Where the task is likely to be about, as a list for a model."""
    best: Best = msgspec.field(default_factory=Best)
    uses: dict[str, Use] = {}
    calls: int = 0
    cost: float = 0.0
    ok: bool = True
    """Whether the last node did what it was for."""
    denied: list[str] = []
    writer: str = ""
    """The node that wrote code last."""
    goal: str = ""
    """Why the goal of the session was not reached when that was last looked at."""


KINDS: dict[str, Kind] = {
    "task": "text",
    "iteration": "number",
    "rounds": "number",
    "plan": "text",
    "diagnosis": "text",
    "answer": "text",
    "hints": "text",
    "goal": "text",
    "tests.ran": "bool",
    "tests.green": "bool",
    "tests.passed": "number",
    "tests.failed": "number",
    "tests.errors": "number",
    "tests.skipped": "number",
    "tests.failing": "list",
    "tests.problem": "text",
    "tests.digest": "text",
    "designed.path": "text",
    "designed.count": "number",
    "designed.text": "text",
    "designed.disputable": "number",
    "designed.quarantined": "number",
    "review.ran": "bool",
    "review.approved": "bool",
    "review.notes": "text",
    "reproduction.path": "text",
    "reproduction.tests": "list",
    "reproduction.failure": "text",
    "reproduction.reason": "text",
    "candidates.count": "number",
    "candidates.eligible": "number",
    "candidates.number": "number",
    "candidates.votes": "number",
    "places": "text",
    "shell.code": "number",
    "shell.output": "text",
    "changed": "number",
    "calls": "number",
    "cost": "number",
    "ok": "bool",
}
"""Names of the state for conditions and prompts, beside visits.NODE, outputs.NODE, limits.KEY and vars.KEY."""

TEXTS = ("sources", "tried", "diff")
"""Further names for prompts only: files and lists made ready to be read."""


def value(state: State, name: str) -> Any:
    """The value of a name in `KINDS`, or of visits.NODE and outputs.NODE. Raises KeyError."""
    head, _, rest = name.partition(".")
    match head, rest:
        case "visits", _ if rest:
            return state.visits.get(rest, 0)
        case "outputs", _ if rest:
            return state.outputs.get(rest, "")
        case "designed", "count":
            return sum(test.verdict != "wrong" for test in state.designed.tests)
        case "designed", "text":
            return "\n\n".join(test.source for test in state.designed.tests if test.verdict != "wrong")
        case "designed", "quarantined":
            return sum(test.verdict == "wrong" for test in state.designed.tests)
        case "designed", "disputable":
            return len(disputable(state))
        case "changed", "":
            return len(state.now)
    found: Any = state
    if name not in KINDS:
        raise KeyError(name)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def disputable(state: State) -> list[DesignedTest]:
    """Designed tests that fail now and were not judged yet."""
    failing = names_of(state.tests.failing)
    return [test for test in state.designed.tests if test.name in failing and test.verdict == "open"]


def names_of(failing: Iterable[str]) -> set[str]:
    """The names of tests in their ids, also without the parameters of one."""
    last = {name.rpartition("::")[2] for name in failing}
    return last | {name.partition("[")[0] for name in last}
