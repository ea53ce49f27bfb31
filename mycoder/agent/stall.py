"""Notices when a turn goes round in circles, by what the calls do and not by what the model says of them."""

from collections import deque

import msgspec

from mycoder.protocol.events import ToolCalled, ToolFinished

REMIND_AT = 3
STOP_AT = 8
"""Equal calls with equal results before a reminder, and before the turn is ended."""

POLLING = frozenset({"wait"})
"""Tools whose purpose is to be called again with the same arguments."""


class Stall(msgspec.Struct, frozen=True):
    reminder: str = ""
    stop: str = ""


class StallDetector:
    """Counts how often the same call had the same result among the last calls of a turn.

    A repeated cycle of calls (A B A B …) counts like a repeated call, because each of its members recurs.
    """

    def __init__(self, window: int = 24) -> None:
        self._recent: deque[int] = deque(maxlen=window)
        self._reminded_at = 0

    def see(self, call: ToolCalled, finished: ToolFinished) -> Stall:
        if call.tool in POLLING:
            return Stall()
        key = hash((call.tool, call.arguments, finished.output))
        self._recent.append(key)
        times = self._recent.count(key)
        if times >= STOP_AT:
            return Stall(
                stop=f"`{call.title}` was called {times} times with the same result: no progress is being made"
            )
        if times >= REMIND_AT and times > self._reminded_at:
            self._reminded_at = times
            return Stall(
                reminder=f"You have called `{call.title}` {times} times with the same result. It will not change. "
                "Do something else: read another place, change the code, or end and say what is in the way."
            )
        return Stall()
