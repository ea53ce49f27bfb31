import asyncio
import time

import pytest

from mycoder.models.model import Failed, Finished
from mycoder.models.script import Fault, FaultKind, Figures, Script, ScriptedCall, Step
from mycoder.models.scripted import ScriptedModel
from mycoder.models.scripted_server import ScriptedServer
from mycoder.protocol.messages import Message, Request
from mycoder.protocol.usage import Usage
from tests.models.serving import ask, calls_of, model_at, request, text_of, thought_of

STEP = Step(
    thought="hm",
    text="Hello wörld",
    calls=(ScriptedCall("read", {"path": "ä"}), ScriptedCall("test"), ScriptedCall("edit", "{broken")),
    usage=Figures(input=50, output=7, cached=32, reasoning=2),
)


@pytest.mark.parametrize("size", [0, 1, 4])
async def test_a_script_in_process_and_over_http_is_the_same_reply(size: int) -> None:
    script = Script(steps=(STEP,), chunk=size)
    inside = await ask(ScriptedModel(script))
    async with ScriptedServer(script) as server:
        model = model_at(server.url)
        outside = await ask(model)
        await model.aclose()
    for deltas in (inside, outside):
        assert thought_of(deltas) == "hm"
        assert text_of(deltas) == "Hello wörld"
        assert deltas[-1] == Finished("tool_calls", Usage(50, 32, 7, 2))
    assert calls_of(inside) == calls_of(outside)


@pytest.mark.parametrize(
    ("kind", "failure"),
    [
        ("cut", "cut"),
        ("half_line", "cut"),
        ("garbage", "cut"),
        ("error", "server"),
        ("empty", "empty"),
        ("reset", "connection"),
        ("gone", "connection"),
        ("status", "server"),
        ("hang", "timeout"),
    ],
)
async def test_faults_fail_as_they_do_over_http(kind: FaultKind, failure: str) -> None:
    model = ScriptedModel([Step(text="abcdef", chunk=2, fail=Fault(kind=kind, after=1, seconds=0))])
    deltas = await ask(model)
    assert isinstance(last := deltas[-1], Failed)
    assert last.kind == failure
    assert text_of(deltas) in ("", "ab")
    assert text_of(await ask(model)) == "abcdef"


async def test_dripping_is_no_failure() -> None:
    assert (await ask(ScriptedModel([Step(text="a", fail=Fault(kind="drip"))])))[-1].__class__ is Finished


async def test_times_are_kept() -> None:
    model = ScriptedModel([Step(text="abc", chunk=1, pace=0.05, delay=0.1)])
    begin = time.monotonic()
    stream = model.stream(request())
    await anext(stream)
    first = time.monotonic() - begin
    assert len([delta async for delta in stream]) == 3
    assert 0.1 <= first <= time.monotonic() - begin - 0.1


async def test_figures_are_estimated_and_the_repeated_part_counts_as_cached() -> None:
    model = ScriptedModel([Step(text="a"), Step(text="b")])
    first = Request((Message("user", "hello " * 50),))
    last = (await ask(model, first))[-1]
    assert isinstance(last, Finished)
    assert last.usage is not None
    assert last.usage.input > 50
    assert last.usage.cached == 0
    again = (
        await ask(model, Request((*first.messages, Message("assistant", "a"), Message("user", "more"))))
    )[-1]
    assert isinstance(again, Finished)
    assert again.usage is not None
    assert again.usage.cached == last.usage.input


async def test_a_step_in_python_and_one_that_fails() -> None:
    assert (
        text_of(await ask(ScriptedModel(play=lambda r: Step(text=r.messages[-1].text)), request("echo")))
        == "echo"
    )
    assert text_of(await ask(ScriptedModel(play=lambda _: {"text": "dict"}))) == "dict"

    def broken(_: Request) -> Step:
        raise KeyError("oops")

    assert isinstance(last := (await ask(ScriptedModel(play=broken)))[-1], Failed)
    assert "oops" in last.message


async def test_a_missing_step_fails_and_says_so() -> None:
    assert isinstance(last := (await ask(ScriptedModel()))[-1], Failed)
    assert "no step" in last.message


async def test_it_says_that_it_is_scripted_and_remembers_what_it_was_asked() -> None:
    model = ScriptedModel(Script(name="demo", steps=(STEP,), window=99))
    assert (model.name, model.card().window) == ("scripted/demo", 99)
    await ask(model, request("one"))
    assert [r.messages[0].text for r in model.requests] == ["one"]
    await model.aclose()


async def test_it_can_be_cancelled() -> None:
    task = asyncio.ensure_future(ask(ScriptedModel([Step(text="a", delay=60)])))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
