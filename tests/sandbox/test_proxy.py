"""The proxy against servers on loopback, with a resolver that says what a test wants."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from mycoder.sandbox import proxy as proxies
from mycoder.sandbox.hosts import HostRules, is_public
from mycoder.sandbox.proxy import SOCKET, Proxy


class Web:
    """A server that answers each request with its head, or with a redirect, and counts."""

    def __init__(self) -> None:
        self.heads: list[str] = []
        self.redirect = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.heads.append(head)
            if self.redirect:
                writer.write(f"HTTP/1.1 302 Found\r\nLocation: {self.redirect}\r\n\r\n".encode())
            else:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
            await writer.drain()
        writer.close()


@pytest_asyncio.fixture
async def web() -> AsyncIterator[tuple[Web, int]]:
    web = Web()
    server = await asyncio.start_server(web.serve, "127.0.0.1", 0)
    yield web, server.sockets[0].getsockname()[1]
    server.close()


Opener = Callable[..., "asyncio.Future[Proxy]"]


@pytest_asyncio.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opener]:
    made: list[Proxy] = []

    async def open_(
        *rules: str,
        addresses: tuple[str, ...] = ("127.0.0.1",),
        is_open: Callable[[str], bool] = lambda address: address.startswith("127."),
    ) -> Proxy:
        async def resolve(host: str, port: int) -> list[str]:
            resolved.append(host)
            return list(addresses)

        resolved: list[str] = []
        proxy = Proxy(HostRules.of(rules), tmp_path / f"door{len(made)}", resolve=resolve, is_open=is_open)
        proxy.resolved = resolved  # type: ignore[attr-defined]
        made.append(proxy)
        await proxy.open()
        return proxy

    yield open_  # type: ignore[misc]
    for proxy in made:
        proxy.close()


async def ask(proxy: Proxy, request: str | bytes) -> str:
    """Everything that comes back for one request."""
    reader, writer = await asyncio.open_unix_connection(str(proxy.folder / SOCKET))
    writer.write(request if isinstance(request, bytes) else request.encode())
    writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return answer.decode()


def get(url: str) -> str:
    return (
        f"GET {url} HTTP/1.1\r\nHost: whatever.example\r\nProxy-Connection: keep-alive\r\nX-Mine: 1\r\n\r\n"
    )


async def test_a_plain_request_reaches_an_allowed_host(opened: Opener, web: tuple[Web, int]) -> None:
    site, port = web
    proxy = await opened(f"a.example:{port}")
    assert (await ask(proxy, get(f"http://a.example:{port}/x?y=1"))).endswith("hello")
    (head,) = site.heads
    assert head.startswith(f"GET /x?y=1 HTTP/1.1\r\nHost: a.example:{port}\r\n")
    assert "X-Mine: 1" in head
    assert "whatever" not in head
    assert "Proxy" not in head
    assert proxy.close() == ""


async def test_a_tunnel_reaches_an_allowed_host(opened: Opener, web: tuple[Web, int]) -> None:
    site, port = web
    proxy = await opened(f".example:{port}")
    answer = await ask(proxy, f"CONNECT b.example:{port} HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n")
    assert answer.startswith("HTTP/1.1 200 Connected\r\n\r\nHTTP/1.1 200 OK")
    assert len(site.heads) == 1


@pytest.mark.parametrize(
    "host",
    [
        "evil.io",
        "a.example.evil.io",
        "xa.example",
        "a.example.",
        "a.example@evil.io",
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "evil\0a.example",
        "аexample",
    ],
)
async def test_other_hosts_are_refused_and_never_resolved(
    opened: Opener, web: tuple[Web, int], host: str
) -> None:
    site, port = web
    proxy = await opened(f"a.example:{port}")
    for request in (get(f"http://{host}:{port}/"), f"CONNECT {host}:{port} HTTP/1.1\r\n\r\n"):
        answer = await ask(proxy, request)
        assert answer.startswith(("HTTP/1.1 403", "HTTP/1.1 400")), answer
        assert "X-Mycoder-Refused:" in answer
    assert site.heads == []
    assert proxy.resolved == []  # type: ignore[attr-defined]


async def test_a_redirect_is_a_new_request_and_held_against_the_rules(
    opened: Opener, web: tuple[Web, int]
) -> None:
    site, port = web
    site.redirect = f"http://metadata.example:{port}/"
    proxy = await opened(f"a.example:{port}")
    answer = await ask(proxy, get(f"http://a.example:{port}/"))
    place = answer.partition("Location: ")[2].split()[0]
    assert (await ask(proxy, get(place))).startswith("HTTP/1.1 403")
    assert len(site.heads) == 1
    assert "metadata.example" in proxy.close()


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("169.254.169.254",),
        ("1.1.1.1", "10.0.0.1"),
        ("::ffff:127.0.0.1",),
        ("fd00:ec2::254",),
        (),
    ],
)
async def test_a_name_that_leads_to_a_private_address_is_refused(
    opened: Opener, web: tuple[Web, int], addresses: tuple[str, ...]
) -> None:
    site, port = web
    proxy = await opened(f"a.example:{port}", addresses=addresses, is_open=is_public)
    assert (await ask(proxy, get(f"http://a.example:{port}/"))).startswith("HTTP/1.1 403")
    assert "not a public one" in proxy.close()
    assert site.heads == []


async def test_a_name_is_resolved_once_and_that_address_connected(
    opened: Opener, web: tuple[Web, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the second answer for the name would be another one, so there must be no second."""
    _, port = web
    proxy = await opened(f"rebinds.example:{port}")
    places: list[object] = []
    connect = asyncio.open_connection

    async def watched(host: str, port: int) -> object:
        places.append(host)
        return await connect(host, port)

    monkeypatch.setattr(proxies.asyncio, "open_connection", watched)
    await ask(proxy, f"CONNECT rebinds.example:{port} HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n")
    assert proxy.resolved == ["rebinds.example"]  # type: ignore[attr-defined]
    assert places == ["127.0.0.1"]


@pytest.mark.parametrize(
    "request_",
    [
        b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET http://a.example/ HTTP/2.0\r\n\r\n",
        b"GET http://a.example/ HTTP/1.1\r\nA: b\nHost: evil.io\r\n\r\n",
        b"GET http://a.example/ HTTP/1.1\r\n folded\r\n\r\n",
        b"GET http://a.example/\0 HTTP/1.1\r\n\r\n",
        b"GET  http://a.example/ HTTP/1.1\r\n\r\n",
        b"GET ftp://a.example/ HTTP/1.1\r\n\r\n",
        b"CONNECT a.example HTTP/1.1\r\n\r\n",
        b"CONNECT a.example:x HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\0\r\n\r\n",
    ],
)
async def test_what_is_no_plain_request_is_refused(opened: Opener, request_: bytes) -> None:
    proxy = await opened("a.example")
    assert (await ask(proxy, request_)).startswith("HTTP/1.1 400")


async def test_a_head_without_end_is_dropped(opened: Opener) -> None:
    proxy = await opened("a.example")
    with contextlib.suppress(ConnectionError):
        assert await ask(proxy, b"GET http://a.example/ HTTP/1.1\r\nA: " + b"x" * 40_000) == ""


async def test_a_host_that_does_not_answer_is_said(opened: Opener, web: tuple[Web, int]) -> None:
    proxy = await opened("a.example:1")
    assert (await ask(proxy, get("http://a.example:1/"))).startswith("HTTP/1.1 502")


async def test_closing_ends_connections_and_takes_the_socket_away(
    opened: Opener, web: tuple[Web, int]
) -> None:
    _, port = web
    proxy = await opened(f"a.example:{port}")
    reader, writer = await asyncio.open_unix_connection(str(proxy.folder / SOCKET))
    writer.write(f"CONNECT a.example:{port} HTTP/1.1\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    proxy.close()
    assert await asyncio.wait_for(reader.read(), 5) == b""
    assert not proxy.folder.exists()
    writer.close()


async def test_a_deep_folder_is_no_obstacle(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    proxy = Proxy(HostRules.of(["a.example"]), deep / "door")
    await proxy.open()
    assert (deep / "door" / SOCKET).exists()
    assert (deep / "door").stat().st_mode & 0o777 == 0o700
    proxy.close()
