"""A question as a stream: what is shown meanwhile, and then what was answered."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Generic, TypeVar

from mycoder.protocol.events import AnyEvent

Said = TypeVar("Said")


class Asking(Generic[Said]):
    """`ask` is given what takes its events. After `events`, `answer` is what it returned."""

    answer: Said

    def __init__(self, ask: Callable[[Callable[[AnyEvent], None]], Awaitable[Said]]) -> None:
        self._ask = ask

    async def events(self) -> AsyncIterator[AnyEvent]:
        """As they come; whoever stops listening takes the question back."""
        told: asyncio.Queue[AnyEvent | None] = asyncio.Queue()
        asking = asyncio.ensure_future(self._ask(told.put_nowait))
        asking.add_done_callback(lambda _: told.put_nowait(None))
        try:
            while (event := await told.get()) is not None:
                yield event
        finally:
            asking.cancel()
        self.answer = asking.result()
