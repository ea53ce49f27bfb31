"""Attempts on this machine: a fixed number of worker processes, one attempt each at a time."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence

import msgspec

from mycoder.bench.evaluation.attempt import Order, Row

MOST_TRIES = 3
LINE = 1 << 26
"""Bytes of the longest row."""


async def run(orders: Sequence[Order], concurrency: int) -> AsyncIterator[Row]:
    """The rows as they come. A worker that dies is replaced and its order given again, at most MOST_TRIES times."""
    waiting: asyncio.Queue[tuple[Order, int]] = asyncio.Queue()
    for order in orders:
        waiting.put_nowait((order, 1))
    rows: asyncio.Queue[Row] = asyncio.Queue()
    workers = [
        asyncio.ensure_future(_work(waiting, rows)) for _ in range(max(1, min(concurrency, len(orders))))
    ]
    try:
        for _ in orders:
            yield await rows.get()
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


async def _work(waiting: "asyncio.Queue[tuple[Order, int]]", rows: "asyncio.Queue[Row]") -> None:
    process: asyncio.subprocess.Process | None = None
    try:
        while True:
            order, tries = await waiting.get()
            if process is None or process.returncode is not None:
                process = await _start()
            row = await _asked(process, order)
            if row is not None:
                rows.put_nowait(row)
                continue
            await _end(process)
            process = None
            if tries < MOST_TRIES:
                waiting.put_nowait((order, tries + 1))
            else:
                lost = f"the worker died {MOST_TRIES} times"
                rows.put_nowait(
                    Row(task=order.problem.id, rep=order.rep, mode=order.mode, verdict="failed", message=lost)
                )
    finally:
        if process is not None:
            await _end(process)


async def _start() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "mycoder.bench.evaluation.worker",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
        limit=LINE,
    )


async def _asked(process: asyncio.subprocess.Process, order: Order) -> Row | None:
    """The row for `order`; None when the worker died over it."""
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(msgspec.json.encode(order) + b"\n")
        await process.stdin.drain()
    line = await process.stdout.readline()
    try:
        return msgspec.json.decode(line, type=Row) if line.endswith(b"\n") else None
    except msgspec.MsgspecError:
        return None


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ends the worker with everything that it has started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), 5)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
