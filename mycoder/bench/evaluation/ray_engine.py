"""The same attempts on a Ray cluster (https://docs.ray.io, extra ``[ray]``): on many machines, or on a local one.

Every machine of the cluster needs mycoder, its keys and the sandbox. An attempt whose worker dies is made again, and
`Rows` takes each attempt once, so that none is lost and none counts twice.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec

from mycoder.bench.evaluation.attempt import Order, Row, attempt

MOST_TRIES = 3


class RayMissing(Exception):
    """The extra is not installed."""


def made(order: bytes) -> bytes:
    """One attempt, as bytes in and out; runs on a worker of the cluster, in a folder of that machine."""
    wanted = msgspec.json.decode(order, type=Order)
    folder = tempfile.mkdtemp(prefix="mycoder-eval-")
    row = asyncio.run(attempt(msgspec.structs.replace(wanted, folder=folder)))
    return msgspec.json.encode(row)


async def run(orders: Sequence[Order], concurrency: int, address: str = "") -> AsyncIterator[Row]:
    """The rows as they come. `address` is that of a cluster; empty makes a local one with `concurrency` processes.

    Raises RayMissing.
    """
    try:
        import ray  # late: an extra, and seconds to import
    except ImportError:
        raise RayMissing("Ray is not installed: pip install 'mycoder[ray]'") from None
    is_ours = not ray.is_initialized()
    if is_ours:
        options: dict[str, Any] = {"address": address} if address else {"num_cpus": concurrency}
        ray.init(include_dashboard=False, log_to_driver=False, configure_logging=False, **options)
    try:
        async for row in _rows(ray, orders, concurrency):
            yield row
    finally:
        if is_ours:
            ray.shutdown()


async def _rows(ray: Any, orders: Sequence[Order], concurrency: int) -> AsyncIterator[Row]:
    remote = ray.remote(num_cpus=1, max_retries=0)(made)
    waiting = [(order, 1) for order in reversed(orders)]
    running: dict[Any, tuple[Order, int]] = {}
    while waiting or running:
        while waiting and len(running) < concurrency:
            order, tries = waiting.pop()
            running[remote.remote(msgspec.json.encode(order))] = (order, tries)
        done, _ = await asyncio.to_thread(ray.wait, list(running), num_returns=1)
        for reference in done:
            order, tries = running.pop(reference)
            try:
                yield msgspec.json.decode(await asyncio.to_thread(ray.get, reference), type=Row)
            except Exception as fault:  # a worker that died, was preempted or ran out of memory
                if tries < MOST_TRIES:
                    waiting.append((order, tries + 1))
                    continue
                message = f"{type(fault).__name__}: the worker died {MOST_TRIES} times"
                yield Row(
                    task=order.problem.id, rep=order.rep, mode=order.mode, verdict="failed", message=message
                )
