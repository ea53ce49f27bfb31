import asyncio
import socket
import time

import pytest

from mycoder.models import probe
from mycoder.models.probe import LocalServer, probe_local
from mycoder.models.script import Script
from mycoder.models.scripted_server import ScriptedServer
from tests.models.serving import Handler, RawServer


def listing(body: bytes, status: int = 200) -> Handler:
    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body))
        await writer.drain()

    return handler


async def hang(_: asyncio.StreamReader, __: asyncio.StreamWriter, ___: bytes) -> None:
    await asyncio.sleep(3600)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


async def test_servers_are_found_with_their_models_and_windows() -> None:
    rows = b'{"id": "qwen3:8b"}, {"id": "m", "max_model_len": 4096}, {"id": "n", "meta": {"n_ctx": 512}}'
    body = b'{"data": [{"id": 7}, null, %b]}' % rows
    async with RawServer(listing(body)) as one, ScriptedServer(Script(name="tiny", window=900)) as two:
        found = await probe_local(places=[("ollama", one.url), ("vllm", two.url)], seconds=2)
    assert found == [
        LocalServer("ollama", one.url, ("qwen3:8b", "m", "n"), {"m": 4096, "n": 512}),
        LocalServer("vllm", two.url, ("tiny",), {"tiny": 900}),
    ]
    assert found[0].names == ("ollama/qwen3:8b", "ollama/m", "ollama/n")


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"[]", 200), (b"nonsense", 200), (b"\xff", 200), (b'{"data": 1}', 200), (b"", 404), (b"", 500)],
)
async def test_what_is_no_model_server_is_not_listed(body: bytes, status: int) -> None:
    async with RawServer(listing(body, status)) as server:
        assert await probe_local(places=[("vllm", server.url)], seconds=2) == []


async def test_a_server_that_wants_a_key_is_there() -> None:
    async with RawServer(listing(b"", 401)) as server:
        assert await probe_local(places=[("vllm", server.url)], seconds=2) == [
            LocalServer("vllm", server.url)
        ]


async def test_one_that_hangs_does_not_hide_the_others_and_the_time_is_kept() -> None:
    async with RawServer(hang) as slow, ScriptedServer(Script(name="tiny")) as quick:
        begin = time.monotonic()
        places = [
            ("ollama", slow.url),
            ("vllm", quick.url),
            ("llamacpp", f"http://127.0.0.1:{free_port()}/v1"),
        ]
        found = await probe_local(places=places, seconds=0.3)
        assert time.monotonic() - begin < 0.6
        assert [server.provider for server in found] == ["vllm"]


async def test_nothing_but_this_machine_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object) -> None:
        raise AssertionError("asked")

    monkeypatch.setattr(probe.HttpClient, "exchange", never)
    assert await probe_local({}, places=[("ollama", "http://192.0.2.1/v1"), ("vllm", "not a url")]) == []


async def test_the_default_places_follow_the_variables() -> None:
    async with ScriptedServer(Script(name="tiny")) as server:
        place = server.url.removesuffix("/v1")
        found = await probe_local({"OLLAMA_HOST": place}, seconds=2)
        assert ("ollama", ("tiny",)) in [(one.provider, one.models) for one in found]
