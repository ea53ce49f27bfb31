"""A private copy of a project whose tests pass, into which bugs are put one at a time."""

import contextlib
import os
import random
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

from mycoder.bench.seeded_bugs import Bug, bugs_of
from mycoder.repair import baseline
from mycoder.repair.baseline import Suite
from mycoder.repair.interpreter import find
from mycoder.repair.link import Room
from mycoder.repair.tree import copy_tree

Row = TypeVar("Row")

TRACE_SECONDS = 300.0


class Garden:
    """`project` is the copy, `home` the folder around it for the engine's own copies. `red` are the tests that
    fail without any bug of ours."""

    def __init__(self, home: Path, choices: list[Bug], seed: int, red: frozenset[str] = frozenset()) -> None:
        self.home = home
        self.red = red
        self.project = home / "p"
        self._generator = random.Random(seed)
        self._by_kind: dict[str, list[Bug]] = {}
        for bug in choices:
            self._by_kind.setdefault(bug.kind, []).append(bug)

    def draw(self) -> Iterator[Bug]:
        """Bugs in an order that the seed alone decides: a class with equal chances, then one of the class."""
        kinds = self._by_kind
        while kinds:
            kind = self._generator.choice(sorted(kinds))
            yield kinds[kind].pop(self._generator.randrange(len(kinds[kind])))
            if not kinds[kind]:
                del kinds[kind]

    async def rows(
        self,
        count: int,
        one: Callable[[Bug], Awaitable[Row | None]],
        line: Callable[[int, Row], str],
        say: Callable[[str], None],
    ) -> list[Row]:
        """What `one` finds out of `count` bugs, one at a time; a bug of which it is None is not counted."""
        found: list[Row] = []
        for bug in self.draw():
            row = await one(bug)
            if row is not None:
                found.append(row)
                say(line(len(found), row))
            if len(found) == count:
                break
        return found

    @contextlib.contextmanager
    def with_bug(self, bug: Bug) -> Iterator[bytes]:
        """The copy holds the bug meanwhile; yields the file's bytes without it."""
        file = self.project / bug.path
        original = file.read_bytes()
        file.write_bytes(original[: bug.start] + bug.text.encode() + original[bug.end :])
        try:
            yield original
        finally:
            file.write_bytes(original)


@contextlib.asynccontextmanager
async def planted(root: Path, seed: int, say: Callable[[str], None]) -> AsyncGenerator[Garden]:
    """Copies the project, runs its tests once with coverage and finds the bugs that can be seeded in functions
    that they run. Nothing is left at the end."""
    place = Path(tempfile.mkdtemp(prefix="mcm-"))
    try:
        copy_tree(root, place / "p")
        suite = await _suite(place / "p", place, say)
        covered = _covered(suite)
        choices = []
        for path, lines in sorted(covered.items()):
            if baseline.is_test_file(path, set()) or path.startswith(("tests/", "test/")):
                continue
            loaded = baseline.reader(lambda p: (place / "p" / p).read_bytes())(path)
            if loaded is not None:
                choices += list(bugs_of(loaded, lines))
        kinds = len({bug.kind for bug in choices})
        say(f"{len(choices)} bugs can be seeded in {kinds} classes; {len(suite.passing)} tests pass")
        yield Garden(place, choices, seed, frozenset(t.id for t in suite.failing))
    finally:
        shutil.rmtree(place, ignore_errors=True)


async def _suite(project: Path, home: Path, say: Callable[[str], None]) -> Suite:
    interpreter = await find(project, ("pytest",))
    room = Room(interpreter, project, Path(os.path.realpath(project)), home, ())
    worker = await room.open(None, 2 * TRACE_SECONDS)
    try:
        hello = await worker.hello(120)
        suite = Suite()
        begun = time.monotonic()
        ids = [row[0] for row in hello["collected"]]
        await baseline.run(worker, suite, ids, trace=True, until=lambda: TRACE_SECONDS)
        taken = time.monotonic() - begun
        await baseline.confirm(worker, suite, lambda: TRACE_SECONDS)
    finally:
        await room.close()
    say(
        f"{len(suite.tests)} tests traced in {taken:.1f} s by Python {hello['python']}, "
        f"{len(suite.failing)} fail as it is"
    )
    return suite


def _covered(suite: Suite) -> dict[str, set[int]]:
    covered: dict[str, set[int]] = {}
    for test in suite.passing:
        for path, lines in test.lines.items():
            covered.setdefault(path, set()).update(lines)
    return covered
