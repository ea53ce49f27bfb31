import asyncio
import sys
import time
from pathlib import Path

from mycoder.workspace.capture import capture


async def test_output_error_and_code(tmp_path: Path) -> None:
    heard: list[bytes] = []
    script = "import sys; sys.stdout.write(sys.stdin.read().upper()); sys.stderr.write('told'); sys.exit(3)"
    done = await capture((sys.executable, "-c", script), tmp_path, given=b"given", heard=heard.append)
    assert (done.out, done.error, done.code, done.problem) == (b"GIVEN", b"told", 3, "")
    assert b"".join(heard) == b"told"


async def test_nothing_is_given_and_there_is_no_terminal(tmp_path: Path) -> None:
    script = "import os, sys; print(repr(sys.stdin.read()), os.getsid(0) == os.getpid())"
    assert (await capture((sys.executable, "-c", script), tmp_path)).out == b"'' True\n"


async def test_what_cannot_be_started(tmp_path: Path) -> None:
    assert (await capture(("no-such-program",), tmp_path)).problem == "no-such-program is not installed"
    assert "does not exist" in (await capture(("true",), tmp_path / "gone")).problem
    (tmp_path / "text").write_text("")
    assert "cannot be run" in (await capture((str(tmp_path / "text"),), tmp_path)).problem
    assert "cannot be run" in (await capture(("echo", "a\0b"), tmp_path)).problem


async def test_much_output_is_cut_and_a_loud_error_blocks_nobody(tmp_path: Path) -> None:
    script = "import sys\nwhile True: sys.stdout.write('x' * 1000)"
    done = await capture((sys.executable, "-c", script), tmp_path, limit=5000)
    assert (len(done.out), done.is_cut, done.code) == (5000, True, None)
    script = "import sys; sys.stderr.write('e' * 1_000_000); print('end')"
    done = await capture((sys.executable, "-c", script), tmp_path)
    assert (done.out, len(done.error), done.code) == (b"end\n", 64 << 10, 0)


async def test_input_that_nobody_reads(tmp_path: Path) -> None:
    assert (await capture(("true",), tmp_path, given=b"x" * 1_000_000)).code == 0


async def test_what_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    started = time.monotonic()
    done = await capture(("sh", "-c", f"sleep 61 & echo $! > {tmp_path}/pid; wait"), tmp_path, seconds=0.5)
    assert done.is_late
    assert time.monotonic() - started < 10
    await asyncio.sleep(0.2)
    status = Path("/proc", (tmp_path / "pid").read_text().strip(), "stat")
    assert not status.exists() or status.read_text().rpartition(") ")[2][0] in "ZX"
