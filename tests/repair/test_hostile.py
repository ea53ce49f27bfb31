"""Hostile candidates: handed to a worker by hand, since no operator makes most of them."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from mycoder.repair.link import Worker
from mycoder.repair.worker.verdict import CRASHED, FAILED, FORBIDDEN, GOOD, INVALID, STUCK, TIMEOUT

OpenWorker = Callable[[Path], Awaitable[Worker]]
CODE = "import os\nimport time\n\n\ndef half(n):\n    return n\n"
TEST = "from half import half\n\n\ndef test_half():\n    assert half(4) == 2\n    assert half(10) == 5\n"


@pytest.fixture
async def judged(tmp_path: Path, open_worker: OpenWorker) -> Callable[[list[str]], Awaitable[list[Any]]]:
    root = tmp_path / "p"
    root.mkdir()
    (root / "half.py").write_text(CODE)
    (root / "test_half.py").write_text(TEST)
    worker = await open_worker(root)
    await worker.hello(60)
    file = os.path.realpath(root / "half.py")
    ready = await worker.ask(do="prepare", files=[file], failing=["test_half.py::test_half"], guards=[])
    assert ready["tests"][0]["kind"] == "failed"
    start = CODE.index("return n")

    async def judge(bodies: list[str]) -> list[Any]:
        candidates = [[0, [[start, start + len("return n"), body]], 1.0] for body in bodies]
        answer = await worker.ask(60, do="batch", candidates=candidates, least=0.02)
        return [row[0] for row in answer["verdicts"]]

    return judge


GOOD_BODY = "return n // 2"


async def test_endless_loops_also_those_that_swallow_the_alarm(judged: Any) -> None:
    bodies = [
        "while True: pass",
        "while True:\n        try:\n            while True: pass\n        except BaseException: pass",
        "return sum(range(10**13))",
        "time.sleep(1000)",
        GOOD_BODY,
    ]
    endless, swallowing, in_c, asleep, good = await judged(bodies)
    assert (endless, in_c, good) == (TIMEOUT, STUCK, GOOD)
    assert swallowing in (TIMEOUT, STUCK)  # raised again outside of its handler, or killed
    assert asleep in (TIMEOUT, STUCK)  # found asleep, or late on a busy machine


async def test_memory_recursion_exit_and_output(judged: Any) -> None:
    bodies = [
        "return [0] * (100 << 30)",
        "return bytearray(100 << 30)",
        "return half(n)",
        "os._exit(0)",
        "raise SystemExit(0)",
        "os.abort()",
        "return print('x' * 10_000_000)",
        "return n +",
        GOOD_BODY,
    ]
    kinds = await judged(bodies)
    assert kinds[-1] == GOOD
    assert kinds[-2] == INVALID
    assert set(kinds[:-2]) <= {FAILED, CRASHED, TIMEOUT, STUCK}


async def test_forks_files_and_network_are_refused(judged: Any, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    outside = tmp_path / "outside"
    bodies = [
        "os.fork()",
        f"os.remove({str(victim)!r})",
        f"__import__('shutil').rmtree({str(tmp_path)!r})",
        f"return open({str(outside)!r}, 'w').write('x')",
        f"return os.open({str(outside)!r}, os.O_CREAT | os.O_WRONLY)",
        "os.system('touch ' + '/tmp/nothing-of-this')",
        "__import__('subprocess').run(['true'])",
        "__import__('socket').create_connection(('127.0.0.1', 9))",
        "os.kill(os.getppid(), 9)",
        f"os.rename({str(victim)!r}, {str(outside)!r})",
        GOOD_BODY,
    ]
    assert await judged(bodies) == [FORBIDDEN] * 10 + [GOOD]
    assert victim.read_text() == "precious"
    assert not outside.exists()


async def test_contamination_is_noticed_and_the_rest_is_judged_anew(judged: Any) -> None:
    """A candidate that breaks a builtin for all that follow must not hide the right one behind it."""
    bodies = [
        "__import__('builtins').len = None; half.__globals__['half'] = None",
        "__import__('test_half').half = lambda n: 0",
        *[f"return n + {k}" for k in range(3)],
        GOOD_BODY,
    ]
    kinds = await judged(bodies)
    assert kinds[-1] == GOOD


async def test_a_killed_worker_ends_the_conversation(tmp_path: Path, open_worker: OpenWorker) -> None:
    root = tmp_path / "p"
    root.mkdir()
    (root / "test_x.py").write_text("def test_x():\n    assert 0\n")
    worker = await open_worker(root)
    await worker.hello(60)
    worker.quit()
    await asyncio.sleep(0.5)
    with pytest.raises(Exception, match="worker"):
        await worker.ask(5, do="run", ids=["test_x.py::test_x"], trace=False, limit=1.0)
