"""Resuming does not hold the log in memory, and the app's replay of it neither."""

import asyncio

from mycoder.bench.big_log import measured, write_log
from mycoder.config.paths import Paths
from mycoder.protocol.events import ModelChanged
from mycoder.session.session import Session
from mycoder.session.store import Store


def test_memory_is_bounded_by_the_conversation_and_not_by_the_log(tmp_path):
    cost = measured(tmp_path, 24_000_000)
    assert cost.log_mb >= 24
    assert cost.messages < 10
    assert cost.growth_mb < 12, cost


async def test_the_replay_is_taken_from_the_log_as_it_is_read(tmp_path):
    root, state = tmp_path / "r", tmp_path / "state"
    root.mkdir()
    session = write_log(state, root, 400_000)
    paths = Paths(tmp_path / "config", state, tmp_path / "cache", tmp_path / "data")
    stored = list(Store(state).read(session))
    async with Session.open(root, resume=session, paths=paths, env={"PATH": "/usr/bin:/bin"}) as resumed:
        feed = resumed.events(replay=True)
        first = await anext(feed)
        resumed.notice("said while the log is read")
        told = [first]
        while getattr(told[-1], "text", "") != "said while the log is read":
            told.append(await asyncio.wait_for(anext(feed), 5))
        await feed.aclose()
    assert told[: len(stored)] == stored
    positions = [event.seq for event in told]
    assert positions == sorted(set(positions)), "nothing is told twice"
    assert positions == list(range(1, len(positions) + 1)), "nothing is left out"


def test_the_model_used_last_is_found_without_reading_all(tmp_path):
    root = tmp_path / "r"
    root.mkdir()
    session = write_log(tmp_path / "state", root, 100_000)
    assert Store(tmp_path / "state").last_model(session) == "scripted/demo"
    log = Store(tmp_path / "state").open(session)
    log.append(ModelChanged(model="scripted/other"))
    log.close()
    assert Store(tmp_path / "state").last_model(session) == "scripted/other"
