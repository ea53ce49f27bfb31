"""litellm against servers of our own: importing it takes seconds, so these tests share one process and few
replies."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from typing import Any

import pytest

from mycoder.models.litellm import LiteLLMModel
from mycoder.models.model import Failed, Finished, Timeouts
from mycoder.models.registry import open_model
from mycoder.models.script import Fault, Figures, ScriptedCall, Step
from mycoder.models.scripted_server import ScriptedServer
from mycoder.protocol.messages import Message, Request, ToolCall
from tests.models.serving import READ, RawServer, ask, calls_of, request, text_of, thought_of


def model_at(url: str, **options: Any) -> LiteLLMModel:
    return LiteLLMModel("litellm/test", model="openai/gpt-4o", base_url=url, key="k", **options)


async def test_a_reply_with_calls_thought_and_figures() -> None:
    step = Step(
        thought="hm",
        text="Hello wörld",
        calls=(ScriptedCall("read", {"path": "a"}), ScriptedCall("read", {"path": "b"})),
        chunk=5,
        usage=Figures(input=100, output=9, cached=64),
    )
    async with ScriptedServer([step]) as server:
        model = model_at(server.url)
        deltas = await ask(model, request(tools=(READ,)))
        assert (thought_of(deltas), text_of(deltas)) == ("hm", "Hello wörld")
        assert [call[1:] for call in calls_of(deltas)] == [("read", '{"path":"a"}'), ("read", '{"path":"b"}')]
        assert isinstance(last := deltas[-1], Finished)
        assert last.finish == "tool_calls"
        assert last.usage is not None
        assert (last.usage.input, last.usage.cached, last.usage.output) == (100, 64, 9)
        assert server.requests[0].json["tools"][0]["function"]["name"] == "read"
        assert server.requests[0].headers["authorization"] == "Bearer k"
        await model.aclose()


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(status=401, message="bad key"), "auth"),
        (Fault(status=429, retry_after=3), "rate_limit"),
        (Fault(status=503), "server"),
        (Fault(status=400, message="prompt is too long: 9 tokens"), "context_overflow"),
        (Fault(status=400, message="no such thing"), "bad_request"),
        (Fault(kind="empty"), "empty"),
    ],
)
async def test_failures(fault: Fault, kind: str) -> None:
    async with ScriptedServer([Step(text="hello", fail=fault)]) as server:
        model = model_at(server.url)
        assert isinstance(last := (await ask(model))[-1], Failed)
        assert last.kind == kind
        assert not re.search("litellm|Error|Exception", last.message)
        if kind == "rate_limit":
            assert last.retry_after == 3
        assert len(server.requests) == 1
        await model.aclose()


async def test_a_server_that_is_not_there() -> None:
    assert isinstance(last := (await ask(model_at("http://127.0.0.1:9/v1")))[-1], Failed)
    assert last.kind in ("connection", "server")


async def test_a_stream_that_hangs_and_one_that_is_left() -> None:
    async with ScriptedServer([Step(text="abcdef", chunk=1, fail=Fault(kind="hang", after=4))]) as server:
        model = model_at(server.url, timeouts=Timeouts(5, 5, 0.2))
        assert isinstance(last := (await ask(model))[-1], Failed)
        assert last.kind == "timeout"
        await asyncio.sleep(0.1)
        assert server.requests[0].is_cut
    async with ScriptedServer([Step(text="x" * 1000, chunk=1, pace=0.01)]) as server:
        stream = model_at(server.url).stream(request())
        await anext(stream)
        await stream.aclose()
        begin = time.monotonic()
        while not server.requests[0].is_cut and time.monotonic() - begin < 2:
            await asyncio.sleep(0.01)
        assert server.requests[0].is_cut


ANTHROPIC: list[dict[str, Any]] = [
    {"type": "message_start", "message": {"id": "m", "type": "message", "role": "assistant", "content": []}},
    {
        "type": "content_block_start",
        "index": 0,
        "content_block": {"type": "thinking", "thinking": "", "signature": ""},
    },
    {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "I must "}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "read."}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "SIGNED"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "Reading."}},
    {"type": "content_block_stop", "index": 1},
    {
        "type": "content_block_start",
        "index": 2,
        "content_block": {"type": "tool_use", "id": "toolu_1", "name": "read", "input": {}},
    },
    {
        "type": "content_block_delta",
        "index": 2,
        "delta": {"type": "input_json_delta", "partial_json": '{"path"'},
    },
    {
        "type": "content_block_delta",
        "index": 2,
        "delta": {"type": "input_json_delta", "partial_json": ': "a"}'},
    },
    {"type": "content_block_stop", "index": 2},
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 20}},
    {"type": "message_stop"},
]


async def test_anthropics_own_wire_with_prompt_caching_and_signed_thoughts() -> None:
    usage = {
        "input_tokens": 10,
        "cache_read_input_tokens": 90,
        "cache_creation_input_tokens": 0,
        "output_tokens": 1,
    }
    ANTHROPIC[0]["message"] |= {
        "usage": usage,
        "model": "claude-sonnet-4-5",
        "stop_reason": None,
        "stop_sequence": None,
    }

    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        body = b"".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n".encode() for e in ANTHROPIC)
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n" % len(body)
            + body
        )
        await writer.drain()

    async with RawServer(handler) as server:
        model = open_model(
            "anthropic/claude-sonnet-4-5",
            base_url=server.url.removesuffix("/v1"),
            env={"ANTHROPIC_API_KEY": "secret"},
            parameters={"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4096},
        )
        first = (Message("system", "Be good."), Message("user", "go"))
        deltas = await ask(model, Request(first, (READ,)))
        assert (thought_of(deltas), text_of(deltas)) == ("I must read.", "Reading.")
        assert calls_of(deltas) == [("toolu_1", "read", '{"path": "a"}')]
        last = deltas[-1]
        assert isinstance(last, Finished)
        assert last.usage is not None
        assert (last.usage.input, last.usage.cached, last.usage.output) == (100, 90, 20)
        call = ToolCall(*calls_of(deltas)[0], opaque=last.opaque["toolu_1"])
        later = (
            *first,
            Message("assistant", "Reading.", "I must read.", (call,)),
            Message("tool", "r", call_id="toolu_1"),
        )
        await ask(model, Request(later, (READ,)))
        bodies = [json.loads(raw.partition(b"\r\n\r\n")[2]) for raw in server.requests]
        assert b"x-api-key: secret" in server.requests[0].lower()
        assert bodies[0]["system"][0]["cache_control"] == {"type": "ephemeral"}
        assert "cache_control" in json.dumps(bodies[1]["messages"][-1])
        blocks = bodies[1]["messages"][1]["content"]
        assert {"type": "thinking", "thinking": "I must read.", "signature": "SIGNED"} in blocks
        await model.aclose()


WATCH = """
import os, socket, sys, time
seen = []
def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        seen.append((event, arguments[:2]))
    if event == "open" and str(arguments[0]).endswith(".env"):
        seen.append((event, arguments[0]))
sys.addaudithook(watch)
from mycoder.models.litellm import LiteLLMModel
begin = time.monotonic()
model = LiteLLMModel("x", model="openai/gpt-4o")
opened = time.monotonic() - begin
assert "litellm" not in sys.modules or opened < 0.5
model._loaded.result()
assert "litellm" in sys.modules
print(seen, opened < 0.5, os.environ.get("FROM_DOTENV"))
"""


def test_importing_it_asks_nobody_reads_no_dotenv_and_says_nothing(tmp_path: Any) -> None:
    (tmp_path / ".env").write_text("FROM_DOTENV=1\n")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run(
        [sys.executable, "-c", WATCH], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=100
    )
    assert done.stdout == "[] True None\n", done.stderr
    assert done.stderr == ""


def test_a_program_that_ends_does_not_wait_for_the_import() -> None:
    begin = time.monotonic()
    code = "from mycoder.models.litellm import LiteLLMModel; LiteLLMModel('x', model='openai/gpt-4o')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert done.stderr == ""
    assert time.monotonic() - begin < 20
