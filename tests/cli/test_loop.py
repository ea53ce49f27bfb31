"""A process ends, whatever is left behind."""

import asyncio
import subprocess
import sys
import time

import pytest

from mycoder.cli.loop import run_to_end


def test_the_result_and_the_fault_come_through() -> None:
    async def result() -> int:
        return 5

    async def fault() -> int:
        raise ValueError("no")

    assert run_to_end(result()) == 5
    with pytest.raises(ValueError, match="no"):
        run_to_end(fault())


def test_what_is_left_is_cancelled() -> None:
    ended = []

    async def other() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append(True)

    async def main() -> int:
        main.task = asyncio.ensure_future(other())  # type: ignore[attr-defined]
        await asyncio.sleep(0)
        return 0

    assert run_to_end(main()) == 0
    assert ended == [True]


def test_a_task_that_cannot_be_cancelled_does_not_keep_the_process() -> None:
    program = (
        "import asyncio, sys\nfrom mycoder.cli.loop import run_to_end\n"
        "async def stubborn():\n"
        "    while True:\n"
        "        try:\n            await asyncio.sleep(3600)\n"
        "        except asyncio.CancelledError:\n            pass\n"
        "async def main():\n"
        "    global task\n    task = asyncio.ensure_future(stubborn())\n"
        "    await asyncio.sleep(0)\n    return 7\n"
        "sys.exit(run_to_end(main()))"
    )
    started = time.monotonic()
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60)
    assert (result.returncode, result.stdout, result.stderr) == (7, b"", b"")
    assert time.monotonic() - started < 30
