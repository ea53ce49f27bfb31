"""Long work of the repair engine as a stream: its progress, and then what came of it."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeVar

from mycoder.protocol.events import ToolProgressed
from mycoder.repair.outcome import RepairProgress

Result = TypeVar("Result")


async def watched(
    call: str, work: Callable[[Callable[[RepairProgress], None]], Coroutine[Any, Any, Result]]
) -> AsyncIterator[ToolProgressed | Result]:
    """The progress of `work` as that of `call`; the last item is its result. Whoever stops listening stops it."""
    told: asyncio.Queue[RepairProgress | None] = asyncio.Queue()
    working = asyncio.ensure_future(work(told.put_nowait))
    working.add_done_callback(lambda _: told.put_nowait(None))
    try:
        async for line in _paced(told):
            yield ToolProgressed(call_id=call, text=line)
        yield await working
    finally:
        if not working.done():
            working.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await working


async def _paced(told: "asyncio.Queue[RepairProgress | None]", every: float = 0.5) -> AsyncIterator[str]:
    """Lines of progress: each new stage, and within one at most a line in `every` seconds."""
    last, stage = 0.0, ""
    while (progress := await told.get()) is not None:
        now = time.monotonic()
        if now - last < every and progress.stage == stage:
            continue
        last, stage = now, progress.stage
        pace = f", {progress.per_second:,.0f} candidates/s" if progress.per_second else ""
        eta = f", {progress.left:.0f} s left" if progress.left else ""
        yield f"{progress.stage}: {progress.text}{pace}{eta}\n"
