"""The only way to the network that a command can get: a proxy in our process, reached through a socket file.

It takes CONNECT and plain HTTP requests (RFC 9110, 9112). Each one names its host, and each is held against
the rules, so a redirect is a new request that has to be allowed too. A name is resolved once, here; when any
of its addresses is not public nothing is connected, and what is connected to is that address and no other
look-up of the name (DNS rebinding). What flows through a CONNECT is not looked at: a host that serves many
names can be asked for another one of them.
"""

import asyncio
import contextlib
import os
import re
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

from mycoder.sandbox.hosts import BadHost, HostRules, host_name, is_public

LONGEST_HEAD = 16 << 10
"""Bytes of a request's head."""

HEAD_SECONDS, CONNECT_SECONDS, IDLE_SECONDS = 30.0, 15.0, 300.0

MOST_AT_ONCE = 128

SOCKET = "proxy"
"""Name of the socket in its folder."""

_MOST_TOLD = 8
_PLACE = re.compile(r"([^:/?#@\s]+)(?::([0-9]{1,5}))?")
_TARGET = re.compile(r"http://([^/?#]*)((?:/[^\x00-\x20\x7f]*)?(?:\?[^\x00-\x20\x7f]*)?)", re.IGNORECASE)
_HEADER = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\x00-\x08\x0a-\x1f\x7f]*")
_DROPPED = (
    b"connection",
    b"proxy-connection",
    b"proxy-authorization",
    b"keep-alive",
    b"upgrade",
    b"host",
    b"te",
)

Resolve = Callable[[str, int], Awaitable[list[str]]]
Pumped = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Refused(Exception):
    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


async def resolve(host: str, port: int) -> list[str]:
    """All addresses of `host`. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(item[4][0]) for item in found))


class Proxy:
    """One command's way out. `folder` is a private folder in which its socket is made."""

    def __init__(
        self,
        rules: HostRules,
        folder: Path,
        *,
        resolve: Resolve = resolve,
        is_open: Callable[[str], bool] = is_public,
    ) -> None:
        self.folder = folder
        self._rules, self._resolve, self._is_open = rules, resolve, is_open
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._refused: dict[str, None] = {}

    async def open(self) -> None:
        """Raises OSError."""
        self.folder.mkdir(mode=0o700)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | getattr(socket, "SOCK_CLOEXEC", 0))
        # the name of a socket is at most 107 bytes long, and folders may be deep
        held = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            listening.bind(f"/proc/self/fd/{held}/{SOCKET}")
        except OSError:
            listening.close()
            raise
        finally:
            os.close(held)
        self._server = await asyncio.start_unix_server(self._meet, sock=listening, limit=LONGEST_HEAD)

    def close(self) -> str:
        """Ends every connection; a sentence about what was refused, or empty. May be called twice."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in self._tasks:
            task.cancel()
        with contextlib.suppress(OSError):
            os.unlink(self.folder / SOCKET)
            os.rmdir(self.folder)
        told, self._refused = list(self._refused), {}
        return f"The network was refused: {'; '.join(told)}." if told else ""

    def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if len(self._tasks) > MOST_AT_ONCE:
                raise _Refused("503 Busy", f"more than {MOST_AT_ONCE} connections at once")
            await self._answer(reader, writer)
        except _Refused as refused:
            await _say(writer, refused)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # one of the two sides has gone, or says nothing that could be answered
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(HEAD_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        method, host, port, request = _parsed(head)
        try:
            there = await self._connect(host, port)
        except _Refused as refused:
            if len(self._refused) < _MOST_TOLD:
                self._refused[f"{host}:{port} ({refused.reason})"] = None
            raise
        try:
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            else:
                there[1].write(request)
            await _pump_both((reader, writer), there)
        finally:
            there[1].close()

    async def _connect(self, host: str, port: int) -> Pumped:
        try:
            name = host_name(host)
        except BadHost as bad:
            raise _Refused("403 Forbidden", str(bad)) from None
        if not self._rules.allows(name, port):
            raise _Refused("403 Forbidden", "it is not in sandbox_network.allow")
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                addresses = await self._resolve(name, port)
        except (OSError, TimeoutError, UnicodeError):
            raise _Refused("502 Bad Gateway", "its name cannot be resolved") from None
        closed = [address for address in addresses if not self._is_open(address)]
        if closed or not addresses:
            raise _Refused("403 Forbidden", f"its address {closed[0] if closed else ''} is not a public one")
        for address in addresses:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(CONNECT_SECONDS):
                    return await asyncio.open_connection(address, port)
        raise _Refused("502 Bad Gateway", "it does not answer")


def _parsed(head: bytes) -> tuple[str, str, int, bytes]:
    """(method, host, port, the head to send on). Raises _Refused for whatever is not plain HTTP/1."""
    line, *headers = head[:-4].split(b"\r\n")
    words = line.decode("latin-1").split(" ")
    if len(words) != 3 or words[2] not in ("HTTP/1.0", "HTTP/1.1") or not words[0].isalpha():
        raise _Refused("400 Bad Request", "this is no HTTP request")
    if not all(_HEADER.fullmatch(header) for header in headers):
        raise _Refused("400 Bad Request", "a header cannot be read")
    method, target = words[0], words[1]
    if method == "CONNECT":
        place, path = _PLACE.fullmatch(target), ""
        if place is None or not place[2]:
            raise _Refused("400 Bad Request", "CONNECT needs host:port")
    else:
        found = _TARGET.fullmatch(target)
        place, path = (_PLACE.fullmatch(found[1]), found[2]) if found else (None, "")
        if place is None:
            raise _Refused("400 Bad Request", "only http:// addresses and CONNECT are taken")
    path = path if path.startswith("/") else f"/{path}"
    kept = [header for header in headers if header.partition(b":")[0].lower() not in _DROPPED]
    host = f"{place[1]}:{place[2]}" if place[2] else place[1]
    lines = (f"{method} {path} HTTP/1.1".encode("latin-1"), f"Host: {host}".encode("latin-1"), *kept)
    return method, place[1], int(place[2] or 80), b"\r\n".join((*lines, b"Connection: close", b"", b""))


async def _say(writer: asyncio.StreamWriter, refused: _Refused) -> None:
    body = f"mycoder's sandbox refused this: {refused.reason}\n".encode()
    reason = refused.reason.encode("ascii", "replace").decode()
    head = (
        f"HTTP/1.1 {refused.status}\r\nX-Mycoder-Refused: {reason}\r\nContent-Type: text/plain\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    with contextlib.suppress(OSError):
        writer.write(head.encode() + body)
        await writer.drain()


async def _pump_both(one: Pumped, other: Pumped) -> None:
    """Until both directions have ended, or nothing has moved for IDLE_SECONDS."""
    await asyncio.gather(_pump(one[0], other[1]), _pump(other[0], one[1]))


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    async with asyncio.timeout(IDLE_SECONDS) as idle:
        while data := await source.read(1 << 16):
            target.write(data)
            await target.drain()
            idle.reschedule(asyncio.get_running_loop().time() + IDLE_SECONDS)
    with contextlib.suppress(OSError):
        if target.can_write_eof():
            target.write_eof()
