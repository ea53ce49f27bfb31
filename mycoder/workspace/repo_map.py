"""A map of a project for a model: the definitions that matter most, with their files and lines, within a
number of tokens."""

from collections.abc import Callable, Collection
from pathlib import Path

import msgspec

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
