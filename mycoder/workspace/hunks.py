"""Where the hunks of a patch fit in a file.

Lines are compared exactly, then without trailing whitespace, then without any whitespace and with folded
punctuation. The lines that a hunk keeps stay as the file has them, and lines it adds take the indentation of
the place. A hunk that fits in several places is refused unless an anchor, a line number or the end of the
file tells which.
"""

from collections.abc import Callable, Sequence

import msgspec
from msgspec import structs

from mycoder.workspace.canonical import SAME
from mycoder.workspace.closest import closest
from mycoder.workspace.indent import CannotIndent, Indents, indent_of
from mycoder.workspace.patch import Hunk


class Misfit(msgspec.Struct, frozen=True):
    """A hunk that does not fit. `message` is for the model."""

    message: str


def fit(text: str, hunks: Sequence[Hunk]) -> str | list[Misfit]:
    """`text` with every hunk applied, or what is wrong with each hunk that does not fit.

    Hunks follow one another; one that fits only before the last is tried from the start, because models mix
    them up.
    """
    lines = text.split("\n")
    has_end = lines[-1] == ""
    if has_end:
        lines.pop()
    misfits: list[Misfit] = []
    cursor = 0
    for number, hunk in enumerate(hunks, 1):
        found = _Search(lines, hunk).find(cursor)
        if isinstance(found, str):
            which = f"hunk {number} of {len(hunks)}: " if len(hunks) > 1 else ""
            misfits.append(Misfit(which + found))
            continue
        start, new = found
        lines[start : start + len(hunk.old)] = new
        cursor = start + len(new)
    if misfits:
        return misfits
    return "\n".join(lines) + ("\n" if lines and (has_end or not text) else "")


def _exact(line: str) -> str:
    return line


def _bare(line: str) -> str:
    return "".join(line.translate(SAME).split())


_READINGS = (_exact, str.rstrip, _bare)


class _Search:
    def __init__(self, lines: list[str], hunk: Hunk) -> None:
        self._lines = lines
        self._hunk = hunk

    def find(self, cursor: int) -> tuple[int, list[str]] | str:
        """(where the hunk begins, its lines fitted in), or what is wrong."""
        after = self._after_anchors(cursor)
        if isinstance(after, str):
            return after
        old = self._hunk.old
        if not old:
            at = after if self._hunk.anchors else self._hunk.near or len(self._lines)
            return min(at, len(self._lines)), self._hunk.new
        for reading in _READINGS:
            places = self._places(old, reading, 0)
            if not places:
                continue
            start = self._choose(places, after, cursor)
            if start is None:
                listed = ", ".join(str(p + 1) for p in places[:10])
                return (
                    f"its lines occur {len(places)} times, at lines {listed}. Put a line that stands above "
                    "the one you "
                    "mean after @@, or add context until it is unique."
                )
            try:
                return start, self._fitted(start)
            except CannotIndent:
                break
        if self._hunk.lines[0] == (" ", ""):  # an empty line after the anchor is often only layout
            return _Search(self._lines, structs.replace(self._hunk, lines=self._hunk.lines[1:])).find(cursor)
        return self._closest(old)

    def _after_anchors(self, cursor: int) -> int | str:
        """Line after the last anchor; each is sought after the one before it, then from the start."""
        at = cursor
        for anchor in self._hunk.anchors:
            found = self._anchor(anchor, at)
            if found < 0:
                found = self._anchor(anchor, 0)
            if found < 0:
                if self._hunk.old and len(self._places(self._hunk.old, _exact, 0)) == 1:
                    return cursor  # the lines say where without it
                near = closest("\n".join(self._lines), anchor)
                hint = f"; line {near.start} is {self._lines[near.start - 1].strip()!r}" if near else ""
                return f"no line is like its anchor `@@ {anchor}`{hint}."
            at = found + 1
        return at

    def _anchor(self, anchor: str, start: int) -> int:
        key = _bare(anchor)
        for is_it in (str.__eq__, str.startswith, str.__contains__):
            for i in range(start, len(self._lines)):
                if is_it(_bare(self._lines[i]), key):
                    return i
        return -1

    def _places(self, old: list[str], reading: Callable[[str], str], start: int) -> list[int]:
        keys, wanted = [reading(line) for line in self._lines], [reading(line) for line in old]
        last = len(keys) - len(wanted)
        if self._hunk.at_end:
            start = max(start, last)
        first = wanted[0]
        return [i for i in range(start, last + 1) if keys[i] == first and keys[i : i + len(wanted)] == wanted]

    def _choose(self, places: list[int], after: int, cursor: int) -> int | None:
        if len(places) == 1:
            return places[0]
        if self._hunk.near:
            return min(places, key=lambda p: abs(p + 1 - self._hunk.near))
        later = [p for p in places if p >= after]
        if later and (self._hunk.anchors or len(later) == 1):
            # the anchor itself may be repeated as the first line of context
            return later[0]
        if self._hunk.anchors and (on := [p for p in places if p == after - 1]):
            return on[0]
        return None

    def _fitted(self, start: int) -> list[str]:
        there = self._lines[start : start + len(self._hunk.old)]
        indents = self._indents(there)
        out: list[str] = []
        at = 0
        for mark, line in self._hunk.lines:
            if mark == "+":
                out.append(line if indents.is_same else indents.fit(line))
                continue
            if mark == " ":
                out.append(there[at])
            at += 1
        return out

    def _indents(self, there: list[str]) -> Indents:
        marks = [mark for mark, _ in self._hunk.lines if mark != "+"]
        pairs = [
            (mark, indent_of(old), indent_of(line))
            for mark, old, line in zip(marks, self._hunk.old, there, strict=True)
            if old.strip()
        ]
        if all(line == old + " " for mark, old, line in pairs if mark == " "):
            # the space that marks context was left out, which says nothing of the lines with a mark
            pairs = [pair for pair in pairs if pair[0] == "-"]
        return Indents((old, line) for _, old, line in pairs)

    def _closest(self, old: list[str]) -> str:
        near = closest("\n".join(self._lines), "\n".join(old))
        if near is None:
            return "its old lines do not occur in the file, nor anything like them. Read the file first."
        return (
            f"its old lines do not occur in the file. Closest are lines {near.start}-{near.end} "
            f"({near.likeness:.0%} alike); - is what the patch expects, + what is there:\n{near.diff}"
        )
