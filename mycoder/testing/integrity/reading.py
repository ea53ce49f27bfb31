"""Which reader a file of tests has: Python's own parser, a grammar, or none but its lines."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING

from mycoder.testing.integrity.outline import Outline, outline
from mycoder.testing.integrity.places import LINES_ONLY_SKIPS
from mycoder.workspace.grammars import language_of, parse

if TYPE_CHECKING:
    from tree_sitter import Node

_READERS = {
    "javascript": "javascript",
    "typescript": "javascript",
    "tsx": "javascript",
    "go": "golang",
    "rust": "rust",
    "java": "java",
}
"""Language -> module of `integrity.foreign`."""
SAME = 0.9
"""Share of the lines of a deleted file that must stand in new ones for it to count as moved."""


def read(path: str, text: str) -> Outline | None:
    """The tests in `text`, a file named `path`; None where there is no reader, so that only lines can be compared."""
    if path.endswith((".py", ".pyi")):
        return outline(text)
    name = _READERS.get(language_of(path))
    if name is None or (tree := parse(path, text.encode("utf-8", "replace"))) is None:
        return None
    # late: a reader is needed only when tests in its language were changed
    module = import_module(f"mycoder.testing.integrity.foreign.{name}")
    reader: Callable[[Node], Outline] = module.outline_of
    try:
        return reader(tree.root_node)
    except RecursionError:  # nested deeper than anybody writes
        return None


def by_lines(before: str, after: str | None, added: Iterable[str]) -> Iterator[str]:
    """What can be said without reading a file: that it is gone, or has words that leave tests out. `added` are the
    texts of new files of tests, where its lines may have gone."""
    old = _lines(before)
    if after is None or not after.strip():
        new = sum((_lines(text) for text in added), Counter[str]())
        if old and (old & new).total() < SAME * old.total():
            yield "the file of tests is gone"
        return
    for line in (_lines(after) - old).elements():
        if LINES_ONLY_SKIPS.search(re.sub(r"\"[^\"]*\"|'[^']*'", '""', line)):
            yield f"tests are left out: {line[:80]}"


def _lines(text: str) -> Counter[str]:
    return Counter(line.strip() for line in text.splitlines() if line.strip())
