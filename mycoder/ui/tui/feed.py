"""From the session's events to the screen: reduced at once, shown at most thirty times a second.

A log that is replayed is reduced in slices between which the event loop runs, and shown when all of it is.
"""

import asyncio
import time
from collections.abc import Callable

from mycoder.protocol.events import AnyEvent
from mycoder.ui.door import Door
from mycoder.ui.transcript import Transcript

FRAME = 1 / 30
SLICE = 0.01
"""Seconds of reducing after which others get their turn."""
BURST = 300
"""Events within one frame from which it is a replay, of which a frame in the middle is of no use."""
PATIENCE = 1.0
"""Seconds after which something is shown of a log that is still being read."""


class Feed:
    """Reads `door` until it closes. `saw` gets every event at once, `show` the entries that changed since."""

    def __init__(
        self,
        door: Door,
        transcript: Transcript,
        saw: Callable[[AnyEvent], None],
        show: Callable[[set[int]], None],
    ) -> None:
        self._door, self._transcript, self._saw, self._show = door, transcript, saw, show
        self._changed: set[int] = set()
        self._events = 0
        self._shown_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._began = 0.0
        self._seen = -1

    @property
    def is_behind(self) -> bool:
        """Whether events were reduced that are not on the screen yet."""
        return bool(self._changed) or self._timer is not None

    async def run(self) -> None:
        began = self._began = time.monotonic()
        async for event in self._door.events(replay=True):
            self._changed.update(self._transcript.push(event))
            self._saw(event)
            self._events += 1
            now = time.monotonic()
            if self._timer is None:
                delay = max(0.0, FRAME - (now - self._shown_at))
                self._timer = asyncio.get_running_loop().call_later(delay, self._frame)
            if now - began > SLICE:
                await asyncio.sleep(0)
                began = time.monotonic()
        if self._timer is not None:
            self._timer.cancel()
            self._frame()

    def _frame(self) -> None:
        now = time.monotonic()
        if self._is_in_the_middle(now):
            self._seen = self._events
            self._timer = asyncio.get_running_loop().call_later(SLICE / 2, self._frame)
            return
        if self._events > BURST and now - self._shown_at < PATIENCE + FRAME:
            self._events = 0
            self._timer = asyncio.get_running_loop().call_later(FRAME, self._frame)
            return
        self._timer, self._events, self._shown_at = None, 0, now
        changed, self._changed = self._changed, set()
        self._show(changed)

    def _is_in_the_middle(self, now: float) -> bool:
        """Whether nothing was shown yet and the past is still coming: each turn of the loop brings more of it."""
        return not self._shown_at and self._events != self._seen and now - self._began < PATIENCE
