"""Slash commands that take long: seen at once, stopped by an interrupt, and one after the other."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from mycoder.protocol.commands import Interrupt, RunSlash
from mycoder.protocol.events import COMMAND, TestsRan, ToolCalled, ToolFinished, ToolProgressed, TurnStarted
from mycoder.session.session import Session
from mycoder.ui.entries import Call, Tests
from mycoder.ui.transcript import Transcript

SLOW = "import time\ndef test_one():\n    time.sleep({})\n    assert {}\n"


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "shop"
    root.mkdir()
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


def opened(root, tmp_path):
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    env = {"HOME": str(tmp_path), "PATH": path}
    return Session.open(root, env=env, is_ephemeral=True)


async def until(condition, seconds=60.0):
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come")


class Watcher:
    def __init__(self, session):
        self.events, self.seen = [], Transcript()
        self._task = asyncio.ensure_future(self._watch(session))

    async def _watch(self, session):
        async for event in session.events(replay=True):
            self.events.append(event)
            self.seen.push(event)

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]


async def test_a_test_run_is_seen_from_its_first_moment_on(root, tmp_path):
    (root / "test_a.py").write_text(SLOW.format(0.1, True))
    async with opened(root, tmp_path) as session:
        watcher = Watcher(session)
        await session.send(RunSlash(name="test", arguments="test_a.py"))
        await until(lambda: watcher.of(ToolProgressed))
        (call,) = watcher.seen.running_calls
        assert call.title == "/test test_a.py"
        assert call.progress.startswith("running the tests")
        assert session.state.is_running
        assert watcher.seen.is_running
        await session.wait()
        await until(lambda: watcher.of(ToolFinished))
        assert not session.state.is_running
        assert not watcher.seen.is_running
        (ended,) = watcher.of(ToolFinished)
        assert ended.agent == COMMAND
        assert ended.blocks[0].passed == 1
        assert [type(entry) for entry in watcher.seen.entries if isinstance(entry, Call | Tests)] == [Call]


async def test_an_interrupt_stops_it_and_what_was_typed_meanwhile_comes_next(root, tmp_path):
    (root / "test_a.py").write_text(SLOW.format(60, True))
    async with opened(root, tmp_path) as session:
        watcher = Watcher(session)
        await session.send(RunSlash(name="test"))
        await until(lambda: watcher.of(ToolProgressed))
        await session.send(RunSlash(name="compact"))
        assert session.state.queue == ("/compact",)
        await session.send(Interrupt())
        await session.wait()
        await until(lambda: len(watcher.of(ToolFinished)) == 2)
        stopped, compacted = watcher.of(ToolFinished)
        assert (stopped.ok, stopped.output) == (False, "stopped")
        assert compacted.ok
        assert [call.title for call in watcher.of(ToolCalled)] == ["/test", "/compact"]
        assert not watcher.of(TestsRan)


async def test_the_task_of_fix_comes_before_what_waits_already(root, tmp_path):
    (root / "test_a.py").write_text(SLOW.format(0.5, "open('answer').read() == 'never'"))
    async with opened(root, tmp_path) as session:
        watcher = Watcher(session)
        await session.send(RunSlash(name="fix"))
        await session.send(RunSlash(name="compact"))
        await until(lambda: watcher.of(TurnStarted))
        assert session.state.queue == ("/compact",)
        assert "test_a.py::test_one" in watcher.of(TurnStarted)[0].prompt
