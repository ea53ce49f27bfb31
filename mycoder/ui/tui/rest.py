"""Garbage is collected when nobody waits for anything.

A full collection walks every object there is, 0.1 to 0.2 s after a day's work, and Python starts one whenever
enough was allocated: in the middle of a keystroke or a reply. So the full ones are left to the pauses between
turns, and what was loaded at the start is never walked again. The young generations go on as they do.
"""

import gc
import time
from collections.abc import Callable

from textual.screen import Screen

QUIET = 3.0
"""Seconds without a key or an event before the collection."""
LONGEST = 600.0
"""Seconds of one turn after which a collection takes place all the same, when no key came lately."""
YOUNG = (1_000, 5)
"""New objects from which the youngest are collected, and how often before those that outlived it: a collection of
40,000 took half of the time of the slowest frames."""
_NEVER = 1_000_000


def begin() -> None:
    """For the process that shows the face: full collections from now on only by `Rest`."""
    gc.freeze()
    gc.set_threshold(*YOUNG, _NEVER)


class Rest:
    """Collects at rest. `is_busy` says whether a turn runs."""

    def __init__(self, screen: Screen[None], is_busy: Callable[[], bool]) -> None:
        self._screen, self._is_busy = screen, is_busy
        self._key_at = self._event_at = self._collected_at = time.monotonic()
        self._is_waiting = False

    def key(self) -> None:
        self._key_at = time.monotonic()

    def event(self) -> None:
        self._event_at = time.monotonic()

    def may_come(self) -> None:
        """A turn has ended, or goes on: collect as soon as it is quiet."""
        now = time.monotonic()
        is_due = not self._is_busy() or now - self._collected_at > LONGEST
        if is_due and not self._is_waiting and gc.get_threshold()[2] >= _NEVER:
            self._is_waiting = True
            self._screen.set_timer(QUIET, self._collect)

    def _collect(self) -> None:
        self._is_waiting = False
        now = time.monotonic()
        is_overdue = now - self._collected_at > LONGEST
        if self._is_busy() and not is_overdue:
            return
        if now - self._key_at < QUIET or (now - self._event_at < QUIET and not is_overdue):
            self.may_come()
            return
        gc.collect()
        self._collected_at = now
