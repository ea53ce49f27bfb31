"""Hostile candidates under the real sandbox levels. They go past the audit hook by calling the C library, so
that what holds them is the sandbox alone."""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from mycoder.repair.engine import repair
from mycoder.repair.interpreter import find
from mycoder.repair.link import Room
from mycoder.repair.outcome import RepairRequest
from mycoder.repair.worker.verdict import CRASHED, FAILED, GOOD, STUCK, TIMEOUT
from mycoder.sandbox.job import SandboxUnavailable
from mycoder.sandbox.sandbox import Sandbox, open_sandbox

CODE = "import ctypes\nimport os\nimport time\n\nC = ctypes.CDLL(None)\n\n\ndef half(n):\n    return n\n"
TEST = "from half import half\n\n\ndef test_half():\n    assert half(4) == 2\n    assert half(10) == 5\n"
GOOD_BODY = "return n // 2"
MARK = "mycoder-hostile-6c1"

Judged = Callable[[list[str]], Awaitable[list[int]]]


def open_level(level: str, root: Path, home: Path) -> Sandbox:
    try:
        return open_sandbox(level, root, env=os.environ, writable=(home,))
    except SandboxUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture(params=["bubblewrap", "landlock"])
async def judged(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Judged]:
    root, home = tmp_path / "p", tmp_path / "home"
    root.mkdir()
    home.mkdir()
    (root / "half.py").write_text(CODE)
    (root / "test_half.py").write_text(TEST)
    real = Path(os.path.realpath(root))
    sandbox = open_level(request.param, real, home)
    room = Room(await find(root, ("python", "-m", "pytest")), real, real, home, ())
    worker = await room.open(sandbox, 120)
    await worker.hello(60)
    file = str(real / "half.py")
    await worker.ask(do="prepare", files=[file], failing=["test_half.py::test_half"], guards=[])
    start = CODE.index("return n")

    async def judge(bodies: list[str]) -> list[int]:
        candidates = [[0, [[start, start + len("return n"), body]], 1.0] for body in bodies]
        answer = await worker.ask(60, do="batch", candidates=candidates, least=0.02)
        return [row[0] for row in answer["verdicts"]]

    assert room.level == request.param
    yield judge
    await room.close()
    await sandbox.close()


async def test_nothing_outside_is_written_deleted_or_reached(judged: Judged, tmp_path: Path) -> None:
    victim, outside = tmp_path / "victim", tmp_path / "outside"
    victim.write_text("precious")
    kept = tmp_path / "kept"
    (kept / "inner").mkdir(parents=True)
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.2)
    port = server.getsockname()[1]
    dial = (
        "import struct; s = C.socket(2, 1, 0); "
        f"a = struct.pack('=H', 2) + struct.pack('>H', {port}) + bytes([127, 0, 0, 1]) + bytes(8); "
        "C.connect(s, a, 16); C.send(s, b'x', 1, 0)"
    )
    bodies = [
        f"C.unlink({os.fsencode(victim)!r})",
        f"C.creat({os.fsencode(outside)!r}, 0o600)",
        f"C.truncate({os.fsencode(victim)!r}, 0)",
        f"C.rename({os.fsencode(victim)!r}, {os.fsencode(outside)!r})",
        f"C.rmdir({os.fsencode(kept / 'inner')!r})",
        dial,
        GOOD_BODY,
    ]
    kinds = await judged(bodies)
    assert kinds[-1] == GOOD
    assert set(kinds[:-1]) == {FAILED}
    assert victim.read_text() == "precious"
    assert not outside.exists()
    assert (kept / "inner").is_dir()
    with pytest.raises(TimeoutError):
        server.accept()
    server.close()


async def test_loops_memory_and_processes_that_stay(judged: Judged) -> None:
    begun = time.monotonic()
    stay = (
        f"open('/proc/self/comm', 'rb').close(); [C.fork() == 0 and (C.prctl(15, b'{MARK[:15]}'), C.setsid(), "
        "time.sleep(600)) for _ in range(3)]"
    )
    bodies = [
        "while True: pass",
        "return bytearray(100 << 30)",
        "return [0] * (100 << 30)",
        stay,
        "time.sleep(1000)",
        GOOD_BODY,
    ]
    kinds = await judged(bodies)
    assert kinds[-1] == GOOD
    assert set(kinds[:-1]) <= {FAILED, CRASHED, TIMEOUT, STUCK}
    assert time.monotonic() - begun < 55
    assert processes_called(MARK[:15]) == 0


def processes_called(name: str) -> int:
    count = 0
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and (entry / "comm").read_text().strip() == name:
                count += 1
    return count


@pytest.mark.parametrize("level", ["bubblewrap", "landlock"])
async def test_a_repair_in_the_sandbox_ends_and_leaves_nothing(tmp_path: Path, level: str) -> None:
    root, home = tmp_path / "p", tmp_path / "home"
    root.mkdir()
    home.mkdir()
    (root / "half.py").write_text(CODE.replace("return n", "return n / 3"))
    (root / "test_half.py").write_text(TEST)
    sandbox = open_level(level, root, home)
    try:
        outcome = await repair(root, RepairRequest(seconds=15, workers=2), sandbox, home=home)
    finally:
        await sandbox.close()
    assert outcome.status == "fixed", outcome.why
    assert outcome.sandbox in ("bubblewrap", "landlock")
    assert list(home.iterdir()) == []
    assert sorted(p.name for p in root.iterdir()) == ["half.py", "test_half.py"]


async def test_cancelled_in_mid_search_the_tree_is_as_before(tmp_path: Path) -> None:
    root, home = tmp_path / "p", tmp_path / "home"
    root.mkdir()
    home.mkdir()
    (root / "half.py").write_text(CODE)
    impossible = "from half import half\n\n\ndef test_half():\n    assert half(4) == object()\n"
    (root / "test_half.py").write_text(impossible)
    sandbox = open_level("bubblewrap", root, home)
    searching = asyncio.Event()

    def progress(told: Any) -> None:
        if told.stage == "searching" and told.tried:
            searching.set()

    task = asyncio.create_task(repair(root, RepairRequest(seconds=60), sandbox, progress, home=home))
    try:
        await asyncio.wait_for(searching.wait(), 40)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    finally:
        await sandbox.close()
    assert (root / "half.py").read_text() == CODE
    assert (root / "test_half.py").read_text() == impossible
    assert sorted(p.name for p in root.iterdir()) == ["half.py", "test_half.py"]
    assert list(home.iterdir()) == []
