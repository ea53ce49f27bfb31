"""What a sandbox adds to the start of a command: `true`, run at every level that works here and without any,
in turn, so that what else the machine does falls on all of them alike."""

import asyncio
import contextlib
import json
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from mycoder.sandbox.job import Job
from mycoder.sandbox.levels import survey
from mycoder.sandbox.sandbox import Sandbox, open_sandbox
from mycoder.sandbox.standby import BURST

_ARGV = ("/bin/true",)
_ALONE = 5
"""Runs after a pause, each of which takes over a second."""


async def measure(runs: int, root: Path) -> dict[str, dict[str, float]]:
    """level → {"alone": …, "in a row": …}, medians in milliseconds; `process` is a bare child process."""
    open_ones: dict[str, Callable[[], Awaitable[None]]] = {"process": _bare}
    async with contextlib.AsyncExitStack() as stack:
        for report in await asyncio.to_thread(survey, root, os.environ):
            if report.works:
                sandbox = open_sandbox(report.name, root, env=os.environ)
                stack.push_async_callback(sandbox.close)
                open_ones[report.name] = _in(sandbox)
        for start in open_ones.values():
            await start()
        row: dict[str, list[float]] = {}
        for name, start in open_ones.items():
            row[name] = [await _timed(start) for _ in range(runs)]
        alone: dict[str, list[float]] = {name: [] for name in open_ones}
        for _ in range(min(runs, _ALONE)):
            await asyncio.sleep(BURST + 0.1)
            for name, start in open_ones.items():
                alone[name].append(await _timed(start))
    return {
        name: {"alone": statistics.median(alone[name]), "in a row": statistics.median(row[name])}
        for name in open_ones
    }


def run(*, runs: int, as_json: bool) -> str:
    """The text of ``mycoder bench sandbox``."""
    with tempfile.TemporaryDirectory(prefix="mycoder-bench-") as root:
        found = asyncio.run(measure(runs, Path(root).resolve()))
    if as_json:
        return json.dumps(found)
    bare = found["process"]
    lines = [
        f"start to end of `true`, medians of {runs} in a row and {min(runs, _ALONE)} alone, milliseconds"
    ]
    for name, times in found.items():
        parts = [f"{when} {value:6.2f} ({value - bare[when]:+.2f})" for when, value in times.items()]
        lines.append(f"{name:<12}" + "   ".join(parts))
    return "\n".join(lines)


def _in(sandbox: Sandbox) -> Callable[[], Awaitable[None]]:
    async def start() -> None:
        completed = await sandbox.run(Job(argv=_ARGV, cwd=sandbox.root))
        if completed.exit_code != 0:
            raise RuntimeError(f"`true` failed at the level {sandbox.level}: {completed.problem}")

    return start


async def _bare() -> None:
    process = await asyncio.create_subprocess_exec(
        *_ARGV, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL
    )
    await process.wait()


async def _timed(start: Callable[[], Awaitable[None]]) -> float:
    started = time.perf_counter()
    await start()
    return (time.perf_counter() - started) * 1000
