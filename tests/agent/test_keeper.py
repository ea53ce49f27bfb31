"""The window holds, whatever comes: on real turns of the loop with a model that plays deltas."""

import json

import pytest

from mycoder.agent.keeper import Rules, usable_of
from mycoder.agent.notes import QUESTION
from mycoder.models.model import CallDelta, Card, Failed, Finished, TextDelta
from mycoder.models.tokens import estimate_request
from mycoder.protocol.events import (
    CheckpointMade,
    ContextCompacted,
    PromptAdded,
    ToolCalled,
    TurnEnded,
    TurnStarted,
    UsageChanged,
)
from mycoder.protocol.tooling import Effect, ToolResult
from mycoder.protocol.usage import Usage
from mycoder.session.checkpoints import Checkpoints
from mycoder.tools.tool import tool
from tests.agent.playing import turn_of
from tests.agent.test_loop import play
from tests.agent.test_toolbox import Room

WINDOW = 8_000


@tool(effect=Effect.READ)
async def show(context, size: int = 100, mark: str = "") -> ToolResult:
    return ToolResult(
        f"begin {mark}\n" + "\n".join(f"line {mark} {i}" for i in range(size // 10)) + f"\nend {mark}"
    )


@pytest.fixture(autouse=True)
def descriptions(monkeypatch):
    monkeypatch.setattr("mycoder.tools.tool.Tool.description", "a tool", raising=False)


class Model:
    """Counts like a provider and refuses what does not fit; `replies` are lists of (tool, arguments), or words."""

    name = "counting/model"

    def __init__(self, replies, window=WINDOW, per_token=1.0, note='{"intent": "i", "next": "n"}'):
        self.replies, self.window, self.per_token, self.note = list(replies), window, per_token, note
        self.sizes, self.requests, self.asides, self.refused = [], [], [], 0

    def card(self):
        return Card(self.name, window=self.window)

    async def stream(self, request):
        size = round(estimate_request(request) * self.per_token)
        if request.messages[-1].text == QUESTION:
            self.asides.append(request)
            yield TextDelta(self.note)
            yield Finished("stop", Usage(input=size, output=9))
            return
        self.sizes.append(size)
        if size > self.window:
            self.refused += 1
            yield Failed("context_overflow", "too large", 400)
            return
        self.requests.append(request)
        reply = self.replies.pop(0) if self.replies else "Done."
        if isinstance(reply, str):
            yield TextDelta(reply)
        else:
            for index, (name, arguments) in enumerate(reply):
                yield CallDelta(index, f"c{len(self.requests)}-{index}", name, json.dumps(arguments))
        yield Finished("stop" if isinstance(reply, str) else "tool_calls", Usage(input=size, output=20))

    async def aclose(self):
        return None


def steps(count, size=600):
    return [[("show", {"size": size, "mark": f"m{i}"})] for i in range(count)]


async def played(model, prompt="go", *, turn=None, shelf=None, rules=None, after=None):
    turn = turn or turn_of(model, (show,), Room(), rules=rules or Rules(window=model.window, asks_note=False))
    turn.keeper.shelf = shelf
    return await play(turn, prompt, after), turn


def ended(events):
    assert isinstance(events[-1], TurnEnded)
    return events[-1]


@pytest.mark.parametrize("per_token", [0.8, 1.0, 1.25, 1.8])
async def test_no_request_exceeds_the_window_though_the_provider_counts_otherwise(per_token):
    model = Model(steps(60), per_token=per_token)
    events, _ = await played(model)
    assert ended(events).reason == "done"
    assert model.refused == 0
    assert max(model.sizes) <= WINDOW
    assert sum(isinstance(e, ContextCompacted) for e in events) >= 2


@pytest.mark.parametrize("size", [30_000, 400_000])
async def test_a_huge_output_is_cut_for_the_model(size):
    model = Model([*steps(3), [("show", {"size": size, "mark": "huge"})], *steps(2)])
    events, _ = await played(model)
    assert ended(events).reason == "done"
    assert max(model.sizes) <= WINDOW
    shown = "\n".join(m.text for m in model.requests[4].messages)
    assert "end huge" in shown, "the end of an output says most"


async def test_many_huge_outputs_in_one_answer():
    model = Model([[("show", {"size": 40_000, "mark": f"h{i}"}) for i in range(7)]])
    events, _ = await played(model)
    assert ended(events).reason == "done"
    assert max(model.sizes) <= WINDOW
    assert len(model.requests) == 2


async def test_a_huge_prompt_is_cut_before_the_first_request():
    model = Model([])
    events, _ = await played(model, "START " + "lorem ipsum dolor " * 20_000 + " FINISH")
    assert ended(events).reason == "done"
    assert max(model.sizes) <= WINDOW
    text = "\n".join(m.text for m in model.requests[0].messages)
    assert "START" in text
    assert "FINISH" in text


async def test_a_huge_prompt_is_cut_though_only_the_model_knows_its_window():
    model = Model([])
    events, _ = await played(model, "START " + "lorem ipsum dolor " * 20_000, rules=Rules(asks_note=False))
    assert ended(events).reason == "done"
    assert max(model.sizes) <= WINDOW


async def test_a_huge_steer():
    model = Model(steps(4))
    turn = turn_of(model, (show,), Room(), rules=Rules(window=WINDOW, asks_note=False))

    def steer(event):
        if isinstance(event, ToolCalled) and not turn.inbox.steers and len(model.requests) == 2:
            turn.inbox.steers.append("LOOK " + "here and there " * 30_000 + " HERE")

    events, _ = await played(model, turn=turn, after=steer)
    assert ended(events).reason == "done"
    assert max(model.sizes) <= WINDOW


async def test_a_huge_call_of_the_model():
    model = Model([[("show", {"size": 10, "mark": "x" * 60_000})], *steps(1)])
    events, _ = await played(model)
    assert ended(events).reason == "done"
    assert max(model.sizes) <= WINDOW


async def test_between_rebuilds_requests_only_grow():
    model = Model(steps(40))
    events, _ = await played(model)
    breaks = 0
    for one, two in zip(model.requests, model.requests[1:], strict=False):
        breaks += two.messages[: len(one.messages)] != one.messages
    assert breaks == sum(isinstance(e, ContextCompacted) for e in events)


async def test_a_window_that_nobody_knows_is_learnt_from_the_refusal():
    model = Model(steps(30), window=0)
    model.window = 3_000
    model.card = lambda: Card("x")
    events, _ = await played(model, rules=Rules(asks_note=False))
    assert ended(events).reason == "done"
    assert model.refused <= 20
    assert len(model.requests) == 31


async def test_checkpoints_are_made_on_the_way_and_the_note_reuses_the_prefix(tmp_path):
    model = Model(steps(14))
    shelf = Checkpoints(tmp_path / "checkpoints", tmp_path / "outputs")
    events, turn = await played(model, shelf=shelf, rules=Rules(window=WINDOW))
    made = [e for e in events if isinstance(e, CheckpointMade)]
    assert "20% of the window" in {e.reason for e in made}
    assert "note of the model" in {e.reason for e in made}
    assert turn.keeper.note.intent == "i"
    for request in model.asides:
        assert request.tools == model.requests[0].tools
        assert any(request.messages[:-1] == r.messages for r in model.requests)
    assert any(isinstance(e, UsageChanged) and e.agent == "checkpoint" for e in events)
    assert shelf.newest(events).note == turn.keeper.note


async def test_a_model_that_gives_no_note_is_asked_twice_and_work_goes_on(tmp_path):
    model = Model(steps(8), note="I would rather go on.")
    shelf = Checkpoints(tmp_path / "checkpoints", tmp_path / "outputs")
    events, turn = await played(model, shelf=shelf, rules=Rules(window=WINDOW, ladder=(0.2,)))
    assert ended(events).reason == "done"
    assert len(model.asides) == 2
    assert turn.keeper.note is None
    assert shelf.newest(events) is not None


async def test_a_disk_that_is_full_costs_no_turn(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    model = Model(steps(20))
    shelf = Checkpoints(blocked / "checkpoints", blocked / "outputs")
    events, _ = await played(model, shelf=shelf, rules=Rules(window=WINDOW))
    assert ended(events).reason == "done"
    assert max(model.sizes) <= WINDOW


async def test_what_is_cut_is_in_a_file(tmp_path):
    model = Model([*steps(3), [("show", {"size": 60_000, "mark": "needle"})], *steps(1)])
    shelf = Checkpoints(tmp_path / "checkpoints", tmp_path / "outputs")
    events, _ = await played(model, shelf=shelf)
    rebuilt = next(e for e in events if isinstance(e, ContextCompacted))
    whole = (tmp_path / "outputs/before-rebuild-1.txt").read_text()
    assert rebuilt.whole == str(tmp_path / "outputs/before-rebuild-1.txt")
    assert "line needle 3000" in whole
    assert rebuilt.whole in "\n".join(m.text for m in model.requests[4].messages)


async def test_switched_off_it_is_a_plain_summary():
    model = Model(steps(30))
    events, _ = await played(model, "the port is 48213", rules=Rules(is_on=False, window=WINDOW))
    assert ended(events).reason == "done"
    assert max(model.sizes) <= WINDOW
    assert not any(isinstance(e, CheckpointMade) for e in events)


async def test_a_finished_session_that_is_rebuilt_makes_no_further_call():
    """A model that goes on whenever it is told to, and waits when it is told to wait."""

    class Obedient(Model):
        async def stream(self, request):
            text = request.messages[1].text
            if "Go on from there" in text and len(self.requests) > 3:
                self.replies = steps(1)
            elif "Wait for the person" in text:
                self.replies = ["You are welcome."]
            async for delta in super().stream(request):
                yield delta

    model = Obedient(steps(3))
    events, turn = await played(model)
    assert ended(events).reason == "done"
    event = await turn.keeper.rebuilt(turn.request)
    turn.see(event)
    again = await play(turn, "thanks")
    assert not any(isinstance(e, ToolCalled | PromptAdded) for e in again)
    assert ended(again).answer == "You are welcome."


async def test_a_rebuild_of_a_resumed_session_is_the_same(tmp_path):
    model = Model(steps(30))
    events, turn = await played(model, shelf=Checkpoints(tmp_path / "c", tmp_path / "o"))
    from mycoder.agent.conversation import Conversation
    from mycoder.protocol.events import SessionStarted

    again = Conversation()
    again.apply(SessionStarted(version="1", root="/r", model="m", system="system", facts="facts"))
    for event in events:
        again.apply(event)
    assert again.messages == turn.conversation.messages
    assert isinstance(events[0], TurnStarted)


def test_room_for_the_reply():
    assert usable_of(16_000) == 14_400
    assert usable_of(1_000_000) == 984_000
