import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoder.models.http import HttpClient
from mycoder.models.model import Finished
from mycoder.models.script import Fault, Script, ScriptedCall, Step
from mycoder.models.scripted_server import ScriptedServer
from mycoder.models.scripted_wire import shared_prefix
from mycoder.models.url import parse_url
from tests.models.serving import ask, model_at, request, text_of


async def raw(url: str, data: bytes) -> bytes:
    """Sends bytes and reads until the server closes or falls silent."""
    place = parse_url(url)
    reader, writer = await asyncio.open_connection(place.host, place.port)
    writer.write(data)
    parts = []
    try:
        while part := await asyncio.wait_for(reader.read(65536), 0.2):
            parts.append(part)
    except (TimeoutError, OSError):
        pass
    writer.close()
    return b"".join(parts)


def post(body: bytes, path: str = "/v1/chat/completions", extra: bytes = b"") -> bytes:
    return b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n%b\r\n%b" % (
        path.encode(),
        len(body),
        extra,
        body,
    )


BODY = b'{"model": "m", "messages": [{"role": "user", "content": "hi"}]}'


async def test_every_request_is_recorded_with_body_and_time() -> None:
    async with ScriptedServer([Step(text="a"), Step(text="b")]) as server:
        model = model_at(server.url)
        begin = time.time()
        await ask(model)
        await ask(model, request("more"))
        first, second = server.requests
        assert begin <= first.at <= second.at <= time.time()
        assert first.json["messages"] == [{"role": "user", "content": "hi"}]
        assert second.json["messages"][0]["content"] == "more"
        assert (first.status, first.connection, second.connection) == (200, 1, 1)
        await model.aclose()


async def test_a_reply_that_is_not_streamed() -> None:
    step = Step(text="hello", thought="hm", calls=(ScriptedCall("read", {"path": "a"}),))
    async with ScriptedServer([step]) as server:
        answer = await raw(server.url, post(BODY))
        value = json.loads(answer.partition(b"\r\n\r\n")[2])
        message = value["choices"][0]["message"]
        assert (message["content"], message["reasoning_content"]) == ("hello", "hm")
        assert message["tool_calls"][0]["function"] == {"name": "read", "arguments": '{"path":"a"}'}
        assert value["usage"]["prompt_tokens"] > 0


async def test_figures_only_for_who_asks() -> None:
    streamed = BODY.replace(b'{"model"', b'{"stream": true, "model"')
    async with ScriptedServer([Step(text="hello")]) as server:
        assert b"usage" not in await raw(server.url, post(streamed))
        asked = streamed.replace(b"true,", b'true, "stream_options": {"include_usage": true},')
        assert b"usage" in await raw(server.url, post(asked))


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (post(b"{"), b"400"),
        (post(b"[]"), b"400"),
        (post(b'{"messages": [{}]}'), b"400"),
        (post(b'{"messages": [7]}'), b"400"),
        (post(b"{}", "/v1/embeddings"), b"404"),
        (b"GET /v1/models HTTP/1.1\r\n\r\n", b"200"),
        (b"GET /other HTTP/1.1\r\n\r\n", b"404"),
        (
            b"POST /v1/chat/completions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
            b'5\r\n{"mes\r\n3\r\n": \r\n0\r\n\r\n',
            b"400",
        ),
        (b"nonsense\r\n\r\n", b""),
        (b"\x16\x03\x01" * 10, b""),
        (b"GET " + b"x" * 100_000, b""),
    ],
)
async def test_wrong_requests_are_answered_or_dropped(data: bytes, status: bytes) -> None:
    async with ScriptedServer([Step(text="a")]) as server:
        answer = await raw(server.url, data)
        assert answer[9:12] == status
        model = model_at(server.url)
        assert text_of(await ask(model)) == "a"
        await model.aclose()


async def test_a_client_that_waits_for_100_continue() -> None:
    async with ScriptedServer([Step(text="a")]) as server:
        assert (await raw(server.url, post(BODY, extra=b"Expect: 100-continue\r\n"))).startswith(
            b"HTTP/1.1 100"
        )


async def test_a_script_that_raises_is_answered() -> None:
    def broken(_: object) -> Step:
        raise KeyError("oops")

    async with ScriptedServer(Script(), broken) as server:
        assert b"oops" in await raw(server.url, post(BODY))


async def test_the_repeated_part_counts_as_cached() -> None:
    async with ScriptedServer(Script(otherwise=Step(text="a"))) as server:
        model = model_at(server.url)
        text = "some words " * 200
        usages = []
        for texts in ([text], [text, "more"]):
            (*_, last) = await ask(model, request(*texts))
            assert isinstance(last, Finished)
            assert last.usage is not None
            usages.append(last.usage)
        assert usages[0].cached == 0
        assert 0.8 < usages[1].cached / usages[1].input <= 1
        await model.aclose()


async def test_stopping_ends_open_streams_at_once() -> None:
    async with ScriptedServer([Step(text="x" * 100, chunk=1, pace=1.0)]) as server:
        task = asyncio.ensure_future(ask(model_at(server.url)))
        await asyncio.sleep(0.1)
        begin = time.monotonic()
    assert time.monotonic() - begin < 20, "the whole text takes 100 s"
    await asyncio.wait_for(task, 20)


async def test_hundreds_of_steps_stay_quick() -> None:
    """Benchmarks stand on this server: a step costs the two of them together a few milliseconds at most."""
    script = Script(steps=(Step(calls=(ScriptedCall("shell", {"command": "echo step-{n}"}),), repeat=200),))
    async with ScriptedServer(script, keeps_bodies=False) as server:
        client = HttpClient(parse_url(server.url), {})
        rows = [b'{"role": "user", "content": "go"}']
        begin = time.process_time()
        for number in range(200):
            response = await client.exchange(
                "POST", "chat/completions", (), b'{"stream":true,"messages":[%b]}' % b",".join(rows)
            )
            body = await response.read_all(1 << 20)
            response.close(reusable=True)
            assert f"echo step-{number + 1}".encode() in body
            rows += [
                b'{"role": "assistant", "content": "x"}',
                b'{"role": "tool", "tool_call_id": "c", "content": "%b"}' % (b"y" * 300),
            ]
        assert time.process_time() - begin < 4
        assert server.requests[0].body == b""
        await client.aclose()


@given(st.binary(max_size=30), st.binary(max_size=30), st.binary(max_size=30))
def test_shared_prefix(common: bytes, one: bytes, other: bytes) -> None:
    left, right = common + one, common + other
    different = (place for place, (a, b) in enumerate(zip(left, right, strict=False)) if a != b)
    assert shared_prefix(left, right) == next(different, min(len(left), len(right)))


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, Path, subprocess.Popen[str]]]:
    """The server as a process of its own: URL, record file and process."""
    script = tmp_path / "s.yaml"
    script.write_text("steps: [{text: hello, fail: {kind: status, status: 503}}]")
    record = tmp_path / "record.jsonl"
    command = [
        sys.executable,
        "-m",
        "mycoder.models.scripted_server",
        str(script),
        "--port",
        "0",
        "--record",
        str(record),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield process.stdout.readline().strip(), record, process
    if process.poll() is None:
        process.kill()
    process.communicate()


async def test_as_a_program(served: tuple[str, Path, subprocess.Popen[str]]) -> None:
    url, record, process = served
    assert url.startswith("http://127.0.0.1:")
    model = model_at(url)
    assert text_of(await ask(model)) == ""
    assert text_of(await ask(model)) == "hello"
    await model.aclose()
    rows = [json.loads(line) for line in record.read_text().splitlines()]
    assert [row["body"]["messages"][0]["content"] for row in rows] == ["hi", "hi"]
    assert rows[0]["at"] <= rows[1]["at"] <= time.time()
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0
    assert process.stderr is not None
    assert process.stderr.read() == ""


def test_a_wrong_script_ends_the_program_with_2(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mycoder.models.scripted_server", str(tmp_path / "none.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert "none.yaml" in done.stderr
    assert "Traceback" not in done.stderr


async def test_faults_reach_the_wire_as_described() -> None:
    async def bytes_of(fault: Fault) -> bytes:
        async with ScriptedServer([Step(text="hello", fail=fault)]) as server:
            return await raw(server.url, post(BODY.replace(b'{"model"', b'{"stream": true, "model"')))

    assert b"Retry-After: Fri, 01 Jan 2038" in await bytes_of(
        Fault(status=429, retry_after="Fri, 01 Jan 2038 00:00:00 GMT")
    )
    assert b"context_length_exceeded" in await bytes_of(Fault(status=400, code="context_length_exceeded"))
    assert not (await bytes_of(Fault(kind="cut"))).endswith(b"0\r\n\r\n")
    assert (await bytes_of(Fault(kind="half_line"))).endswith(b"\r\n0\r\n\r\n")
    assert b"[DONE]" not in await bytes_of(Fault(kind="half_line"))
    assert b'"choices":[]' in await bytes_of(Fault(kind="empty"))
    assert await bytes_of(Fault(kind="reset")) == b""
    assert (await bytes_of(Fault(kind="hang", after=0))).endswith(b"\r\n\r\n")
