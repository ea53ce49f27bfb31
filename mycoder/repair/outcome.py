"""What goes into the engine and what comes out of it."""

from typing import Literal

import msgspec

Status = Literal["fixed", "nothing", "unsuited"]
Stage = Literal["preparing", "baseline", "localising", "searching", "verifying", "comparing", "done"]


class RepairRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`argv` is the project's test command as words; `selection` narrows it to test ids or paths."""

    argv: tuple[str, ...] = ("pytest",)
    env: tuple[tuple[str, str], ...] = ()
    """Variables that the command sets."""
    folder: str = ""
    """Where the command runs, from the root; empty for the root itself. `failing` and `red` may count from there."""
    seconds: float = 30.0
    workers: int = 1
    selection: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    """Test ids that are to be mended; empty: every test that fails, but for those of `red`."""
    red: tuple[str, ...] = ()
    """Test ids that are known to fail and are not to be mended now: a patch need not make them pass."""
    changed: dict[str, tuple[int, ...]] = {}
    """Recently changed lines by file, from git: they are a little more suspicious."""
    formula: str = "ochiai"
    mutants: float = 0.0
    """For localisation: seconds in which small edits are tried, to see where they make failing tests pass."""
    plausible: int = 10
    """Stop looking for more candidates once so many pass."""
    extra: float = 1.0
    """Seconds to go on after the first plausible candidate, for a better one and to know how many there
    are."""
    python: str = ""
    """The project's interpreter; found from `argv` and the tree when empty."""
    seed: int = 0


class RepairProgress(msgspec.Struct, frozen=True, kw_only=True):
    stage: Stage
    text: str
    tried: int = 0
    per_second: float = 0.0
    plausible: int = 0
    best: str = ""
    """The edit that came nearest so far, in words."""
    seconds: float = 0.0
    left: float = 0.0
    """Seconds of the budget that are left."""


class Answer(msgspec.Struct, frozen=True):
    """What a patched function does on one input: `call` as code, `does` as "returns 3" or "raises KeyError"."""

    call: str
    does: str


class Patch(msgspec.Struct, frozen=True, kw_only=True):
    """One way to make the tests pass. `files` holds whole new contents by path relative to the root."""

    files: dict[str, bytes]
    diff: str
    operator: str
    line: int
    path: str
    cost: float = 0.0
    bare: str = ""
    """The diff without the lines around."""
    differs: str = ""
    """For the others: an input on which it behaves differently from the best one, or that none was found."""


class Choice(msgspec.Struct, frozen=True):
    """A patch that behaves like no other choice, with what it does on the inputs that tell them apart."""

    patch: Patch
    answers: tuple[Answer, ...]


class TestCounts(msgspec.Struct, frozen=True):
    __test__ = False  # not a test class, whatever pytest thinks of the name

    passed: int = 0
    failed: int = 0
    failing: tuple[str, ...] = ()
    seconds: float = 0.0


class Suspect(msgspec.Struct, frozen=True):
    """A suspicious place: `score` is 0..1 by coverage, to which is added or from which is taken what edits showed;
    `name` is the function around it."""

    path: str
    line: int
    end: int
    score: float
    name: str = ""


class Verified(msgspec.Struct, frozen=True):
    """A whole run with a patch in the file. `red` are tests that fail and must not, or why nothing was shown."""

    after: TestCounts
    red: tuple[str, ...] = ()


class RepairOutcome(msgspec.Struct, frozen=True, kw_only=True):
    status: Status
    why: str = ""
    """For people: what was found, or why not, and what to do."""
    best: Patch | None = None
    others: tuple[Patch, ...] = ()
    choices: tuple[Choice, ...] = ()
    """One patch of each behaviour, the best first; empty when none is known to differ from it. Only the best one was
    verified."""
    plausible: int = 0
    partial: str = ""
    """A diff that makes some but not all of the failing tests pass: a hint for whoever goes on."""
    tried: int = 0
    per_second: float = 0.0
    seconds: float = 0.0
    search_seconds: float = 0.0
    """From the first candidate to the one that is `best`."""
    before: TestCounts = TestCounts()
    after: TestCounts = TestCounts()
    is_verified: bool = False
    """True when the whole suite passed in a clean process with the patch in the file."""
    localisation: tuple[Suspect, ...] = ()
    """From the coverage of failing and passing tests and from what the search showed."""
    spectrum: tuple[Suspect, ...] = ()
    """From the coverage alone, as it was before the search."""
    python: str = ""
    sandbox: str = ""
    is_first_at: int = 0
    """How many candidates had been tried when the first plausible one came."""
