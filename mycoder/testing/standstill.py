"""Notices from the records of a run that one of its tests does not come to an end."""

import time
from pathlib import Path

from mycoder.testing.records import read
from mycoder.testing.results import ENDLESS, Case


class Standstill:
    """To be called from time to time while the tests run. Says why they should be ended: for `seconds` no test began or
    ended, and one was running. Collecting and the preparation of the first test may take as long as they like."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self._folder, self._seconds = folder, seconds
        self._seen: tuple[tuple[str, int], ...] = ()
        self._since = time.monotonic()
        self.names: tuple[str, ...] = ()
        """The tests that were running then."""

    def __call__(self) -> str:
        now, seen = time.monotonic(), self._sizes()
        if seen != self._seen:
            self._seen, self._since = seen, now
        if not seen or now - self._since < self._seconds:
            return ""
        self.names = read(self._folder).unfinished
        self._since = now  # none was running: look again after as long
        return f"no test ended for {self._seconds:g} s" if self.names else ""

    def cases(self) -> dict[str, Case]:
        """A failure for each test that was running."""
        message = f"it had not ended after {self._seconds:g} s, and was stopped"
        return {
            name: Case(name, "failed", seconds=self._seconds, message=message, kind=ENDLESS)
            for name in self.names
        }

    def _sizes(self) -> tuple[tuple[str, int], ...]:
        found = []
        for path in sorted((self._folder / "records").glob("*.jsonl")):
            try:
                found.append((path.name, path.stat().st_size))
            except OSError:
                continue
        return tuple(found)
