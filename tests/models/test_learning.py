"""Learning a model's window from the server that serves it."""

import asyncio
import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoder.models.learning import served_window, window_in
from mycoder.models.registry import open_model
from mycoder.models.script import Script, Step
from mycoder.models.scripted_server import ScriptedServer
from mycoder.models.url import parse_url
from mycoder.protocol.messages import Message, Request
from tests.models.serving import ask


@contextlib.asynccontextmanager
async def serving(answers):
    """A server that gives `answers` by path and 404 for the rest."""

    async def serve(reader, writer):
        with contextlib.suppress(OSError, EOFError):
            head = await reader.readuntil(b"\r\n\r\n")
            answer = answers.get(head.split()[1].decode())
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            status = b"404 Not Found" if answer is None else b"200 OK"
            writer.write(
                b"HTTP/1.1 %b\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b"
                % (status, len(body), body)
            )
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


@pytest.mark.parametrize(
    ("answers", "window"),
    [
        ({"/v1/models": {"data": [{"id": "m", "max_model_len": 4096}, {"id": "n", "max_model_len": 1}]}}, 4096),
        ({"/v1/models": {"data": [{"id": "file.gguf", "meta": {"n_ctx": 8192}}]}}, 8192),
        ({"/v1/models": {"data": [{"id": "m"}]}, "/api/v0/models": {"data": [{"id": "m", "loaded_context_length": 6000}]}}, 6000),
        ({"/api/ps": {"models": [{"name": "m", "context_length": 32768}, {"name": "n", "context_length": 2}]}}, 32768),
        ({"/props": {"default_generation_settings": {"n_ctx": 2048}}}, 2048),
        ({"/v1/models": b"<html>", "/api/ps": b"[1", "/props": []}, 0),
        ({"/v1/models": {"data": [{"id": "a", "max_model_len": 7}, {"id": "b", "max_model_len": 8}]}}, 0),
        ({}, 0),
    ],
)  # fmt: skip
async def test_each_kind_of_server_is_understood(answers, window):
    async with serving(answers) as url:
        assert await served_window(parse_url(url), "m", (), {}) == window


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["data", "models", "id", "name", "meta", "n_ctx", "max_model_len", "context_length"]), inner, max_size=4
    ),
    max_leaves=12,
)  # fmt: skip


@given(JSON)
def test_no_answer_breaks_it(answer):
    assert 0 <= window_in(answer, "m") < 1 << 40


async def test_the_card_holds_what_the_server_said_and_the_settings_say_more():
    async with ScriptedServer(Script(window=16_384, otherwise=Step(text="Yes."))) as server:
        env = {"OPENAI_BASE_URL": server.url}
        model, set_by_hand = (
            open_model("openai/m", env=env),
            open_model("openai/m", env=env, facts={"window": 9_000}),
        )
        assert model.card().window == 0
        assert server.looks == []  # nothing is asked before the first request
        for each in (model, set_by_hand):
            await ask(each, Request((Message("user", "hi"),)))
        while not model.card().window:
            await asyncio.sleep(0.01)
        assert model.card().window == 16_384
        assert set_by_hand.card().window == 9_000
        assert len(server.looks) == 1
        await model.aclose()
        await set_by_hand.aclose()


async def test_a_model_that_is_closed_while_it_learns_ends_cleanly():
    async with ScriptedServer(Script(otherwise=Step(text="Yes."))) as server:
        model = open_model("openai/m", env={"OPENAI_BASE_URL": server.url})
        await ask(model, Request((Message("user", "hi"),)))
        await model.aclose()
        assert model.card().window in (0, 200_000)
