"""kill -9 of mycoder: what it had started dies too, at every level."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from mycoder.sandbox.sandbox import Sandbox
from mycoder.sandbox.tree import is_alive, parents
from tests.sandbox.conftest import processes_with, sh

_PROGRAM = """
import asyncio, os, sys
from pathlib import Path
from mycoder.sandbox.job import Job
from mycoder.sandbox.sandbox import open_sandbox

async def main():
    level, root, mark = sys.argv[1:]
    sandbox = open_sandbox(level, Path(root), env=os.environ)
    command = f"setsid sleep {mark} & ( ( env -i setsid /bin/sleep {mark} & ) & ); sleep {mark}"
    await sandbox.start(Job(argv=sandbox.shell(command), cwd=Path(root)))
    print("ready", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture
def mark() -> str:
    return f"9{uuid.uuid4().int % 10**9:09d}"


async def until(condition: object, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:  # type: ignore[operator]
        await asyncio.sleep(0.02)


def watchdogs(parent: int) -> list[int]:
    table = parents()
    return [pid for pid in processes_with("mycoder-watchdog") if table.get(pid) == parent]


async def test_kill_9_leaves_nothing(sandbox: Sandbox, mark: str, tmp_path: Path) -> None:
    victim = await asyncio.to_thread(
        subprocess.Popen,
        [sys.executable, "-c", _PROGRAM, sandbox.level, str(sandbox.root), mark],
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        cwd=Path(__file__).parents[2],
    )
    try:
        assert victim.stdout is not None
        assert await asyncio.to_thread(victim.stdout.readline) == b"ready\n"
        await until(lambda: len(sleepers(mark)) == 3)
        assert len(sleepers(mark)) == 3
        guards = watchdogs(victim.pid)
        assert guards
    finally:
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
        victim.stdout.close()
    await until(lambda: not sleepers(mark))
    assert not sleepers(mark)
    await until(lambda: not any(is_alive(pid) for pid in guards))
    assert not any(is_alive(pid) for pid in guards)


async def test_kill_9_in_the_instant_after_a_start_leaves_nothing(
    sandbox: Sandbox, mark: str, tmp_path: Path
) -> None:
    """Before bwrap has asked the kernel to die with us."""
    program = _PROGRAM.replace('print("ready", flush=True)', "os.kill(os.getpid(), 9)")
    for _ in range(4):
        await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", program, sandbox.level, str(sandbox.root), mark],
            env={**os.environ, "TMPDIR": str(tmp_path)},
            cwd=Path(__file__).parents[2],
            check=False,
        )
    await asyncio.sleep(0.3)
    await until(lambda: not processes_with(mark))
    assert not processes_with(mark)


async def test_a_session_that_closes_takes_its_watchdog_along(sandbox: Sandbox) -> None:
    await sh(sandbox, "true")
    await sandbox.close()
    assert not watchdogs(os.getpid())


def sleepers(mark: str) -> list[int]:
    """The processes that sleep, not the shells that have the number in their command line."""
    found = []
    for pid in processes_with(mark):
        with contextlib.suppress(OSError):
            found += [pid] if Path(f"/proc/{pid}/comm").read_text() == "sleep\n" else []
    return found
