"""The program before repair: which tests fail, what every test runs, and where the fault may be."""

import ast
import asyncio
import math
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from mycoder.repair.definitions import definitions
from mycoder.repair.link import Worker
from mycoder.repair.site import Literals
from mycoder.repair.source import Source, UnreadableError
from mycoder.testing.localise import Place, TestLines, favour_names, rank_lines, rank_statements

FEW = 60
"""So many tests are traced at once, without finding out first which of them fail."""
ITEM_SECONDS = 5.0
MOST_CONFIRMED = 40
MOST_ENDLESS = 8
"""So many tests that never end tell enough: the others would use up the time."""
PATIENCE = 2.0
"""Usual time limits that a test gets which is only slow, perhaps, where no other one fails."""
SMALL_STEP = 10
STEP = 200
"""Tests that one forked child runs."""
LEAST_PIECE = 20
"""Tests that are not dealt out to several workers."""


class Ran(msgspec.Struct, frozen=True):
    """One test of the original program. `frames` are [absolute file, line, function] of a failure."""

    id: str
    outcome: str
    seconds: float
    message: str = ""
    error: str = ""
    frames: tuple[tuple[str, int, str], ...] = ()
    events: tuple[str, ...] = ()
    """Kinds of watched events (write, delete, process, signal, network) that the test caused."""
    lines: dict[str, tuple[int, ...]] = {}

    @property
    def is_failing(self) -> bool:
        return self.outcome in ("failed", "error", "timeout", "crashed")


class Suite:
    """Results of tests by id; a later run of a test replaces the earlier one but keeps its coverage."""

    def __init__(self) -> None:
        self.tests: dict[str, Ran] = {}

    def add(self, rows: Iterable[dict[str, Any]]) -> None:
        for row in rows:
            ran = msgspec.convert(row, Ran)
            known = self.tests.get(ran.id)
            if known is not None and known.lines and not ran.lines:
                ran = msgspec.structs.replace(ran, lines=known.lines)
            if known is not None:
                ran = msgspec.structs.replace(ran, events=(*known.events, *ran.events))
            self.tests[ran.id] = ran

    def in_order(self, ids: list[str]) -> None:
        """Sorts the tests as `ids` has them; several workers end in any order."""
        known = self.tests
        self.tests = {i: known[i] for i in dict.fromkeys([*ids, *known]) if i in known}

    @property
    def failing(self) -> list[Ran]:
        return [t for t in self.tests.values() if t.is_failing]

    @property
    def endless(self) -> int:
        """How many tests were ended because they used up their time."""
        return sum(t.outcome == "timeout" for t in self.tests.values())

    @property
    def passing(self) -> list[Ran]:
        return [t for t in self.tests.values() if t.outcome == "passed"]


async def run(
    worker: Worker,
    suite: Suite,
    ids: list[str],
    *,
    trace: bool,
    until: Callable[[], float],
    tracer: str = "",
    light: bool = False,
    longest: float = ITEM_SECONDS,
    workers: int = 1,
    most_endless: int = MOST_ENDLESS,
) -> bool:
    """Runs tests of the original program into `suite`, in pieces, `workers` of them at once, while `until()`
    seconds are left and fewer than `most_endless` of them had to be ended. Says whether all of them ran."""
    waiting = deque(pieces(ids, workers))
    known = suite.endless

    async def work() -> None:
        while waiting and until() > 0 and (most := most_endless + known - suite.endless) > 0:
            request: dict[str, Any] = {
                "do": "run",
                "ids": waiting.popleft(),
                "trace": trace,
                "limit": min(longest, max(1.0, until())),
                "tracer": tracer,
                "light": light,
                "most_endless": most,
            }
            async for answer in worker.stream(**request):
                suite.add(answer["results"])

    running = [asyncio.ensure_future(work()) for _ in range(workers)]
    try:
        await asyncio.gather(*running)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    return not waiting and suite.endless - known < most_endless


def pieces(ids: list[str], workers: int = 1) -> list[list[str]]:
    """The tests in their order, in pieces for one forked child each: as many for each of the workers, of at most
    STEP tests; few tests stay together."""
    if not ids:
        return []
    rounds = math.ceil(len(ids) / (workers * STEP))
    size = STEP if workers == 1 else max(LEAST_PIECE, math.ceil(len(ids) / (workers * rounds)))
    return [ids[place : place + size] for place in range(0, len(ids), size)]


async def run_again_alone(
    worker: Worker,
    suite: Suite,
    ids: list[str],
    workers: int,
    until: Callable[[], float],
    longest: float = ITEM_SECONDS,
) -> None:
    """After a run of `ids` by several workers: the pieces in which tests fail once more, with nothing beside them,
    since tests may get in each other's way (the same file, the same port, the time)."""
    if workers == 1:
        return
    for piece in pieces(ids, workers):
        if any(i in suite.tests and suite.tests[i].is_failing for i in piece):
            await run(worker, suite, piece, trace=False, until=until, longest=longest)


async def confirm(
    worker: Worker, suite: Suite, until: Callable[[], float], longest: float = ITEM_SECONDS
) -> bool:
    """Runs failing tests that were traced once more without tracing, slow ones first: a test that asserts how
    fast something is, or how deep it may go, fails under a tracer for no fault of the program. One that passes
    alone with and without a tracer depends on the tests before or beside it, and stays red; says whether there is
    one."""
    failing = sorted(suite.failing, key=lambda t: -t.seconds)
    traced = [t for t in failing if t.lines and t.outcome != "timeout"][:MOST_CONFIRMED]
    endless = [t for t in failing if t.outcome == "timeout"]
    if not await _is_only_slow(worker, suite, endless, until, longest if traced else PATIENCE * longest):
        endless = []
    before = {t.id: t for t in (*traced, *endless[:MOST_CONFIRMED])}
    ids = [i for i in before if suite.tests[i] is before[i]]
    for place in range(0, len(ids), SMALL_STEP):
        part = ids[place : place + SMALL_STEP]
        if not await run(worker, suite, part, trace=False, until=until, longest=longest):
            break
    passing = {i: suite.tests[i] for i in before if not suite.tests[i].is_failing}
    if not passing:
        return False
    await run(worker, suite, list(passing), trace=True, until=until, longest=longest)
    dependent = [test for test in passing if not suite.tests[test].is_failing]
    for test, alone in passing.items():
        suite.tests[test] = before[test] if test in dependent else alone
    return bool(dependent)


async def _is_only_slow(
    worker: Worker, suite: Suite, endless: list[Ran], until: Callable[[], float], patience: float
) -> bool:
    """Whether the first of the tests that were ended comes to an end when it is run alone; the others are taken to
    be as it is. Very many are not asked."""
    if not endless or len(endless) >= MOST_ENDLESS:
        return False
    first = endless[0].id
    await run(worker, suite, [first], trace=False, until=until, longest=patience)
    return suite.tests[first].outcome != "timeout"


def nearest(failing: list[str], others: list[str], durations: dict[str, float]) -> list[str]:
    """Passing tests in the order in which they tell most about the fault: of the same class, the same file,
    the same folder; quick ones first."""

    def distance(test: str) -> tuple[int, float]:
        shared = max((_common(test, f) for f in failing), default=0)
        return -shared, durations.get(test, 0.0)

    return sorted(others, key=distance)


def _common(one: str, other: str) -> int:
    a, b = _parts(one), _parts(other)
    count = 0
    for left, right in zip(a, b, strict=False):
        if left != right:
            break
        count += 1
    return count + (1 if a[-1:] and b[-1:] and a[-1].split("[")[0] == b[-1].split("[")[0] else 0)


def _parts(test: str) -> list[str]:
    return test.replace("::", "/").split("/")


def _function(test: str) -> str:
    """The name of a test's function; what parameters are called may hold anything."""
    return test.split("[")[0].split("::")[-1]


def spectrum(suite: Suite, failing: list[str], root: str) -> list[TestLines]:
    """The traced tests as the localisation wants them; failing tests that are not to be mended are left
    out."""
    wanted = set(failing)
    tests = []
    for ran in suite.tests.values():
        if not ran.lines or (ran.is_failing and ran.id not in wanted) or ran.outcome == "skipped":
            continue
        lines = {path: frozenset(found) for path, found in ran.lines.items()}
        frames = [(f[0][len(root) + 1 :], f[1]) for f in ran.frames if f[0].startswith(root + "/")]
        tests.append(TestLines(ran.id, not ran.is_failing, lines, tuple(frames)))
    return tests


def is_test_file(path: str, collected: set[str]) -> bool:
    name = path.rsplit("/", 1)[-1]
    return path in collected or name == "conftest.py" or name.startswith("test_") or name.endswith("_test.py")


def suspects(
    tests: list[TestLines],
    load: Callable[[str], Source | None],
    collected: set[str],
    formula: str,
    changed: dict[str, tuple[int, ...]],
) -> list[Place]:
    """Statements of the program by suspicion, with the definitions that they use."""
    frames_of_tests = [
        msgspec.structs.replace(t, frames=tuple(f for f in t.frames if not is_test_file(f[0], collected)))
        for t in tests
    ]
    lines = rank_lines(frames_of_tests, formula, changed, lambda path: is_test_file(path, collected))
    trees: dict[str, ast.Module] = {}
    for path in dict.fromkeys(p.path for p in lines):
        source = load(path)
        if source is not None:
            trees[path] = source.tree
    failing = [t.id for t in tests if not t.passed]
    ranked = favour_names(rank_statements(lines, trees), failing)
    named = [(i.split("::")[0], _function(i)) for i in failing[:8]]
    loaded = [p for p in definitions(ranked, named, load) if not is_test_file(p.path, collected)]
    return sorted([*ranked, *loaded], key=lambda p: -round(p.score, 3))


def reader(read: Callable[[str], bytes | None]) -> Callable[[str], Source | None]:
    """A loader of sources that remembers; None for files that cannot be repaired."""
    known: dict[str, Source | None] = {}

    def load(path: str) -> Source | None:
        if path not in known:
            data = read(path)
            try:
                known[path] = None if data is None else Source(path, data)
            except UnreadableError:
                known[path] = None
        return known[path]

    return load


def literals(failing: list[Ran], load: Callable[[str], Source | None], root: str) -> Literals:
    """Numbers and short texts that the failing tests mention, and the pieces that texts are made of."""
    numbers: dict[int | float, None] = {}
    texts: dict[str, None] = {}
    for ran in failing[:8]:
        for node in nodes_of(ran, load, root):
            for part in ast.walk(node):
                if not isinstance(part, ast.Constant):
                    continue
                if type(part.value) in (int, float):
                    numbers[part.value] = None  # type: ignore[index]
                elif isinstance(part.value, str) and 0 < len(part.value) <= 24:
                    texts[part.value] = None
    pieces = [c for t in texts for c in t if not c.isalnum()]
    words = [w for t in texts for w in t.split() if len(t.split()) > 1]
    return Literals(tuple(numbers), tuple(dict.fromkeys([*sorted(texts, key=len)[:60], *pieces, *words])))


def nodes_of(ran: Ran, load: Callable[[str], Source | None], root: str) -> list[ast.AST]:
    """The functions of test files that the failing test was in when it failed, or its whole file."""
    path = ran.id.split("::")[0]
    source = load(path)
    if source is None:
        return []
    names = {f[2] for f in ran.frames if f[0] == f"{root}/{path}"} | {_function(ran.id)}
    found: list[ast.AST] = [n for n in source.functions if n.name in names]
    return found or [source.tree]
