"""The laws of the protocol, on generated runs of the real loop: any replies, any failures, cancelled anywhere."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.agent.conversation import Conversation
from mycoder.agent.limits import Budget
from mycoder.agent.loop import run
from mycoder.policy.decide import Verdict
from mycoder.protocol.events import (
    Asked,
    AskSettled,
    ModelRetried,
    ToolCalled,
    ToolFinished,
    TurnEnded,
    TurnStarted,
)
from mycoder.protocol.feeds import merged
from tests.agent.playing import Player, calls, fails, says, turn_of
from tests.agent.test_gate import RED
from tests.agent.test_loop import check, edit
from tests.agent.test_toolbox import Room, burst, look, put

call = st.tuples(
    st.sampled_from(["look", "put", "burst", "edit", "check", "fly"]),
    st.sampled_from(['{"path": "a"}', "{}", '{"kind": "os"}', "{broken", '{"path": "b", "fails": true}']),
)
reply = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).map(says),
    st.lists(call, min_size=1, max_size=4).map(lambda several: calls(*several)),
    st.sampled_from(["server", "rate_limit", "context_overflow", "auth", "empty", "cut"]).map(fails),
)


class Asking(Room):
    """Surroundings that ask before each change, and are answered."""

    async def ask(self, call, action, verdict, emit):
        emit(Asked(ask_id=f"a-{call.call_id}"))
        await asyncio.sleep(0)
        settled = AskSettled(ask_id=f"a-{call.call_id}", choice="once")
        emit(settled)
        return settled


async def played(replies, stop_at):
    room = Asking(Verdict("ask"))
    room.runs = [RED] * 40
    turn = turn_of(Player(replies), (look, put, burst, edit, check), room, budget=Budget(steps=6))
    events = []

    async def consume():
        async for event in run(turn, TurnStarted(prompt="go")):
            events.append(event)

    task = asyncio.ensure_future(consume())
    for _ in range(stop_at):
        await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        assert not events, "the turn had begun, so it must end by the laws"
    return events, turn


@pytest.fixture(autouse=True)
def descriptions(monkeypatch):
    monkeypatch.setattr("mycoder.tools.tool.Tool.description", "a tool", raising=False)


@given(replies=st.lists(reply, min_size=1, max_size=6), stop_at=st.integers(0, 120))
@settings(max_examples=150, deadline=None, suppress_health_check=[])
def test_the_laws_hold_on_every_run(replies, stop_at):
    events, turn = asyncio.run(played(replies, stop_at))
    if not events:
        return
    assert isinstance(events[0], TurnStarted)
    assert [type(e) for e in events].count(TurnEnded) == 1
    assert isinstance(events[-1], TurnEnded)
    open_calls: list[str] = []
    asks: set[str] = set()
    for event in events:
        match event:
            case ToolCalled():
                open_calls.append(event.call_id)
            case ModelRetried():
                open_calls.clear()
            case ToolFinished():
                open_calls.remove(event.call_id)
            case Asked():
                asks.add(event.ask_id)
            case AskSettled():
                asks.remove(event.ask_id)
    assert not open_calls
    assert not asks
    replayed = Conversation()
    replayed.messages = turn_of(Player([[]]), (), Room()).conversation.messages
    replayed._facts = "facts"
    for event in merged(events):
        replayed.apply(event)
    assert replayed.messages == turn.conversation.messages


@given(replies=st.lists(reply, min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_every_call_in_the_messages_has_its_result(replies):
    _, turn = asyncio.run(played(replies, 10_000))
    called = [c.id for m in turn.conversation.messages for c in m.calls]
    answered = [m.call_id for m in turn.conversation.messages if m.role == "tool"]
    assert called == answered
