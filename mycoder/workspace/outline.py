"""The outline of one file for a model: its definitions with the lines they span."""

import os
from pathlib import Path

import msgspec

from mycoder.workspace.names import count, printable
from mycoder.workspace.scan import read_text
from mycoder.workspace.symbols import MOST_BYTES, Symbol, symbols

MOST_LINES = 300


class Outline(msgspec.Struct, frozen=True):
    """`problem` says why there are no symbols, and what to do instead."""

    path: str
    symbols: tuple[Symbol, ...] = ()
    lines: int = 0
    problem: str = ""


def of_file(root: Path | str, path: str) -> Outline:
    """The definitions in the file at `path`, relative to `root`. Blocks: 0.02 s for 100 kB."""
    name = printable(path)
    full = os.path.join(root, path)
    try:
        size = os.stat(full).st_size
    except OSError as error:
        return Outline(path, problem=f"{name} cannot be read: {error.strerror}")
    text = read_text(full) if size <= MOST_BYTES else None
    if size > MOST_BYTES:
        return Outline(path, problem=f"{name} is too big to outline ({size:,} bytes); use grep in it")
    if not isinstance(text, str):
        return Outline(path, problem=f"{name} is not text")
    lines = text.count("\n") + (not text.endswith("\n") and bool(text))
    found = symbols(path, text.encode("utf-8", "replace"))
    if found is None:
        return Outline(
            path,
            (),
            lines,
            f"{name} ({count(lines, 'line')}) is in no language that can be outlined; read it",
        )
    return Outline(path, tuple(found), lines)


def render(outline: Outline, most: int = MOST_LINES) -> str:
    """A line a definition: the lines it spans and its signature, members below their type."""
    if outline.problem:
        return outline.problem
    head = f"{printable(outline.path)}, {count(outline.lines, 'line')}"
    if not outline.symbols:
        return f"{head}: no definitions"
    shown = outline.symbols
    if len(shown) > most:  # the members go first
        shown = tuple(symbol for symbol in shown if symbol.depth == 0)[:most]
    out = [f"{_span(symbol)} {'  ' * symbol.depth}{printable(symbol.signature)}" for symbol in shown]
    left = len(outline.symbols) - len(shown)
    return "\n".join([head, *out, *([f"[{left:,} more, mostly members; use grep]"] if left else [])])


def _span(symbol: Symbol) -> str:
    return f"{symbol.first}-{symbol.last}" if symbol.last > symbol.first else f"{symbol.first}"
