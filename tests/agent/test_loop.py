import asyncio
import json

import pytest

from mycoder.agent.limits import Budget
from mycoder.agent.loop import run
from mycoder.models.model import Finished
from mycoder.policy.decide import Verdict
from mycoder.protocol.events import (
    ContextCompacted,
    ModelRetried,
    PromptAdded,
    TestsRan,
    TextAdded,
    ToolCalled,
    ToolProgressed,
    TurnEnded,
    TurnStarted,
    UsageChanged,
)
from mycoder.protocol.tooling import Effect, ToolResult
from mycoder.protocol.usage import Usage
from mycoder.tools.tool import tool
from tests.agent.playing import Player, calls, fails, says, turn_of
from tests.agent.test_gate import EDIT, GREEN, RED, Tests
from tests.agent.test_toolbox import Room, look


@tool(effect=Effect.WRITE, title="edit {path}")
async def edit(context, path: str = "a") -> ToolResult:
    context.pending.append(EDIT)
    return ToolResult("edited")


@tool(effect=Effect.RUN)
async def check(context) -> ToolResult:
    run = context.runs.pop(0)
    return ToolResult("ran", events=(run,))


@tool(effect=Effect.RUN)
async def hang(context) -> ToolResult:
    context.log.append("hang began")
    try:
        await asyncio.sleep(60)
    finally:
        context.log.append("hang was stopped")
    return ToolResult("never")


TOOLS = (look, edit, check, hang)


@pytest.fixture(autouse=True)
def descriptions(monkeypatch):
    monkeypatch.setattr("mycoder.tools.tool.Tool.description", "a tool", raising=False)


async def play(turn, prompt="go", after=None):
    events = []
    async for event in run(turn, TurnStarted(prompt=prompt)):
        events.append(event)
        if after:
            after(event)
    return events


def kinds(events):
    return [type(e).__name__ for e in events if not isinstance(e, TextAdded)]


def ended(events) -> TurnEnded:
    assert isinstance(events[-1], TurnEnded)
    return events[-1]


async def test_an_answer_ends_the_turn():
    events = await play(turn_of(Player([says("All is well.")]), TOOLS, Room()))
    assert kinds(events) == ["TurnStarted", "UsageChanged", "TurnEnded"]
    assert (ended(events).reason, ended(events).answer) == ("done", "All is well.")


async def test_calls_run_and_their_results_are_in_the_next_request():
    model = Player(
        [calls(("look", '{"path": "a"}'), ("look", '{"path": "b"}'), text="Let me see."), says("Seen.")]
    )
    events = await play(turn_of(model, TOOLS, Room()))
    assert kinds(events) == [
        "TurnStarted",
        "ToolCalled",
        "ToolCalled",
        "UsageChanged",
        "ToolFinished",
        "ToolFinished",
        "UsageChanged",
        "TurnEnded",
    ]
    roles = [m.role for m in model.requests[1].messages]
    assert roles == ["system", "user", "assistant", "tool", "tool"]
    assert model.requests[1].messages[: len(model.requests[0].messages)] == model.requests[0].messages


async def test_cost_is_counted_from_the_card():
    events = await play(turn_of(Player([says("x")]), TOOLS, Room()))
    usage = next(e for e in events if isinstance(e, UsageChanged))
    assert usage.usage.cost == pytest.approx(100e-6 + 10e-6)


async def test_a_retry_is_told_and_voids_what_was_said():
    model = Player([fails(), says("Whole.")])
    events = await play(turn_of(model, TOOLS, Room()))
    retried = next(e for e in events if isinstance(e, ModelRetried))
    assert (retried.status, retried.attempt) == (503, 1)
    assert ended(events).answer == "Whole."


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("server", "unavailable"),
        ("rate_limit", "unavailable"),
        ("connection", "unavailable"),
        ("cut", "unavailable"),
        ("timeout", "unavailable"),
        ("auth", "misconfigured"),
        ("bad_request", "misconfigured"),
        ("context_overflow", "budget"),
        ("empty", "failed"),
    ],
)
async def test_each_failure_has_its_reason(kind, reason):
    events = await play(turn_of(Player([fails(kind)]), TOOLS, Room()))
    assert ended(events).reason == reason
    assert "provider is away" in ended(events).message


async def test_an_overflow_is_compacted_and_tried_again():
    model = Player([calls(("look", '{"path": "a"}')), fails("context_overflow", 400), says("Done.")])
    events = await play(turn_of(model, TOOLS, Room()))
    assert any(isinstance(e, ContextCompacted) for e in events)
    assert ended(events).reason == "done"


async def test_an_overflow_that_stays_ends_the_turn():
    model = Player([calls(("look", '{"path": "a"}')), fails("context_overflow", 400)])
    events = await play(turn_of(model, TOOLS, Room()))
    assert ended(events).reason == "budget"
    assert len(model.requests) == 4


async def test_near_the_window_the_conversation_is_compacted_before_the_next_request():
    full = [*calls(("look", '{"path": "a"}'))[:-1], Finished("tool_calls", Usage(input=9_000, output=1))]
    model = Player([full, says("Done.")], window=10_000)
    events = await play(turn_of(model, TOOLS, Room()))
    assert any(isinstance(e, ContextCompacted) for e in events)
    assert "word for word" in model.requests[1].messages[1].text


async def test_a_window_that_cannot_hold_the_least_ends_the_turn_before_it_is_exceeded():
    full = [*calls(("look", '{"path": "a"}'))[:-1], Finished("tool_calls", Usage(input=95, output=1))]
    model = Player([full, says("Done.")], window=100)
    events = await play(turn_of(model, TOOLS, Room()))
    assert ended(events).reason == "budget"
    assert "context.window" in ended(events).message
    assert len(model.requests) == 1


async def test_a_model_that_only_thinks_is_asked_again_and_then_the_turn_fails():
    turn = turn_of(Player([fails("empty")]), TOOLS, Room())
    events = await play(turn)
    assert ended(events).reason == "failed"
    assert sum(isinstance(e, PromptAdded) for e in events) == 2


async def test_steps_are_limited():
    model = Player([calls(("look", f'{{"path": "{i}"}}')) for i in range(9)])
    events = await play(turn_of(model, TOOLS, Room(), budget=Budget(steps=3)))
    assert ended(events).reason == "budget"
    assert len(model.requests) == 3


async def test_cost_is_limited():
    model = Player([calls(("look", f'{{"path": "{i}"}}')) for i in range(9)])
    events = await play(turn_of(model, TOOLS, Room(), budget=Budget(cost=250e-6)))
    assert ended(events).reason == "budget"
    assert len(model.requests) == 3


async def test_the_same_call_again_and_again_is_stopped():
    model = Player([calls(("look", '{"path": "a"}'))])
    events = await play(turn_of(model, TOOLS, Room()))
    assert ended(events).reason == "failed"
    assert "no progress" in ended(events).message
    assert any(isinstance(e, PromptAdded) and "same result" in e.text for e in events)


async def test_a_steer_enters_before_the_next_request():
    model = Player([calls(("look", '{"path": "a"}')), says("Done.")])
    turn = turn_of(model, TOOLS, Room())
    events = await play(
        turn, after=lambda e: turn.inbox.steers.append("use b") if isinstance(e, ToolCalled) else None
    )
    assert model.requests[1].messages[-1].text == "use b"
    assert next(e for e in events if isinstance(e, PromptAdded)).origin == "steer"


async def test_a_follow_up_waits_for_the_end():
    model = Player([calls(("look", '{"path": "a"}')), says("One."), says("Two.")])
    turn = turn_of(model, TOOLS, Room())
    turn.inbox.follow_ups.append("and now b")
    events = await play(turn)
    assert [r.messages[-1].text for r in model.requests][2] == "and now b"
    assert ended(events).answer == "Two."


async def test_an_answer_that_was_cut_is_gone_on_with():
    model = Player([says("Half", finish="length"), says("Whole")])
    assert ended(await play(turn_of(model, TOOLS, Room()))).answer == "Whole"


async def test_done_on_red_is_refused_until_green():
    room = Room()
    room.runs = [RED, GREEN]
    model = Player(
        [
            calls(("edit", "{}"), ("check", "{}")),
            says("Done!"),
            calls(("edit", "{}"), ("check", "{}")),
            says("Now it is."),
        ]
    )
    events = await play(turn_of(model, TOOLS, room, judge=Tests()))
    refusal = next(e for e in events if isinstance(e, PromptAdded))
    assert "not done" in refusal.text
    assert (ended(events).reason, ended(events).answer) == ("done", "Now it is.")


async def test_done_on_red_for_ever_ends_as_failing():
    room = Room()
    room.runs = [RED]
    model = Player([calls(("edit", "{}"), ("check", "{}")), says("Done!")])
    events = await play(turn_of(model, TOOLS, room, judge=Tests()))
    assert ended(events).reason == "tests_failing"
    assert len(model.requests) == 4


async def test_the_harness_runs_the_tests_when_the_model_does_not():
    model = Player([calls(("edit", "{}")), says("Done.")])
    events = await play(turn_of(model, TOOLS, Room(), judge=Tests(GREEN)))
    assert any(isinstance(e, TestsRan) for e in events)
    assert ended(events).reason == "done"
    assert len(model.requests) == 3


@pytest.mark.parametrize("reason", ["interrupted", "timeout"])
async def test_cancelling_closes_what_is_open_and_says_why(reason):
    room = Room()
    turn = turn_of(Player([calls(("hang", "{}"))]), TOOLS, room)
    events = []

    async def consume():
        async for event in run(turn, TurnStarted(prompt="go")):
            events.append(event)

    task = asyncio.ensure_future(consume())
    while room.log[-1:] != ["hang began"]:
        await asyncio.sleep(0.001)
    turn.why_cancelled = reason
    room.pending.append(EDIT)
    task.cancel()
    await task
    assert room.log[-1] == "hang was stopped"
    assert [type(e).__name__ for e in events[-3:]] == ["FilesChanged", "ToolFinished", "TurnEnded"]
    assert ended(events).reason == reason
    assert turn.conversation.messages[-1].role == "tool"


async def test_cancelling_while_the_model_speaks_closes_the_stream():
    async def wait():
        await asyncio.sleep(60)

    model = Player([[*says("Hello")[:-1], wait]])
    turn = turn_of(model, TOOLS, Room())
    events = []

    async def consume():
        async for event in run(turn, TurnStarted(prompt="go")):
            events.append(event)

    task = asyncio.ensure_future(consume())
    while not events or not isinstance(events[-1], TextAdded):
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.01)
    task.cancel()
    await task
    assert model.closed == 1
    assert ended(events).reason == "interrupted"
    assert turn.conversation.messages[-1].text == "Hello"


async def test_a_fault_of_ours_ends_the_turn_by_the_laws():
    turn = turn_of(Player([says("x")]), TOOLS, Room())
    turn.request = lambda messages: json.loads("no")
    events = await play(turn)
    assert ended(events).reason == "crashed"


async def test_progress_is_told_while_a_tool_runs():
    @tool(effect=Effect.READ)
    async def tell(context) -> ToolResult:
        context.emit(ToolProgressed(call_id="c0", text="half"))
        await asyncio.sleep(0)
        return ToolResult("all")

    class Telling(Room):
        def context(self, call, emit):
            self.emit = emit
            return self

    events = await play(turn_of(Player([calls(("tell", "{}")), says("ok")]), (tell,), Telling()))
    names = kinds(events)
    assert names.index("ToolProgressed") < names.index("ToolFinished")


@pytest.mark.parametrize(("decision", "reason"), [("deny", "refused"), ("allow", "done")])
async def test_when_all_that_was_needed_was_denied_the_turn_is_refused(decision, reason):
    room = Room(Verdict(decision, "r", "not here"))
    events = await play(turn_of(Player([calls(("edit", "{}")), says("Done!")]), TOOLS, room))
    assert ended(events).reason == reason
