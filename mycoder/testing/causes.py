"""Groups failing tests by what makes them fail, so that one mistake is told once."""

import re
from collections.abc import Iterable

import msgspec

from mycoder.testing.results import Case, Frame

_MASKS = (
    (r"0x[0-9a-fA-F]+", "0x…"),
    (r"'[^'\n]{0,200}'|\"[^\"\n]{0,200}\"", "'…'"),
    (r"\d+(?:\.\d+)?", "#"),
)


class Cause(msgspec.Struct, frozen=True):
    """Tests that fail in the same way at the same place; `cases` in the order of the run."""

    cases: tuple[Case, ...]

    @property
    def speaker(self) -> Case:
        """The case to tell it by: the one with the shortest message, which is the easiest to read."""
        return min(self.cases, key=lambda case: (not case.message, not case.frames, len(case.message)))


def grouped(cases: Iterable[Case]) -> list[Cause]:
    """Causes, those with the most tests first, else in the order of the run."""
    held: dict[tuple[str, ...], list[Case]] = {}
    for case in cases:
        held.setdefault(_key(case), []).append(case)
    return sorted((Cause(tuple(found)) for found in held.values()), key=lambda cause: -len(cause.cases))


def changed(now: Case, before: Case) -> bool:
    """Does a test fail otherwise than it did?"""
    return _masked(now.message) != _masked(before.message) or _place(now.frames) != _place(before.frames)


def _key(case: Case) -> tuple[str, ...]:
    """Where there is a frame, the deepest one and the kind of error; else the message without its values."""
    if case.frames and case.phase != "collect":
        last = case.frames[-1]
        return (case.kind or _masked(case.message), last.path, str(last.line), case.phase)
    return (case.kind, _masked(case.message, names=False), case.phase)


def _place(frames: tuple[Frame, ...]) -> tuple[str, str]:
    """Without line numbers, which any edit above moves."""
    return (frames[-1].path, frames[-1].source) if frames else ("", "")


def _masked(message: str, *, names: bool = True) -> str:
    """The first line without what differs from one test to the next. Names in quotes stay with `names` False:
    the name of a missing module tells causes apart."""
    text = message.split("\n", 1)[0][:300]
    for pattern, stand_in in _MASKS:
        if names or stand_in != "'…'":
            text = re.sub(pattern, stand_in, text)
    return text
