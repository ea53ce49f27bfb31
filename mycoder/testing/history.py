"""What earlier runs taught: which tests failed, which are slow, which are flaky. Kept between sessions."""

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from mycoder.config.private import write_private
from mycoder.testing.results import TestRun

LIMIT = 2000
"""Ids kept of each kind."""
SLOW = 0.5
"""Seconds from which a test counts as slow."""


class History(msgspec.Struct, frozen=True, omit_defaults=True):
    failing: tuple[str, ...] = ()
    """Red in the last run that had them."""
    slow: dict[str, float] = {}
    """Seconds of the slow ones."""
    flaky: tuple[str, ...] = ()

    def after(self, run: TestRun) -> "History":
        """What is known once the run is over; tests that it had no word of stay as they were."""
        failing = [*run.failing, *(name for name in self.failing if name not in run.cases)]
        slow = {name: seconds for name, seconds in self.slow.items() if name not in run.cases}
        slow |= {case.id: round(case.seconds, 2) for case in run.cases.values() if case.seconds >= SLOW}
        slowest = sorted(slow.items(), key=lambda item: -item[1])[:LIMIT]
        flaky = dict.fromkeys((*run.flaky, *self.flaky))
        return History(tuple(failing[:LIMIT]), dict(slowest), tuple(flaky)[:LIMIT])


def load(state: Path) -> History:
    """The history below `state`; an empty one when there is none that can be read."""
    try:
        return msgspec.json.decode((state / "history.json").read_bytes(), type=History)
    except (OSError, msgspec.DecodeError, RecursionError):
        return History()


def save(state: Path, history: History) -> None:
    """Best effort: a history that cannot be kept costs order, not truth."""
    draft = state / f"history.{os.getpid()}.new"
    try:
        write_private(draft, msgspec.json.encode(history))
        os.replace(draft, state / "history.json")
    except (OSError, UnicodeEncodeError):
        draft.unlink(missing_ok=True)


def files_of(names: Iterable[str]) -> tuple[str, ...]:
    """Test files that the ids lie in, in order, without repeats."""
    return tuple(dict.fromkeys(name.partition("::")[0] for name in names))
