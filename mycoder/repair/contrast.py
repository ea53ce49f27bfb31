"""What a failing assertion got against what it wanted, and what a literal of the program would have to say so that
the one becomes the other.

Where the text that came out holds a literal, and the text that was expected has something else at that place, the
literal with just that piece changed is proposed: the output-driven repair of texts, a small cousin of synthesis by
example (Gulwani, 2011). Only what the literal itself says is ever replaced, so that inputs of the test which stand
beside it in the output are not learned.
"""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cached_property
from typing import NamedTuple

MOST_LETTERS = 600
"""Longer differing pieces are compared by words only."""
MOST_WORDS = 1_500
MOST_HUNKS = 60
MOST_SLID = 6
GROWTH = 12
"""Letters by which a proposal may be longer than three times the literal."""
FOREIGN = 1.2
"""Doubt that a piece belongs to the literal that goes on with a word of its neighbour."""
_TOKEN = re.compile(r"\w+|\s+|.", re.S)
_FIELD = re.compile(r"%(?:\(\w*\))?[-+ #0]*(?:\d+|\*)?(?:\.(?:\d+|\*))?[a-zA-Z%]|\{[^{}]*\}|\$\{?\w+\}?")
_ESCAPED = re.compile(r"\\([^\w\s]|\s)")


class Hunk(NamedTuple):
    """Replacing actual[start:end] by `text` is part of what makes the expected text of the actual one."""

    start: int
    end: int
    text: str


class Proposal(NamedTuple):
    """`value` is what the literal may have to say; `doubt` is 0 for good evidence and grows."""

    value: str
    doubt: float


class Contrast:
    """`kind` is "==", "in" (`expected` should be found in `actual`) or "re" (the same with a regular
    expression)."""

    def __init__(self, kind: str, actual: str, expected: str) -> None:
        self.kind = kind
        if kind == "re":
            expected = _ESCAPED.sub(r"\1", expected).strip("^$")
        self.is_part = kind != "=="
        self.actual = nearest_piece(expected, actual) if self.is_part else actual
        self.expected = expected

    @cached_property
    def readings(self) -> list[list[Hunk]]:
        """Ways to say how the two texts differ: by words, and by letters where they are not too long."""
        first = 0
        found: list[list[Hunk]] = []
        most = min(len(self.actual), len(self.expected))
        while first < most and self.actual[first] == self.expected[first]:
            first += 1
        last = 0
        while last < most - first and self.actual[-1 - last] == self.expected[-1 - last]:
            last += 1
        one = self.actual[first : len(self.actual) - last]
        other = self.expected[first : len(self.expected) - last]
        for is_by_letter in (False, True):
            hunks = [Hunk(h.start + first, h.end + first, h.text) for h in _hunks(one, other, is_by_letter)]
            if self.is_part:  # its ends are a guess
                hunks = [h for h in hunks if h.start > 0 and h.end < len(self.actual)]
            hunks = hunks[:MOST_HUNKS]
            if hunks and hunks not in found:
                found.append(hunks)
        return found

    def proposals(self, value: str) -> Iterator[Proposal]:
        """What a literal that says `value` would have to say instead."""
        known = [(a, b) for a, b in pieces(value) if value[a:b] in self.actual]
        for reading in self.readings if known else ():
            for first, last in known:
                for text, doubt in self._of_piece(value[first:last], reading):
                    if len(text) <= 3 * len(value) + GROWTH:
                        yield Proposal(value[:first] + text + value[last:], doubt)

    def _of_piece(self, piece: str, reading: list[Hunk]) -> Iterator[tuple[str, float]]:
        size = len(piece)
        done: set[int] = set()
        for hunk in reading:
            for place in range(max(0, hunk.end - size), hunk.start + 1):
                if place in done or not self.actual.startswith(piece, place):
                    continue
                done.add(place)
                inside = [h for h in reading if place <= h.start and h.end <= place + size]
                yield _replaced(piece, place, inside), self._doubt(piece, place, inside)
            for slid in self._slid(hunk):
                for place in range(max(0, slid.end - size), slid.start + 1):
                    if self.actual.startswith(piece, place):
                        yield _replaced(piece, place, [slid]), 0.15 + self._doubt(piece, place, [slid])

    def _slid(self, hunk: Hunk) -> Iterator[Hunk]:
        """The same addition or removal one or more letters earlier or later, where that gives the same text."""
        text, actual = hunk.text, self.actual
        start, end = hunk.start, hunk.end
        if (start != end) == bool(text):
            return
        for _ in range(MOST_SLID):
            if end >= len(actual) or actual[end] != (text[0] if text else actual[start]):
                break
            start, end, text = start + 1, end + 1, text[1:] + text[:1]
            yield Hunk(start, end, text)
        start, end, text = hunk.start, hunk.end, hunk.text
        for _ in range(MOST_SLID):
            if not start or actual[start - 1] != (text[-1] if text else actual[end - 1]):
                break
            start, end, text = start - 1, end - 1, text[-1:] + text[:-1]
            yield Hunk(start, end, text)

    def _doubt(self, piece: str, place: int, hunks: list[Hunk]) -> float:
        """A short piece is found anywhere, what is added at its edge may belong to its neighbour, above all where
        it goes on with a word or number there, and a text that keeps none of its letters is another text rather
        than a mistaken one."""
        doubt = 0.5 if len(piece) == 1 and piece.isalnum() else 0.3 if len(piece) == 1 else 0.0
        end = place + len(piece)
        if all(h.start == h.end and h.start in (place, end) for h in hunks):
            doubt += 0.3
        before, behind = self.actual[place - 1 : place], self.actual[end : end + 1]
        for hunk in hunks:
            is_more_of_neighbour = (
                hunk.start == place and (before + hunk.text[:1]).isalnum() and before
            ) or (hunk.end == end and (hunk.text[-1:] + behind).isalnum() and behind)
            if hunk.text and is_more_of_neighbour:
                doubt += FOREIGN
            if any(c.isdigit() for c in hunk.text) and not any(c.isdigit() for c in piece):
                doubt += FOREIGN / 2
        new = _replaced(piece, place, hunks)
        if len(piece) > 2 and len(new) > 2 and not set(piece.lower()) & set(new.lower()):
            doubt += 0.6
        return doubt + 0.3 * (not new)


def pieces(value: str) -> list[tuple[int, int]]:
    """The whole of a text and, where it is a template, what stands between the fields."""
    found = [(0, len(value))]
    fields = [m.span() for m in _FIELD.finditer(value)]
    if fields:
        edges = [0, *(at for span in fields for at in span), len(value)]
        found += [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]
    return [(a, b) for a, b in found if a < b]


def nearest_piece(wanted: str, text: str) -> str:
    """The piece of `text` that is most like `wanted`."""
    text = text[:4_000]
    wanted = wanted[:1_000]
    if not wanted or len(text) <= len(wanted):
        return text
    match = SequenceMatcher(None, wanted, text, autojunk=False).find_longest_match(
        0, len(wanted), 0, len(text)
    )
    start = max(0, match.b - match.a - 2)
    return text[start : match.b - match.a + len(wanted) + 3]


def _hunks(one: str, other: str, is_by_letter: bool) -> Iterator[Hunk]:
    if is_by_letter:
        if max(len(one), len(other)) > MOST_LETTERS:
            return
        left, right = list(one), list(other)
    else:
        left, right = _TOKEN.findall(one), _TOKEN.findall(other)
        if max(len(left), len(right)) > MOST_WORDS:
            return
    offsets = [0]
    for part in left:
        offsets.append(offsets[-1] + len(part))
    matcher = SequenceMatcher(None, left, right, autojunk=len(left) > MOST_LETTERS)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag != "equal":
            yield _trimmed(one, Hunk(offsets[i], offsets[j], "".join(right[k:m])))


def _trimmed(one: str, hunk: Hunk) -> Hunk:
    """Without the letters that stay the same at both ends."""
    start, end, text = hunk
    while start < end and text and one[start] == text[0]:
        start, text = start + 1, text[1:]
    while start < end and text and one[end - 1] == text[-1]:
        end, text = end - 1, text[:-1]
    return Hunk(start, end, text)


def _replaced(piece: str, place: int, hunks: list[Hunk]) -> str:
    for hunk in reversed(hunks):
        piece = piece[: hunk.start - place] + hunk.text + piece[hunk.end - place :]
    return piece
