"""A unified diff as rows that a face can draw: numbers, sign, text and the words that differ."""

import re
from difflib import SequenceMatcher
from typing import Literal

import msgspec

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@(.*)")
_WORD = re.compile(r"\w+|\s+|.")
_LONGEST_COMPARED = 400
"""Longer lines get no word marks: comparing takes quadratic time."""
_LEAST_ALIKE = 0.45
"""Below this share of equal words two lines have nothing to do with each other."""


class Row(msgspec.Struct, frozen=True):
    """`old` and `new` are line numbers, 0 where it is not; `marks` are (start, end) of changed words."""

    kind: Literal["context", "added", "removed", "hunk", "note"]
    old: int
    new: int
    text: str
    marks: tuple[tuple[int, int], ...] = ()


def rows(diff: str) -> list[Row]:
    """Rows of a unified diff; its file headers are left out, and lines that are none of it become notes."""
    found: list[Row] = []
    old = new = 0
    inside = False
    for line in diff.split("\n"):
        if hunk := _HUNK.match(line):
            old, new, inside = int(hunk[1]), int(hunk[2]), True
            found.append(Row("hunk", old, new, hunk[3].strip()))
        elif not inside and line.startswith(("--- ", "+++ ", "diff ", "index ")):
            continue
        elif line.startswith("+"):
            found.append(Row("added", 0, new, line[1:]))
            new += 1
        elif line.startswith("-"):
            found.append(Row("removed", old, 0, line[1:]))
            old += 1
        elif line.startswith(" "):
            found.append(Row("context", old, new, line[1:]))
            old, new = old + 1, new + 1
        elif line:
            found.append(Row("note", 0, 0, line.removeprefix("\\ ")))
    return _marked(found)


def side_by_side(found: list[Row]) -> list[tuple[Row | None, Row | None]]:
    """Rows in two columns: what was, what is. Hunk heads and notes stand in both."""
    pairs: list[tuple[Row | None, Row | None]] = []
    removed: list[Row] = []
    added: list[Row] = []

    def flush() -> None:
        for index in range(max(len(removed), len(added))):
            pairs.append(
                (
                    removed[index] if index < len(removed) else None,
                    added[index] if index < len(added) else None,
                )
            )
        removed.clear()
        added.clear()

    for row in found:
        if row.kind == "removed":
            if added:
                flush()
            removed.append(row)
        elif row.kind == "added":
            added.append(row)
        else:
            flush()
            pairs.append((row, row))
    flush()
    return pairs


def _marked(found: list[Row]) -> list[Row]:
    """Marks the differing words of removed lines that are followed by as many added ones."""
    out = list(found)
    start = 0
    while start < len(out):
        if out[start].kind != "removed":
            start += 1
            continue
        middle = start
        while middle < len(out) and out[middle].kind == "removed":
            middle += 1
        end = middle
        while end < len(out) and out[end].kind == "added":
            end += 1
        if middle - start == end - middle:
            for before, after in zip(range(start, middle), range(middle, end), strict=True):
                out[before], out[after] = _compared(out[before], out[after])
        start = max(end, start + 1)
    return out


def _compared(before: Row, after: Row) -> tuple[Row, Row]:
    if max(len(before.text), len(after.text)) > _LONGEST_COMPARED:
        return before, after
    old, new = _WORD.findall(before.text), _WORD.findall(after.text)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < _LEAST_ALIKE:
        return before, after
    old_marks: list[tuple[int, int]] = []
    new_marks: list[tuple[int, int]] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        if i1 < i2:
            old_marks.append((len("".join(old[:i1])), len("".join(old[:i2]))))
        if j1 < j2:
            new_marks.append((len("".join(new[:j1])), len("".join(new[:j2]))))
    return (
        msgspec.structs.replace(before, marks=tuple(old_marks)),
        msgspec.structs.replace(after, marks=tuple(new_marks)),
    )
