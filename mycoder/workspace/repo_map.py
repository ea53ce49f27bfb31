"""A map of a project for a model: the definitions that matter most, with their files and lines, within a
number of tokens.

Drawing one takes seconds and much memory in a large project, so it is done in a process of its own.
"""

import marshal
import os
import sys
from collections.abc import Callable, Collection
from pathlib import Path

import msgspec

from mycoder.workspace.capture import capture
from mycoder.workspace.names import printable
from mycoder.workspace.ranking import Ranked, rank
from mycoder.workspace.search import files
from mycoder.workspace.symbols import Symbol
from mycoder.workspace.tags import Tagged, collect

CHARACTERS_PER_TOKEN = 3.2
"""Of signatures and paths with the usual tokenizers; on the safe side."""

_MOST_OF_A_FILE = 12
"""Definitions of one file, so that one large file does not take it all."""


class RepoMap(msgspec.Struct, frozen=True):
    """`text` holds `shown` of `total` definitions in `files` source files; `left` more files were not read
    in time."""

    text: str
    shown: int
    total: int
    files: int
    left: int = 0


def build(
    root: Path | str,
    *,
    below: str = "",
    query: str = "",
    touched: Collection[str] = (),
    budget: int = 1500,
    store: Path | None = None,
    seconds: float = 10.0,
    progress: Callable[[int, int], None] = lambda done, total: None,
    stop: Callable[[], bool] = lambda: False,
) -> RepoMap:
    """The map of the folder `below` of `root`, of about `budget` tokens, ranked for the words of `query`
    and for the files `touched` lately. Blocks; `store`, `seconds`, `progress` and `stop` as for
    `tags.collect`."""
    tagged: Tagged = collect(
        str(root), files(root, below, stop=stop), store, seconds=seconds, progress=progress, stop=stop
    )
    ranked = rank(tagged.files, query, touched)
    chosen = choose(ranked, tagged, int(budget * CHARACTERS_PER_TOKEN))
    text = render(chosen)
    return RepoMap(text, sum(map(len, chosen.values())), len(ranked), len(tagged.files), tagged.left)


_CHILD = "import sys; sys.path[:] = sys.argv[1:]; from mycoder.workspace import repo_map; repo_map.main()"


async def build_apart(
    root: Path | str,
    *,
    below: str = "",
    query: str = "",
    touched: Collection[str] = (),
    budget: int = 1500,
    store: Path | None = None,
    seconds: float = 10.0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> RepoMap | None:
    """As `build`, in a child process, which ends when this is cancelled. None when that failed."""
    job = (os.fspath(root), below, query, tuple(touched), budget, str(store or ""), seconds)
    home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    done = await capture(
        (sys.executable, "-I", "-S", "-c", _CHILD, home, *filter(os.path.isabs, sys.path)),
        "/",
        given=marshal.dumps(job),
        seconds=2 * seconds + 10,
        heard=lambda text: _hear(text, progress),
    )
    if done.code != 0:
        return None
    return RepoMap(*marshal.loads(done.out))


def _hear(text: bytes, progress: Callable[[int, int], None]) -> None:
    words = text.split(b"\n")[-2:-1]
    numbers = words[0].split(b"/") if words else []
    if len(numbers) == 2 and all(map(bytes.isdigit, numbers)):
        progress(int(numbers[0]), int(numbers[1]))


def _tell(done: int, total: int) -> None:
    os.write(2, b"%d/%d\n" % (done, total))


def main() -> None:
    """The child's part: reads a packed job, prints a packed map; its progress goes to the standard error."""
    root, below, query, touched, budget, store, seconds = marshal.loads(sys.stdin.buffer.read())
    found = build(
        root,
        below=below,
        query=query,
        touched=touched,
        budget=budget,
        store=Path(store) if store else None,
        seconds=seconds,
        progress=_tell,
    )
    sys.stdout.buffer.write(marshal.dumps((found.text, found.shown, found.total, found.files, found.left)))


def choose(ranked: list[Ranked], tagged: Tagged, room: int) -> dict[str, list[Symbol]]:
    """The worthiest definitions that fit into `room` characters, by file, in the order of the files' best
    ones. A method brings its class along."""
    chosen: dict[str, list[Symbol]] = {}
    for one in ranked:
        taken = chosen.get(one.path, [])
        if len(taken) >= _MOST_OF_A_FILE or one.symbol in taken:
            continue
        new = [
            symbol
            for symbol in (*_around(one.symbol, tagged.files[one.path].symbols), one.symbol)
            if symbol not in taken
        ]
        cost = sum(len(_line(symbol)) + 1 for symbol in new) + (0 if taken else len(one.path) + 1)
        if cost > room:
            if room < 60:
                break
            continue
        room -= cost
        chosen[one.path] = [*taken, *new]
    return chosen


def _around(symbol: Symbol, all_of_file: tuple[Symbol, ...]) -> list[Symbol]:
    return [
        other
        for other in all_of_file
        if other.depth < symbol.depth and other.first <= symbol.first and symbol.last <= other.last
    ]


def render(chosen: dict[str, list[Symbol]]) -> str:
    """A file a paragraph: its path, and a line with its number for each definition."""
    out = []
    for path, taken in chosen.items():
        out.append(printable(path))
        out += [_line(symbol) for symbol in sorted(taken, key=lambda one: (one.first, one.depth))]
    return "\n".join(out)


def _line(symbol: Symbol) -> str:
    return f"{symbol.first:>5} {'  ' * symbol.depth}{printable(symbol.signature)}"
