"""Feeds side by side: one event at a time each, and an orderly end however it comes."""

import asyncio
import contextlib

import pytest

from mycoder.protocol.events import Noticed
from mycoder.workflows.merging import side_by_side


async def feed(name, count, ended, delay=0.0):
    try:
        for number in range(count):
            yield Noticed(text=f"{name}{number}")
            await asyncio.sleep(delay)
    except asyncio.CancelledError:
        yield Noticed(text=f"{name} stopped")
        raise
    finally:
        ended.append(name)


async def test_all_events_come_and_those_of_one_feed_in_order():
    ended = []
    texts = [event.text async for event in side_by_side([feed("a", 3, ended), feed("b", 2, ended)])]
    assert sorted(texts) == ["a0", "a1", "a2", "b0", "b1"]
    assert [text for text in texts if text[0] == "a"] == ["a0", "a1", "a2"]
    assert sorted(ended) == ["a", "b"]
    assert [event async for event in side_by_side([])] == []


async def test_a_fault_in_one_is_raised_after_the_others_have_ended():
    async def broken():
        yield Noticed(text="x")
        raise ValueError("broken")

    ended, texts = [], []

    async def consume():
        async for event in side_by_side([broken(), feed("a", 3, ended)]):
            texts.append(event.text)

    with pytest.raises(ValueError, match="broken"):
        await consume()
    assert ended == ["a"]
    assert len(texts) == 4


async def test_cancelled_it_tells_what_is_left_and_ends():
    ended, texts = [], []

    async def consume():
        async with contextlib.aclosing(
            side_by_side([feed("a", 9, ended, 9), feed("b", 9, ended, 9)])
        ) as events:
            async for event in events:
                texts.append(event.text)

    task = asyncio.ensure_future(consume())
    while len(texts) < 2:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(ended) == ["a", "b"]
    assert {"a stopped", "b stopped"} <= set(texts)
