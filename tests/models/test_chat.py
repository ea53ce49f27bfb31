import asyncio
import gc
import itertools
import time
from typing import Any

import msgspec
import pytest

import mycoder
from mycoder.models.chat import ChatModel, Endpoint
from mycoder.models.dialect import Dialect
from mycoder.models.model import Failed, Finished, Timeouts
from mycoder.models.script import Fault, Figures, Script, ScriptedCall, Step
from mycoder.models.scripted_server import ScriptedServer
from mycoder.models.url import parse_url
from mycoder.protocol.messages import Message, Request, ToolCall
from mycoder.protocol.usage import Usage
from tests.models.serving import (
    DONE,
    READ,
    answering,
    ask,
    calls_of,
    chunk,
    event,
    model_at,
    request,
    served,
    text_of,
    thought_of,
)

QUICK = Timeouts(connect=2, first_token=0.15, idle=0.15)


async def played(*steps: Step, timeouts: Timeouts = Timeouts(2, 2, 2), **options: Any) -> list[Any]:
    """The deltas of one reply by a scripted server."""
    async with ScriptedServer(steps) as server:
        model = model_at(server.url, timeouts=timeouts, **options)
        deltas = await ask(model)
        await model.aclose()
        return deltas


@pytest.mark.parametrize("size", [0, 1, 7])
async def test_a_reply_over_real_http(size: int) -> None:
    step = Step(
        thought="I must läsen.",
        text="Ich lese 日本 😀.",
        calls=(ScriptedCall("read", {"path": "ä"}), ScriptedCall("shell", {"command": 'echo "hi"\n'})),
        chunk=size,
        usage=Figures(input=100, output=20, cached=64, reasoning=5),
    )
    deltas = await played(step)
    assert thought_of(deltas) == step.thought
    assert text_of(deltas) == step.text
    assert [name for _, name, _ in calls_of(deltas)] == ["read", "shell"]
    assert msgspec.json.decode(calls_of(deltas)[1][2]) == {"command": 'echo "hi"\n'}
    assert deltas[-1] == Finished("tool_calls", Usage(100, 64, 20, 5))


async def test_dripping_byte_by_byte_changes_nothing() -> None:
    step = Step(text="héllo", calls=(ScriptedCall("read", {"path": "a"}),))
    drip = msgspec.structs.replace(step, fail=Fault(kind="drip", seconds=0, times=-1))
    assert await played(drip) == await played(step)


async def test_one_connection_serves_a_conversation_and_bodies_repeat() -> None:
    steps = [Step(calls=(ScriptedCall("shell", {"command": f"{i}"}),)) for i in range(5)] + [
        Step(text="done")
    ]
    async with ScriptedServer(steps) as server:
        model = model_at(server.url)
        messages = [Message("system", "s"), Message("user", "go")]
        for _ in range(6):
            deltas = await ask(model, Request(tuple(messages), (READ,)))
            calls = tuple(ToolCall(*call) for call in calls_of(deltas))
            messages.append(Message("assistant", text_of(deltas), calls=calls))
            messages += [Message("tool", "ok", call_id=call.id) for call in calls]
        bodies = [recorded.body for recorded in server.requests]
        assert len(bodies) == 6
        assert {recorded.connection for recorded in server.requests} == {1}
        for before, after in itertools.pairwise(bodies):
            assert after.startswith(before[:-2])
        await model.aclose()


async def test_what_is_sent() -> None:
    async with ScriptedServer([Step(text="a")]) as server:
        model = ChatModel(
            "x/m", Endpoint(parse_url(server.url), "m", (("Authorization", "Bearer k"),)), env={}
        )
        await ask(model)
        (recorded,) = server.requests
        assert recorded.path == "/v1/chat/completions"
        assert recorded.headers["authorization"] == "Bearer k"
        assert recorded.headers["content-type"] == "application/json"
        assert recorded.headers["user-agent"] == f"mycoder/{mycoder.__version__}"
        await model.aclose()


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(status=429, retry_after=7), "rate_limit"),
        (Fault(status=503), "server"),
        (Fault(status=500), "server"),
        (Fault(status=401), "auth"),
        (Fault(status=404), "bad_request"),
        (Fault(status=400, code="context_length_exceeded"), "context_overflow"),
        (Fault(kind="cut"), "cut"),
        (Fault(kind="cut", after=3), "cut"),
        (Fault(kind="half_line"), "cut"),
        (Fault(kind="garbage"), "cut"),
        (Fault(kind="error"), "server"),
        (Fault(kind="empty"), "empty"),
        (Fault(kind="reset"), "connection"),
        (Fault(kind="gone"), "connection"),
        (Fault(kind="hang", after=0), "timeout"),
        (Fault(kind="hang", after=2), "timeout"),
    ],
)
async def test_every_fault_is_a_failure_with_its_kind(fault: Fault, kind: str) -> None:
    step = Step(text="Hello world", chunk=4, fail=fault)
    deltas = await played(step, timeouts=QUICK)
    last = deltas[-1]
    assert isinstance(last, Failed)
    assert last.kind == kind
    assert last.message
    assert not any(isinstance(delta, Failed | Finished) for delta in deltas[:-1])
    if fault.kind == "status":
        assert last.status == fault.status
        assert last.retry_after == fault.retry_after


async def test_after_a_fault_the_model_works_again() -> None:
    async with ScriptedServer([Step(text="Hello", fail=Fault(kind="cut", times=2))]) as server:
        model = model_at(server.url)
        kinds = [type(deltas[-1]) for deltas in [await ask(model), await ask(model), await ask(model)]]
        assert kinds == [Failed, Failed, Finished]
        await model.aclose()


async def test_a_server_that_is_gone_stays_gone() -> None:
    async with ScriptedServer([Step(text="Hello", fail=Fault(kind="gone"))]) as server:
        model = model_at(server.url)
        for _ in range(2):
            assert isinstance(last := (await ask(model))[-1], Failed)
            assert last.kind == "connection"


@pytest.mark.parametrize("leave", ["aclose", "cancel", "forget"])
async def test_leaving_in_mid_stream_closes_the_socket(leave: str) -> None:
    async with ScriptedServer([Step(text="x" * 1000, chunk=1, pace=0.01)]) as server:
        model = model_at(server.url)

        async def read() -> None:
            async for _ in model.stream(request()):
                await asyncio.sleep(0)

        if leave == "cancel":
            task = asyncio.ensure_future(read())
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        else:
            stream = model.stream(request())
            await anext(stream)
            if leave == "aclose":
                await stream.aclose()
            del stream
            gc.collect()
        begin = time.monotonic()
        while not server.requests[0].is_cut and time.monotonic() - begin < 20:
            await asyncio.sleep(0.01)
        assert server.requests[0].is_cut


async def test_cancelling_while_the_server_thinks_closes_the_socket() -> None:
    async with ScriptedServer([Step(text="a", fail=Fault(kind="hang", after=0))]) as server:
        task = asyncio.ensure_future(ask(model_at(server.url)))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait([task])
        until = time.monotonic() + 20
        while not server.requests[0].is_cut and time.monotonic() < until:
            await asyncio.sleep(0.01)
        assert server.requests[0].is_cut


async def test_the_first_token_may_take_longer_than_a_pause() -> None:
    step = Step(text="late", delay=0.3)
    assert isinstance((await played(step, timeouts=Timeouts(1, 2, 0.05)))[-1], Finished)
    assert isinstance(last := (await played(step, timeouts=Timeouts(0.05, 0.1, 2)))[-1], Failed)
    assert last.kind == "timeout"


async def test_comments_do_not_count_as_the_first_token() -> None:
    async with served(answering(*[b": working\n\n"] * 50, pause=0.02), timeouts=Timeouts(0.1, 0.2, 5)) as (
        _,
        model,
    ):
        assert isinstance(last := (await ask(model))[-1], Failed)
        assert last.kind == "timeout"


async def test_a_server_that_keeps_the_stream_open_after_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mycoder.models.chat._AFTERMATH", 0.1)
    pieces = [event(chunk(content="a")), event(chunk("stop"))]
    async with served(answering(*pieces, closes=False)) as (_, model):
        assert (await ask(model))[-1] == Finished("stop")


async def test_nothing_is_waited_for_after_done() -> None:
    async with served(answering(event(chunk("stop", content="a")), DONE, closes=False)) as (_, model):
        assert (await asyncio.wait_for(ask(model), 20))[-1] == Finished("stop")


@pytest.mark.parametrize("kind", ["text/event-stream", "application/json", "text/plain; charset=utf-8"])
async def test_mislabelled_answers(kind: str) -> None:
    stream = [b"\n", event(chunk(content="a")), event(chunk("stop")), DONE]
    whole = b'\r\n {"choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]}'
    for pieces in (stream, [whole[:20], whole[20:]]):
        async with served(answering(*pieces, kind=kind)) as (_, model):
            assert text_of(deltas := await ask(model)) == "a"
            assert deltas[-1] == Finished("stop")


async def test_an_error_object_with_status_200() -> None:
    async with served(
        answering(b'{"error": {"message": "no key", "code": 401}}', kind="application/json")
    ) as (_, m):
        assert isinstance(last := (await ask(m))[-1], Failed)
        assert last.kind == "auth"


async def test_a_web_page_with_status_200() -> None:
    async with served(answering(b"<!doctype html><html></html>", kind="text/html")) as (_, model):
        assert isinstance(last := (await ask(model))[-1], Failed)
        assert last.kind == "bad_request"
        assert "base URL" in last.hint


async def test_half_a_json_reply() -> None:
    async with served(answering(b'{"choices": [{"mess', kind="application/json")) as (_, model):
        assert isinstance(last := (await ask(model))[-1], Failed)
        assert last.kind == "cut"


async def test_an_unended_last_line_is_read() -> None:
    async with served(answering(event(chunk(content="a")), b"data: [DONE]")) as (_, model):
        assert (await ask(model))[-1] == Finished("stop")


async def test_a_lost_connection_after_the_finish_costs_only_the_figures() -> None:
    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        body = event(chunk(content="a")) + event(chunk("stop"))
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(body), body))
        await writer.drain()
        writer.transport.abort()

    async with served(handler) as (_, model):
        assert (await ask(model))[-1] == Finished("stop")


async def test_a_call_id_in_use_is_replaced() -> None:
    async with ScriptedServer([Step(), Step(calls=(ScriptedCall("read", {}, "call_0"),))]) as server:
        asked = Request(
            (Message("assistant", calls=(ToolCall("call_0", "read"),)), Message("tool", call_id="call_0"))
        )
        model = model_at(server.url)
        ((call_id, _, _),) = calls_of(await ask(model, asked))
        assert call_id != "call_0"
        await model.aclose()


def refusing(word: str, message: str) -> Any:
    """A server that answers 400 as long as the body holds `word`."""
    good = b"".join([event(chunk(content="fine")), event(chunk("stop")), DONE])

    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
        refused = word.encode() in body
        answer = msgspec.json.encode({"error": {"message": message}}) if refused else good
        status = b"400 Bad Request" if refused else b"200 OK"
        writer.write(b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status, len(answer), answer))
        await writer.drain()

    return handler


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("stream_options", "Unrecognized request argument supplied: stream_options"),
        ("temperature", "Unsupported value: 'temperature' does not support 0.5 with this model."),
        ('"max_tokens"', "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
        ('"tools"', "this model does not support tools"),
    ],
)
async def test_a_refused_parameter_is_left_out_from_then_on(word: str, message: str) -> None:
    asked = Request((Message("user", "hi"),), (READ,), temperature=0.5, max_tokens=9)
    async with served(refusing(word, message)) as (server, model):
        assert text_of(await ask(model, asked)) == "fine"
        assert text_of(await ask(model, asked)) == "fine"
        assert len(server.requests) == 3
        assert (
            b"<tool_call>" in server.requests[-1] if word == '"tools"' else b'"tools"' in server.requests[-1]
        )


async def test_a_server_that_refuses_everything_is_not_asked_for_ever() -> None:
    async with served(refusing("hi", "temperature is not supported, nor stream_options, nor max_tokens")) as (
        server,
        model,
    ):
        asked = Request((Message("user", "hi"),), temperature=0.5, max_tokens=9)
        assert isinstance(last := (await ask(model, asked))[-1], Failed)
        assert last.kind == "bad_request"
        assert len(server.requests) <= 7


async def test_a_model_without_tool_calls_of_its_own() -> None:
    text = '<think>hm</think>I read.\n<tool_call>{"name": "read", "arguments": {"path": "a"}}</tool_call>'
    async with ScriptedServer([Step(text=text, chunk=5), Step(text="done")]) as server:
        model = model_at(server.url, dialect=Dialect(tools="text", think_tags=True))
        deltas = await ask(model, Request((Message("system", "s"), Message("user", "go")), (READ,)))
        assert (thought_of(deltas), text_of(deltas)) == ("hm", "I read.\n")
        ((call_id, name, arguments),) = calls_of(deltas)
        assert (name, arguments) == ("read", '{"path":"a"}')
        call = ToolCall(call_id, name, arguments)
        messages = (
            Message("system", "s"),
            Message("user", "go"),
            Message("assistant", "I read.", calls=(call,)),
        )
        await ask(model, Request((*messages, Message("tool", "content", call_id=call_id)), (READ,)))
        first, second = (recorded.json for recorded in server.requests)
        assert "tools" not in first
        assert [row["role"] for row in second["messages"]] == ["system", "user", "assistant", "user"]
        assert server.requests[1].body.startswith(server.requests[0].body[:-2])
        await model.aclose()


async def test_signatures_of_calls_go_back() -> None:
    call = {"index": 0, "id": "c1", "function": {"name": "read", "arguments": "{}"}}
    signed = {**call, "extra_content": {"google": {"thought_signature": "sig"}}}
    pieces = [event(chunk(tool_calls=[signed])), event(chunk("tool_calls")), DONE]
    async with served(answering(*pieces), dialect=Dialect(signatures=True)) as (server, model):
        last = (await ask(model))[-1]
        assert isinstance(last, Finished)
        call = ToolCall("c1", "read", opaque=last.opaque["c1"])
        messages = (Message("assistant", calls=(call,)), Message("tool", call_id="c1"))
        await ask(model, Request(messages))
        assert b'"thought_signature":"sig"' in server.requests[1]


async def test_many_streams_at_once() -> None:
    async with ScriptedServer(Script(otherwise=Step(text="abc", chunk=1, pace=0.01))) as server:
        model = model_at(server.url)
        replies = await asyncio.gather(*(ask(model, request(str(i))) for i in range(20)))
        assert {text_of(deltas) for deltas in replies} == {"abc"}
        assert len(server.requests) == 20
        await model.aclose()


async def test_a_card_comes_from_whoever_opened_the_model() -> None:
    assert model_at("http://127.0.0.1:1").card().window == 0
    assert model_at("http://127.0.0.1:1").name == "test/m"
