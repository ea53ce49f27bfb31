"""Servers that send exactly the bytes a test wants, and what reads a reply whole."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from mycoder.models.chat import ChatModel, Endpoint
from mycoder.models.dialect import Dialect
from mycoder.models.model import CallDelta, Delta, TextDelta, ThoughtDelta, Timeouts
from mycoder.models.url import parse_url
from mycoder.protocol.codec import encode
from mycoder.protocol.messages import Message, Request, ToolSpec

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter, bytes], Awaitable[None]]

READ = ToolSpec("read", "Reads a file.", {"type": "object", "properties": {"path": {"type": "string"}}})


class RawServer:
    """Reads one request after another from each connection and hands it to `handler`."""

    def __init__(self, handler: Handler, ssl: Any = None) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.closed = 0
        self._handler, self._ssl = handler, ssl
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> "RawServer":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._ssl)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            while not writer.is_closing():
                request = await read_request(reader)
                self.requests.append(request)
                await self._handler(reader, writer, request)
        except (OSError, EOFError, asyncio.CancelledError):
            pass
        finally:
            self.closed += 1
            writer.close()


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return head + await reader.readexactly(int(line.split(b":")[1]))
    return head


def answering(
    *pieces: bytes, kind: str = "text/event-stream", pause: float = 0.0, closes: bool = True
) -> Handler:
    """A handler that answers 200 with the pieces, the body ended by closing the connection."""

    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n".encode())
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            if pause:
                await asyncio.sleep(pause)
        if closes:
            writer.close()
        else:
            await asyncio.sleep(3600)

    return handler


def event(value: Any) -> bytes:
    return b"data: " + encode(value) + b"\n\n"


def chunk(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


DONE = b"data: [DONE]\n\n"


def request(*texts: str, tools: tuple[ToolSpec, ...] = ()) -> Request:
    return Request(tuple(Message("user", text) for text in texts or ("hi",)), tools)


def model_at(
    url: str,
    *,
    dialect: Dialect = Dialect(),
    timeouts: Timeouts = Timeouts(5, 5, 5),
    env: dict[str, str] | None = None,
    parameters: dict[str, Any] | None = None,
) -> ChatModel:
    return ChatModel(
        "test/m",
        Endpoint(parse_url(url), "m"),
        env=env or {},
        dialect=dialect,
        timeouts=timeouts,
        parameters=parameters,
    )


async def ask(model: Any, asked: Request | None = None) -> list[Delta]:
    return [delta async for delta in model.stream(asked or request())]


@asynccontextmanager
async def served(handler: Handler, **options: Any) -> AsyncIterator[tuple[RawServer, ChatModel]]:
    async with RawServer(handler) as server:
        model = model_at(server.url, **options)
        try:
            yield server, model
        finally:
            await model.aclose()


def text_of(deltas: Iterable[Delta]) -> str:
    return "".join(d.text for d in deltas if isinstance(d, TextDelta))


def thought_of(deltas: Iterable[Delta]) -> str:
    return "".join(d.text for d in deltas if isinstance(d, ThoughtDelta))


def calls_of(deltas: Iterable[Delta]) -> list[tuple[str, str, str]]:
    """(id, name, arguments) in order, put together as the loop does it."""
    parts: dict[int, list[str]] = {}
    for delta in deltas:
        if isinstance(delta, CallDelta):
            row = parts.setdefault(delta.index, ["", "", ""])
            row[0], row[1] = row[0] or delta.id, row[1] or delta.name
            row[2] += delta.arguments
    return [(row[0], row[1], row[2]) for _, row in sorted(parts.items())]
