"""Signals in a run without a person: the turn is interrupted, and the process ends in any case."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from types import FrameType
from typing import TYPE_CHECKING

from mycoder.protocol.commands import Interrupt

if TYPE_CHECKING:
    from mycoder.ui.headless.run import Runnable

GRACE = 3.0
"""Seconds that a turn has to end after a signal."""

CLOSING = 1.0
"""Seconds that the session has to close after that."""

CLOSING_CALMLY = 10.0
"""The same when nothing stopped the run."""

LAST = 5.0
"""Seconds after a signal at which the process ends, whatever hangs."""

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Signals:
    """Made in the task of the run, which is cancelled when the turn does not end by itself.

    Handlers are Python's own and not the event loop's, so that they run even while the loop is busy.
    """

    def __init__(self) -> None:
        self.received = 0
        """Number of the first signal that came; 0 while none did."""
        self.session: Runnable | None = None
        self._task = asyncio.current_task()
        self._loop = asyncio.get_running_loop()
        self._interrupting: asyncio.Task[None] | None = None
        self._deadline: asyncio.TimerHandle | None = None
        heard = [number for number in _STOPPING if signal.getsignal(number) != signal.SIG_IGN]  # nohup, "&"
        self._before = {number: signal.signal(number, self._on_signal) for number in heard}

    def interrupt(self) -> None:
        """Ends the turn because nobody reads any more. Calling it again changes nothing."""
        if self._interrupting is None:
            self._interrupt()

    def turn_is_over(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()

    def close(self) -> None:
        self.turn_is_over()
        self._task = None
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        is_first = not self.received
        if is_first:
            self.received = number
            _end_at_last(128 + number)
        self._loop.call_soon_threadsafe(self._interrupt if is_first else self._cancel)

    def _interrupt(self) -> None:
        if self.session is None:
            self._cancel()
            return
        self._interrupting = self._loop.create_task(self.session.send(Interrupt()))
        self._deadline = self._loop.call_later(GRACE, self._cancel)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()


def _end_at_last(code: int) -> None:
    """Starts a thread that ends the process after `LAST` seconds, should something hang in its way out."""

    def end() -> None:
        time.sleep(LAST)
        os._exit(code)

    threading.Thread(target=end, daemon=True).start()
