"""The repair where a test does not end: it is stopped and mended; one that only takes long is waited for."""

from pathlib import Path

import pytest

from mycoder import Session
from mycoder.config.settings import Repair, Settings
from mycoder.config.settings import Tests as TestSettings
from mycoder.protocol.events import TestsRan, ToolCalled, TurnEnded

CODE = "def bits(number):\n    count = 0\n    while number:\n        number ^= number - 1\n        count += 1\n    return count\n"
TEST = "from bits_of import bits\n\n\ndef test_bits():\n    assert bits(6) == 2\n    assert bits(0) == 0\n"
SLOW = "import time\n\n\ndef test_aaa_slow():\n    time.sleep(3)\n    assert time.perf_counter_ns() == 0\n"


async def _events(root: Path, files: dict[str, str], **repairing: float):
    root.mkdir()
    for name, text in files.items():
        (root / name).write_text(text)
    settings = Settings(
        mode="auto",
        repair=Repair(engine="repair", endless_seconds=1.5, **repairing),
        tests=TestSettings(seconds=60),
    )
    env = {"HOME": str(root.parent / "home"), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    async with await Session.open(
        root, settings=settings, can_ask=False, env=env, is_ephemeral=True
    ) as session:
        return [event async for event in session.run("make the failing tests pass")]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def _ran(events) -> list[TestsRan]:
    return [event for event in events if isinstance(event, TestsRan)]


def _ended(events) -> TurnEnded:
    return next(event for event in events if isinstance(event, TurnEnded))


async def test_an_endless_loop_is_mended(tmp_path: Path) -> None:
    root = tmp_path / "p"
    events = await _events(root, {"bits_of.py": CODE, "test_bits.py": TEST}, alone_seconds=60)
    first, last = _ran(events)[0], _ran(events)[-1]
    assert "test_bits.py::test_bits was running" in first.problem
    assert first.failing == ("test_bits.py::test_bits",)
    assert last.passed == 1
    assert _ended(events).reason == "done"
    assert "number &= number - 1" in (root / "bits_of.py").read_text()


async def test_a_test_that_only_takes_long_is_waited_for_in_the_end(tmp_path: Path) -> None:
    root = tmp_path / "p"
    files = {
        "test_slow.py": SLOW,
        "bits_of.py": CODE.replace("^=", "&=").replace("= 0", "= 1"),
        "test_zbits.py": TEST,
    }
    events = await _events(root, files, alone_seconds=40)
    assert "test_aaa_slow was running" in _ran(events)[0].problem
    assert any(not run.problem and run.passed + run.failed == 2 for run in _ran(events)), "waited for"
    assert "count = 0" in (root / "bits_of.py").read_text()
    assert _ended(events).reason == "tests_failing"


async def test_a_run_that_stands_is_not_done_again_and_one_after_a_change_is(tmp_path: Path) -> None:
    root = tmp_path / "p"
    root.mkdir()
    (root / "code_of_mine.py").write_text("def double(n):\n    return n + 2\n")
    (root / "test_code.py").write_text(
        "from code_of_mine import double\n\n\ndef test_double():\n    assert double(3) == 6\n    assert double(5) == 10\n"
    )
    settings = Settings(mode="auto", repair=Repair(engine="repair", alone_seconds=60))
    env = {"HOME": str(tmp_path / "home"), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    async with await Session.open(
        root, settings=settings, can_ask=False, env=env, is_ephemeral=True
    ) as session:
        await session.run_tests()
        events = [event async for event in session.run("make the failing tests pass")]
    titles = [event.title for event in events if isinstance(event, ToolCalled)]
    assert [title.partition(" ")[0] for title in titles] == ["repair", "run"]
    assert _ended(events).reason == "done"


async def test_without_a_model_go_on_takes_up_the_last_task(tmp_path: Path) -> None:
    root = tmp_path / "p"
    root.mkdir()
    (root / "test_code.py").write_text("def test_it():\n    assert True\n")
    env = {"HOME": str(tmp_path / "home"), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    async with await Session.open(root, can_ask=False, env=env) as session:
        first = [event async for event in session.run("go on")]
        assert _ended(first).reason == "misconfigured"
        assert _ended([event async for event in session.run("make the failing tests pass")]).reason == "done"
        name = session.id
    async with await Session.open(root, can_ask=False, env=env, resume=name) as session:
        for words in ("go on", "continue, please"):
            assert _ended([event async for event in session.run(words)]).reason == "done"
        assert _ended([event async for event in session.run("rename it")]).reason == "misconfigured"
