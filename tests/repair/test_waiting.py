"""A test that waits for what never comes: found soon, traced, and mended like others."""

import asyncio
import time
from pathlib import Path

from mycoder.repair.engine import repair
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
