"""What is asked of a session one after the other: tasks, and slash commands that take long."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from mycoder.protocol.commands import RunSlash, Submit
from mycoder.session.state import SessionState

Work = Submit | RunSlash


class Waiting:
    """Has one work done at a time by `do`. What has not begun, `state` shows as the lines that a person typed."""

    def __init__(self, state: SessionState, do: Callable[[Work], Coroutine[Any, Any, None]]) -> None:
        self._state, self._do = state, do
        self._works: list[Work] = []
        self._task: asyncio.Task[None] | None = None
        self._is_closed = False

    @property
    def running(self) -> asyncio.Task[None] | None:
        """The work that is being done; None when there is none."""
        return None if self._task is None or self._task.done() else self._task

    def add(self, work: Work) -> None:
        """What the running work asks for comes next, all else after what waits already."""
        is_its_own = self._task is not None and asyncio.current_task() is self._task
        self._works.insert(0 if is_its_own else len(self._works), work)
        self._start_next()

    def remove(self, index: int) -> None:
        """Takes one out; an index that there is not changes nothing."""
        if 0 <= index < len(self._works):
            del self._works[index]
            self._show()

    def close(self) -> None:
        """Forgets what waits; nothing begins any more."""
        self._is_closed = True
        self._works.clear()
        self._show()

    async def wait(self) -> None:
        """Until nothing runs and nothing waits."""
        while (running := self.running) is not None:
            await asyncio.wait([running])

    def _start_next(self) -> None:
        work = self._works.pop(0) if self._works and not self._is_closed and self.running is None else None
        self._show()
        if work is not None:
            self._task = asyncio.ensure_future(self._do(work))
            self._task.add_done_callback(lambda _: self._start_next())

    def _show(self) -> None:
        self._state.queue = tuple(
            work.text if isinstance(work, Submit) else typed(work) for work in self._works
        )


def typed(slash: RunSlash) -> str:
    """The line that a person typed for a slash command."""
    return f"/{slash.name} {slash.arguments}".rstrip()
