"""Small projects with a bug, made fresh for every test."""

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from mycoder.repair.interpreter import find
from mycoder.repair.link import Room, Worker

MID = '''\
def mid(a, b, c):
    """Median — of three."""
    m = c   # kept:  é ü 漢
    if b < c:
        if a < b:
            m = b
        elif a < c:
            m = b
    else:
        if a > b:
            m = b
        elif a > c:
            m = a
    return m
'''

MID_TEST = """\
from median import mid


def test_equal():
    assert mid(3, 3, 5) == 3


def test_sorted():
    assert mid(1, 2, 3) == 2


def test_middle_first():
    assert mid(2, 1, 3) == 2


def test_reverse():
    assert mid(3, 2, 1) == 2


def test_last():
    assert mid(5, 3, 4) == 4
"""


@pytest.fixture(autouse=True)
def _few_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The workers need none of the plugins installed here, and start faster without."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "median.py").write_text(MID, encoding="utf-8")
    (root / "test_median.py").write_text(MID_TEST, encoding="utf-8")
    return root


@pytest.fixture
async def open_worker(tmp_path: Path) -> AsyncIterator[Callable[[Path], object]]:
    """Starts a worker that has collected a project's tests in place."""
    rooms: list[Room] = []

    async def open_one(root: Path) -> Worker:
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        real = Path(os.path.realpath(root))
        room = Room(await find(root, ("python", "-m", "pytest")), real, real, home, ())
        rooms.append(room)
        return await room.open(None, 60)

    yield open_one
    for room in rooms:
        await room.close()
