"""The block of a file that is most like a text that does not occur in it."""

import msgspec

from mycoder.workspace.diff import numbered

_LEAST = 0.5
_MOST_LINES = 50_000
_STARTS = 6
"""Candidates that are compared character by character."""


class Closest(msgspec.Struct, frozen=True):
    """Lines `start` to `end`, from 1; `likeness` 0 to 1; `diff` from what was asked for to what is there."""

    start: int
    end: int
    likeness: float
    diff: str
    is_whitespace: bool
    """Whether nothing but whitespace differs."""


def closest(text: str, wanted: str) -> Closest | None:
    """None when nothing is at least half alike."""
    lines, old = text.split("\n"), wanted.strip("\n").split("\n")
    if len(lines) > _MOST_LINES or not wanted.strip():
        return None
    # late: 0.02 s, and only for an edit that failed
    from rapidfuzz import fuzz

    best: tuple[float, int, int] = (0.0, 0, 0)
    for start in _starts(lines, old):
        for size in (len(old), len(old) + 1, len(old) - 1):
            window = lines[max(start, 0) : max(start, 0) + size]
            alike = fuzz.ratio(_bare(old), _bare(window)) / 100
            if window and alike > best[0]:
                best = (alike, max(start, 0), max(start, 0) + len(window))
    likeness, start, end = best
    if likeness < _LEAST:
        return None
    there = lines[start:end]
    diff = numbered("\n".join([*old, ""]), "\n".join([*there, ""]), context=2, first=start + 1, run=10)
    bare = ["".join("".join(part).split()) for part in (old, there)]
    if bare[0] == bare[1]:
        # the likeness of the bare lines would say that they are the same
        likeness = fuzz.ratio("\n".join(old), "\n".join(there)) / 100
    return Closest(start + 1, end, likeness, diff, bare[0] == bare[1])


def _bare(lines: list[str]) -> str:
    return "\n".join(line.strip() for line in lines)


def _starts(lines: list[str], old: list[str]) -> list[int]:
    """Where the block may begin, the likeliest first: by lines that are the same, else by the most telling
    one.
    """
    places: dict[str, list[int]] = {}
    for j, line in enumerate(lines):
        if key := "".join(line.split()):
            places.setdefault(key, []).append(j)
    votes: dict[int, float] = {}
    for i, line in enumerate(old):
        key = "".join(line.split())
        # a line that is everywhere says nothing
        for j in places.get(key, ())[:50]:
            votes[j - i] = votes.get(j - i, 0.0) + min(len(key), 40) / len(places[key])
    starts = sorted(votes, key=lambda s: -votes[s])[:_STARTS]
    return starts if len(starts) >= 3 else [*starts, *_likely(lines, old)]


def _likely(lines: list[str], old: list[str]) -> list[int]:
    from rapidfuzz import fuzz, process  # late: as above

    starts: list[int] = []
    for line in sorted(set(old), key=len, reverse=True)[:3]:
        found = process.extract(
            line.strip(), [ln.strip() for ln in lines], scorer=fuzz.ratio, limit=3, score_cutoff=50
        )
        starts += [j - old.index(line) for _, _, j in found]
    return starts
