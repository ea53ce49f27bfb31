"""Whether an edit breaks the syntax of a file that was whole before it.

Source is read by its tree-sitter grammar. That of Python accepts any indentation, so blocks are checked by
Python's own parser as well; only what it says of indentation counts, because the project's Python may be
newer than ours. Files whose grammar is not there, or that were broken before in another way, are not judged.
"""

import warnings
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from mycoder.workspace.grammars import language_of, parser_for

if TYPE_CHECKING:
    from tree_sitter import Node

_MOST = 2 * 2**20
"""Characters above which a file is not checked: 0.3 s."""
_MOST_TOML_LINE = 10_000
"""Characters; `tomllib` takes time with the square of the parts of a dotted key."""
_ONLY_AST = 0x400
"""`ast.PyCF_ONLY_AST`: parse, make no code; without importing `ast`."""
_BLOCKS = ("expected 'except' or 'finally' block",)


class Fault(msgspec.Struct, frozen=True):
    """Something that does not parse, at a line from 1."""

    line: int
    text: str
    """The line, without its indentation."""
    what: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}: {self.text[:100]}"


def introduced(path: str, before: str, after: str) -> Fault | None:
    """The first fault of `after` that `before` did not have; None when there is none to be seen."""
    new = faults(path, after)
    if not new:
        return None
    old = faults(path, before)
    if not old:
        return new[0]
    had, has = Counter(f.text for f in old), Counter(f.text for f in new)
    if had - has:
        return None  # one is mended: what is left to see may be a part of it
    more = has - had
    return next((fault for fault in new if fault.text in more), None)


def faults(path: str, text: str) -> list[Fault]:
    """What does not parse in `text`, a file named `path`; empty also when its language is not known here."""
    if len(text) > _MOST:
        return []
    name = path.lower()
    if name.endswith(".json"):
        return _json(text)
    if name.endswith(".toml"):
        return _toml(text)
    language = language_of(path)
    if not language:
        return []
    found = _grammar(path, text)
    if not found and language == "python":
        return _blocks(text)
    return found


def _grammar(path: str, text: str) -> list[Fault]:
    parser = parser_for(path)
    if parser is None:
        return []
    root = parser.parse(text.encode("utf-8", "surrogatepass")).root_node
    if not root.has_error:
        return []
    lines = text.split("\n")
    return [_fault(node, lines) for node in _broken(root)]


def _broken(root: "Node") -> list["Node"]:
    """The nodes that are errors themselves, in the order of the text."""
    found: list[Node] = []
    stack = [root]
    while stack:
        node = stack.pop()
        if node.is_error or node.is_missing:
            found.append(node)
        elif node.has_error:
            stack += reversed(node.children)
    return found


def _fault(node: "Node", lines: list[str]) -> Fault:
    row = min(node.start_point.row, len(lines) - 1)
    what = f"missing {node.type}" if node.is_missing else "does not parse"
    return Fault(row + 1, lines[row].strip(), what)


def _blocks(text: str) -> list[Fault]:
    """Wrong indentation in Python, as Python itself sees it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<edit>", "exec", _ONLY_AST, dont_inherit=True)
    except SyntaxError as error:
        message = error.msg or ""
        if not isinstance(error, IndentationError) and message not in _BLOCKS:
            return []
        line = error.lineno or 1
        lines = text.split("\n")
        return [Fault(line, lines[min(line, len(lines)) - 1].strip(), message)]
    except (ValueError, RecursionError, MemoryError, OverflowError):
        return []
    return []


def _json(text: str) -> list[Fault]:
    try:
        msgspec.json.decode(text.encode("utf-8", "replace"))
    except (msgspec.DecodeError, RecursionError) as error:
        return [Fault(1, "", str(error))] if text.strip() else []
    return []


def _toml(text: str) -> list[Fault]:
    if any(len(line) > _MOST_TOML_LINE for line in text.split("\n")):
        return []
    import tomllib  # late: 5 ms, and only for TOML

    try:
        tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return [Fault(1, "", str(error))]
    return []
