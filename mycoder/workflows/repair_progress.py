"""Long work of a repair as a stream: its progress, and then what came of it."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, Protocol, TypeVar

from mycoder.protocol.events import ToolCalled, ToolFinished, ToolProgressed
from mycoder.repair.outcome import RepairProgress
from mycoder.testing.bench import TestBench
from mycoder.testing.results import TestRun

Result = TypeVar("Result")


class RunTests(Protocol):
    """All tests of the project; `progress` is told what they print."""

    async def __call__(self, *, progress: Callable[[str], None]) -> TestRun: ...


async def standing(bench: TestBench, still: float) -> TestRun | None:
    """The last run of all tests if nothing has changed since. One in which a test was stopped for taking longer than
    it was given says nothing of how it is without that limit."""
    run = bench.last
    if run is None or run.problem or not run.complete or await asyncio.to_thread(bench.is_stale):
        return None
    return None if run.was_cut and not still else run


async def shown_run(
    call: str, work: RunTests
) -> AsyncIterator[ToolCalled | ToolProgressed | ToolFinished | TestRun]:
    """A run of the tests as a call with what they print; the last item is the run. Who stops listening stops it."""
    told: asyncio.Queue[str | None] = asyncio.Queue()
    yield ToolCalled(call_id=call, tool="test", title="run all tests")
    yield ToolProgressed(call_id=call, text="running the tests\n")
    began = time.monotonic()
    working = asyncio.ensure_future(work(progress=told.put_nowait))
    working.add_done_callback(lambda _: told.put_nowait(None))
    try:
        while (text := await told.get()) is not None:
            yield ToolProgressed(call_id=call, text=text)
        run = await working
    finally:
        await _stopped(working)
    counts = f"{run.counts.passed} passed, {run.counts.failed + run.counts.errors} failing"
    seconds = round(time.monotonic() - began, 2)
    yield ToolFinished(call_id=call, ok=not run.problem, output=run.problem or counts, seconds=seconds)
    yield run


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
        await _stopped(working)


async def _stopped(working: "asyncio.Future[Any]") -> None:
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
