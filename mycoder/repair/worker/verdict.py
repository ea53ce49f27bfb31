"""What is judged and what comes of it: files in pieces, and verdicts on candidates."""

from __future__ import annotations

import bisect
from typing import Any

from mycoder.repair.worker.apply import units_of

NOT_JUDGED = 0
FAILED, TIMEOUT, INVALID, DUPLICATE, PARTIAL, GOOD = range(1, 7)
SLOW, FORBIDDEN, REGRESSED, STUCK, UNMOVED, CRASHED = range(7, 13)
"""STUCK: had to be killed, because it could not be interrupted or slept; it is not worth a second try.
UNMOVED: failed at the same place and with the same values as the original program.
CRASHED: failed by an exception that neither the original nor an assertion raises."""


class Verdict:
    """`gained` and `lost`: how many assertions of failing tests hold now, and hold no more; of a time-out
    `gained` is 1 when the failing line of the test was passed."""

    __slots__ = ("gained", "kind", "lost")

    def __init__(self, kind: int, gained: float = 0.0, lost: float = 0.0) -> None:
        self.kind = kind
        self.gained = gained
        self.lost = lost


class File:
    """A source file under repair and its units; `module_flags` are its ``from __future__`` imports."""

    def __init__(self, path: str) -> None:
        with open(path, "rb") as source:
            self.source = source.read()
        self.path = path
        self.units = units_of(path, self.source)
        self._starts = [u.start for u in self.units]
        self.original: dict[int, Any] = {}
        self.globals: dict[str, Any] = {}

    def unit_at(self, start: int, end: int) -> int:
        """Index of the unit that holds the span, or -1."""
        index = bisect.bisect_right(self._starts, start) - 1
        if index < 0 or end > self.units[index].end:
            return -1
        return index
