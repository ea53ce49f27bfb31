"""A test that waits for what never comes: found soon, traced, and mended like others."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from mycoder.repair.baseline import MOST_ENDLESS, Suite, run
from mycoder.repair.engine import repair
from mycoder.repair.link import Worker
from mycoder.repair.outcome import RepairOutcome, RepairRequest

CODE = """\
import queue


def talk(words):
    box = queue.Queue()
    for word in words[1:]:
        box.put(word)
    return [box.get() for _ in words]
"""
TESTS = """\
from talk import talk


def test_one():
    assert talk(["a"]) == ["a"]


def test_two():
    assert talk(["a", "b"]) == ["a", "b"]


def test_three():
    assert talk(["a", "b", "c"]) == ["a", "b", "c"]


def test_none():
    assert talk([]) == []
"""


def _mended(root: Path, seconds: float) -> RepairOutcome:
    return asyncio.run(repair(root, RepairRequest(seconds=seconds), None))


def test_waiting_for_ever_is_mended_and_known_by_its_lines(tmp_path: Path) -> None:
    (tmp_path / "talk.py").write_text(CODE)
    (tmp_path / "test_talk.py").write_text(TESTS)
    begun = time.monotonic()
    outcome = _mended(tmp_path, 40)
    assert outcome.status == "fixed", outcome.why
    assert outcome.best is not None
    assert b"words:" in outcome.best.files["talk.py"] or b"words[0:]" in outcome.best.files["talk.py"]
    assert 6 in [s.line for s in outcome.spectrum]
    assert time.monotonic() - begun < 40


def test_a_test_that_sleeps_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("def f(x):\n    return x\n")
    (tmp_path / "test_m.py").write_text(
        "import time\nfrom m import f\n\n\ndef test_f():\n    time.sleep(1.5)\n    assert f(1) == 1\n"
    )
    outcome = _mended(tmp_path, 20)
    assert outcome.status == "unsuited"
    assert "no test fails" in outcome.why


async def _suite(root: Path, worker: Worker) -> Suite:
    ids = [row[0] for row in (await worker.hello(60))["collected"]]
    suite = Suite()
    await run(worker, suite, ids, trace=True, until=lambda: 60.0, longest=0.6)
    return suite


async def test_what_follows_an_endless_test_is_run_like_the_others(
    tmp_path: Path, open_worker: Callable[[Path], Awaitable[Worker]]
) -> None:
    root = tmp_path / "p"
    root.mkdir()
    (root / "test_m.py").write_text(
        "def test_a():\n    while True:\n        pass\n\n\ndef test_b():\n    pass\n\n\ndef test_c():\n    pass\n"
    )
    suite = await _suite(root, await open_worker(root))
    assert [t.outcome for t in suite.tests.values()] == ["timeout", "passed", "passed"]


async def test_many_endless_tests_do_not_use_up_the_time(
    tmp_path: Path, open_worker: Callable[[Path], Awaitable[Worker]]
) -> None:
    root = tmp_path / "p"
    root.mkdir()
    (root / "test_m.py").write_text(
        "import pytest\n\n\n@pytest.mark.parametrize('n', range(40))\ndef test_n(n):\n    while n % 4:\n        pass\n"
    )
    suite = await _suite(root, await open_worker(root))
    assert suite.endless == MOST_ENDLESS
    assert len(suite.passing) == 3
