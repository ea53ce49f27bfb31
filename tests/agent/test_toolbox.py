import asyncio
import json

import pytest

from mycoder.agent.toolbox import Toolbox
from mycoder.policy.decide import Verdict
from mycoder.protocol.blocks import PlanItem
from mycoder.protocol.events import AskSettled, FilesChanged, PlanChanged, ToolFinished
from mycoder.protocol.messages import ToolCall
from mycoder.protocol.tooling import Effect, ToolResult
from mycoder.tools.tool import tool


class Room:
    """Surroundings that allow everything and remember what happened."""

    def __init__(self, verdict=None, choice="once"):
        self.log, self.verdict, self.choice = [], verdict or Verdict("allow"), choice
        self.pending, self.notes = [], {}

    def decide(self, action):
        return self.verdict if action.effect is not Effect.READ else Verdict("allow")

    async def ask(self, call, action, verdict, emit):
        self.log.append(f"ask {call.call_id}")
        return AskSettled(ask_id="1", choice=self.choice, note="not today")

    def context(self, call, emit):
        return self

    async def before_change(self, tool, effect, emit):
        self.log.append("before")

    async def recording(self, call, effect, run):
        self.log.append(f"record {call.call_id}")
        return await run()

    def restored(self, arguments):
        return arguments

    async def received(self, tool, effect, arguments, result):
        return result

    async def note(self, arguments):
        return self.notes.pop(arguments.get("path"), "")

    def changes(self):
        taken, self.pending = self.pending, []
        return taken


@tool(effect=Effect.READ, aliases=("view",), title="look {path}")
async def look(context, path: str, pause: float = 0.0) -> ToolResult:
    await asyncio.sleep(pause)
    context.log.append(f"look {path}")
    return ToolResult(f"saw {path}")


@tool(effect=Effect.WRITE, title="put {path}")
async def put(context, path: str, fails: bool = False) -> ToolResult:
    context.log.append(f"put {path}")
    if fails:
        return ToolResult("no such place", ok=False)
    context.pending.append(FilesChanged(changes=()))
    return ToolResult("done", events=(PlanChanged(items=(PlanItem("x"),)),))


@tool(effect=Effect.RUN)
async def burst(context, kind: str) -> ToolResult:
    raise OSError("disk is full") if kind == "os" else ValueError("our fault")


async def run(room, *calls):
    box = Toolbox((look, put, burst), room)
    emitted = []
    called = [
        box.called(ToolCall(str(i), name, json.dumps(args) if isinstance(args, dict) else args))
        for i, (name, args) in enumerate(calls)
    ]
    await box.run(called, emitted.append)
    return emitted


def finished(emitted):
    return [e for e in emitted if isinstance(e, ToolFinished)]


@pytest.fixture(autouse=True)
def descriptions(monkeypatch):
    monkeypatch.setattr("mycoder.tools.tool.Tool.description", "a tool", raising=False)


async def test_reads_run_together_and_answer_in_call_order():
    room = Room()
    emitted = await run(room, ("look", {"path": "a", "pause": 0.05}), ("look", {"path": "b"}))
    assert room.log == ["look b", "look a"]
    assert [f.output for f in finished(emitted)] == ["saw a", "saw b"]


async def test_a_change_waits_for_the_reads_before_it_and_holds_the_reads_after_it():
    room = Room()
    await run(room, ("look", {"path": "a", "pause": 0.05}), ("put", {"path": "b"}), ("look", {"path": "c"}))
    assert [line for line in room.log if line.startswith(("look", "put"))] == ["look a", "put b", "look c"]


async def test_after_a_failed_change_later_changes_do_not_run_and_say_so():
    room = Room()
    emitted = await run(
        room, ("put", {"path": "a", "fails": True}), ("put", {"path": "b"}), ("look", {"path": "c"})
    )
    first, second, third = finished(emitted)
    assert (first.ok, second.ok, third.ok) == (False, False, True)
    assert "Not run" in second.output
    assert "put a" in second.output
    assert "put b" not in room.log


async def test_events_of_a_tool_come_before_its_end_and_file_changes_after():
    emitted = await run(Room(), ("put", {"path": "a"}))
    assert [type(e).__name__ for e in emitted] == ["PlanChanged", "ToolFinished", "FilesChanged"]


async def test_an_unknown_tool_is_answered_with_the_known_ones():
    (only,) = finished(await run(Room(), ("fly", {})))
    assert not only.ok
    assert "look, put, burst" in only.output


@pytest.mark.parametrize("name", ["look", "Look", "view", "functions.look", " look "])
async def test_names_are_mended(name):
    (only,) = finished(await run(Room(), (name, {"file_path": "a"})))
    assert only.output == "saw a"


async def test_bad_arguments_are_answered_with_the_schema_and_the_others_run():
    bad, good = finished(await run(Room(), ("look", '{"path": 3'), ("look", {"path": "a"})))
    assert not bad.ok
    assert '"path"' in bad.output
    assert good.output == "saw a"


@pytest.mark.parametrize(("kind", "said"), [("os", "disk is full"), ("own", "ValueError")])
async def test_a_fault_is_a_result(kind, said):
    (only,) = finished(await run(Room(), ("burst", {"kind": kind})))
    assert not only.ok
    assert said in only.output


async def test_what_policy_denies_does_not_run():
    room = Room(Verdict("deny", "r", "read-only here"))
    (only,) = finished(await run(room, ("put", {"path": "a"})))
    assert "read-only here" in only.output
    assert room.log == []


@pytest.mark.parametrize(("choice", "runs"), [("once", True), ("deny", False)])
async def test_an_ask_decides(choice, runs):
    room = Room(Verdict("ask"), choice)
    (only,) = finished(await run(room, ("put", {"path": "a"})))
    assert only.ok is runs
    assert ("put a" in room.log) is runs
    if not runs:
        assert "not today" in only.output


def test_the_title_is_one_line():
    box = Toolbox((look,), Room())
    called = box.called(ToolCall("1", "view", json.dumps({"path": "a\nb" + "x" * 200})))
    assert called.tool == "look"
    assert called.title.startswith("look a b")
    assert len(called.title) < 100


async def test_cancelling_reaches_the_tool():
    room = Room()
    box = Toolbox((look,), room)
    task = asyncio.ensure_future(
        box.run([box.called(ToolCall("1", "look", '{"path": "a", "pause": 60}'))], print)
    )
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert room.log == []


async def test_what_holds_at_a_place_is_told_once():
    room = Room()
    room.notes["a"] = "Here tabs are used."
    first, second = finished(await run(room, ("look", {"path": "a"}), ("look", {"path": "a"})))
    assert first.output == "saw a\n\nHere tabs are used."
    assert second.output == "saw a"


@tool(effect=Effect.RUN)
async def command(context, network: bool = False) -> ToolResult:
    return ToolResult("ran")


@pytest.mark.parametrize(("arguments", "effect"), [({}, Effect.RUN), ({"network": True}, Effect.NET)])
async def test_a_call_that_wants_the_network_is_decided_as_such(arguments, effect):
    room, seen = Room(), []
    room.decide = lambda action: seen.append(action.effect) or Verdict("deny")
    box = Toolbox((command,), room)
    await box.run([box.called(ToolCall("1", "command", json.dumps(arguments)))], lambda event: None)
    assert seen == [effect]
