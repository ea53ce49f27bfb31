"""A candidate: one or more edits of one file."""

import msgspec

Spans = tuple[tuple[int, int, str], ...]


class Candidate(msgspec.Struct, frozen=True):
    """`file` is an index into the files under repair; `edits` are (start, end, text) and do not overlap."""

    file: int
    edits: Spans
    cost: float
    operator: str
    line: int
    scale: float = 1.0
    """How many times the usual time limit it gets: more than 1 when it was parked after a time-out."""

    @property
    def key(self) -> tuple[int, Spans]:
        return self.file, tuple(sorted(self.edits))


def overlaps(one: Spans, other: Spans) -> bool:
    return any((a < d and c < b) or (a, b) == (c, d) or a == c for a, b, _ in one for c, d, _ in other)
