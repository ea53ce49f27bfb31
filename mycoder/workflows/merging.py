"""Several feeds of events as one, where each goes on only when its last event was taken."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence

from mycoder.protocol.events import AnyEvent

_Item = tuple[AnyEvent, "asyncio.Future[None]"] | None


async def side_by_side(feeds: Sequence[AsyncGenerator[AnyEvent, None]]) -> AsyncGenerator[AnyEvent, None]:
    """The events of all `feeds`, which run at the same time.

    When it is cancelled the feeds are, and what they still tell comes first. A feed that fails fails all of it,
    after the others have ended.
    """
    queue: asyncio.Queue[_Item] = asyncio.Queue()
    tasks = [asyncio.ensure_future(_feed(feed, queue)) for feed in feeds]
    left = len(tasks)
    fault: asyncio.CancelledError | None = None
    try:
        while left:
            try:
                item = await queue.get()
            except asyncio.CancelledError as cancelled:
                fault = cancelled
                for task in tasks:
                    task.cancel()
                continue
            if item is None:
                left -= 1
                continue
            yield item[0]
            if not item[1].done():
                item[1].set_result(None)
    finally:
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
    if fault is not None:
        raise fault
    for task in tasks:
        task.result()


async def _feed(feed: AsyncGenerator[AnyEvent, None], queue: "asyncio.Queue[_Item]") -> None:
    try:
        async with contextlib.aclosing(feed) as events:
            async for event in events:
                taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                queue.put_nowait((event, taken))
                await taken
    finally:
        queue.put_nowait(None)
