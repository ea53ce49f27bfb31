"""Puts a candidate into the running program: compiles only the function it is in and swaps code objects."""

from __future__ import annotations
import __future__

import ast
import gc
import types
from typing import Any

Key = Any
"""(file name, first line, name) of a code object."""

_FUTURE = 0
for _name in __future__.all_feature_names:
    _FUTURE |= getattr(__future__, _name).compiler_flag
_NODES = (ast.FunctionDef, ast.AsyncFunctionDef)


class Unit:
    """An outermost function or method: the smallest piece that is compiled on its own."""

    __slots__ = (
        "body",
        "end",
        "first_line",
        "header",
        "indent",
        "live",
        "name",
        "path",
        "start",
        "start_line",
        "text",
    )

    def __init__(self, path: str, source: bytes, starts: list[int], node: Any, around: list[Any]) -> None:
        self.path = path
        self.name: str = node.name
        self.start_line: int = node.lineno
        self.start = starts[node.lineno - 1]
        end_line = node.end_lineno
        self.end = starts[end_line] if end_line < len(starts) else len(source)
        self.first_line: int = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        self.body = starts[node.body[0].lineno - 1]
        before = source[self.body : self.body + node.body[0].col_offset]
        self.indent: str | None = before.decode() if not before.strip() else None
        """What stands before the body's first statement on its line; None when that is a part of the header."""
        if node.body[0].lineno == node.lineno:  # ``def f(): return 1``
            self.body = self.start + node.body[0].col_offset
            self.indent = ""
        self.text = source[self.start : self.end]
        lines = []
        for outer in around:
            kind = f"class {outer.name}:" if isinstance(outer, ast.ClassDef) else "if 1:"
            lines.append(" " * outer.col_offset + kind)
        self.header = "".join(line + "\n" for line in lines).encode()
        self.live: dict[Key, list[Any]] = {}

    def patched(self, edits: list[Any]) -> bytes:
        """The unit's text after `edits`, each (start, end, text) in offsets of the file."""
        text = self.text
        for start, end, new in sorted(edits, reverse=True):
            text = text[: start - self.start] + new.encode() + text[end - self.start :]
        return self.header + text


def patched(source: bytes, edits: list[Any]) -> bytes:
    """A whole file after edits, each (start, end, text)."""
    for start, end, new in sorted(edits, reverse=True):
        source = source[:start] + new.encode() + source[end:]
    return source


def line_starts(source: bytes) -> list[int]:
    """Offset of every line. Only line feeds count, as for the positions of `ast` (a lone CR does too,
    rarely)."""
    starts = [0]
    at = source.find(b"\n")
    while at >= 0:
        starts.append(at + 1)
        at = source.find(b"\n", at + 1)
    return starts


def units_of(path: str, source: bytes) -> list[Unit]:
    """All units of a file in their order. Raises SyntaxError or ValueError."""
    starts = line_starts(source)
    found: list[Unit] = []

    def visit(nodes: list[Any], around: list[Any]) -> None:
        for node in nodes:
            if isinstance(node, _NODES):
                found.append(Unit(path, source, starts, node, around))
                continue
            inner = [*around, node]
            for field in ("body", "orelse", "finalbody"):
                visit(getattr(node, field, None) or [], inner)
            for handler in getattr(node, "handlers", None) or []:
                visit(handler.body, inner)

    visit(ast.parse(source).body, [])
    return found


def live_functions(paths: set[str]) -> dict[Key, list[Any]]:
    """All function objects that now exist of the code in `paths`, also closures and wrapped ones."""
    found: dict[Key, list[Any]] = {}
    gc.unfreeze()  # frozen objects are not listed
    for thing in gc.get_objects():
        if type(thing) is types.FunctionType and thing.__code__.co_filename in paths:
            code = thing.__code__
            found.setdefault((code.co_filename, code.co_firstlineno, code.co_name), []).append(thing)
    return found


def tree(code: types.CodeType) -> list[types.CodeType]:
    """`code` and all code objects nested in it, outer ones first."""
    found = [code]
    for constant in code.co_consts:
        if type(constant) is types.CodeType:
            found += tree(constant)
    return found


def compiled(unit: Unit, text: bytes, flags: int) -> types.CodeType | None:
    """The code object of the unit's function compiled from `text`; None when the text holds no such
    function."""
    module = compile(text, unit.path, "exec", flags, True)
    return _named(module, unit.name)


def _named(code: types.CodeType, name: str) -> types.CodeType | None:
    for constant in code.co_consts:
        if type(constant) is not types.CodeType:
            continue
        if constant.co_name == name and constant.co_flags & 2:  # CO_NEWLOCALS: a function, not a class body
            return constant
        if not constant.co_flags & 2:
            found = _named(constant, name)
            if found is not None:
                return found
    return None


def future_flags(code: types.CodeType) -> int:
    return code.co_flags & _FUTURE


def fingerprint(code: types.CodeType) -> int:
    """Equal for candidates that compile to the same instructions and constants."""
    parts: list[Any] = []
    for each in tree(code):
        constants = tuple((type(c), repr(c)) for c in each.co_consts if type(c) is not types.CodeType)
        parts.append((each.co_code, constants, each.co_names, each.co_varnames, each.co_freevars))
        parts.append(getattr(each, "co_exceptiontable", b""))
    return hash(tuple(parts))


class Swap:
    """A set of functions and their new code; `on` and `off` may be called any number of times."""

    __slots__ = ("_pairs",)

    def __init__(
        self, pairs: list[tuple[Any, types.CodeType]], before: dict[int, types.CodeType] | None = None
    ) -> None:
        """`before` holds by `id` of a function the code that it has again after `off`, where that is not its
        present one."""
        old = before or {}
        self._pairs = [(f, old.get(id(f), f.__code__), new) for f, new in pairs]

    def on(self) -> None:
        for function, _, new in self._pairs:
            function.__code__ = new

    def off(self) -> None:
        for function, old, _ in self._pairs:
            function.__code__ = old


def pair(unit: Unit, old: types.CodeType, new: types.CodeType) -> Swap | None:
    """Pairs the unit's live functions with the new code objects; None where the free variables do not fit,
    which only loading the module anew can mend."""
    replaced: list[tuple[Any, types.CodeType]] = []
    candidates = _by_name(tree(new))
    for name, codes in _by_name(tree(old)).items():
        for position, code in enumerate(codes):
            functions = unit.live.get((code.co_filename, code.co_firstlineno, code.co_name))
            if not functions:
                continue
            found = candidates.get(name, [])
            if position >= len(found) or found[position].co_freevars != code.co_freevars:
                return None
            replaced += [(function, found[position]) for function in functions]
    return Swap(replaced) if replaced else None


def _by_name(codes: list[types.CodeType]) -> dict[str, list[types.CodeType]]:
    named: dict[str, list[types.CodeType]] = {}
    for code in codes:
        named.setdefault(code.co_name, []).append(code)
    return named
