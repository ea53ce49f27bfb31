"""Proxies, each a real one on loopback. Loopback itself never goes through a proxy, so the servers behind
them are reached by a name that exists only for the proxy."""

import asyncio
import base64
import ssl
from typing import Any

import pytest

from mycoder.models.failures import WireError
from mycoder.models.http import HttpClient
from mycoder.models.proxy import bypasses, proxy_for
from mycoder.models.url import Url, parse_url
from tests.models.conftest import Authority
from tests.models.serving import RawServer


class Proxy:
    """An HTTP and SOCKS5 proxy that leads every name to `port` of this machine."""

    def __init__(
        self, port: int, *, login: str = "", tls: ssl.SSLContext | None = None, status: int = 200
    ) -> None:
        self.port_behind, self.login, self.tls, self.status = port, login, tls, status
        self.heads: list[bytes] = []
        self.targets: list[str] = []
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> "Proxy":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            first = await reader.readexactly(1)
            if first == b"\x05":
                await self._socks(reader, writer)
            else:
                await self._http(first, reader, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _http(self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = first + await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        if self.login and f"Basic {base64.b64encode(self.login.encode()).decode()}".encode() not in head:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        if head.startswith(b"CONNECT "):
            self.targets.append(head.split()[1].decode())
            writer.write(f"HTTP/1.1 {self.status} Whatever\r\n\r\n".encode())
            if self.status == 200:
                await self._join(reader, writer, b"")
            return
        self.targets.append(head.split()[1].decode())
        await self._join(reader, writer, head)

    async def _socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        methods = await reader.readexactly((await reader.readexactly(1))[0])
        if self.login:
            if 2 not in methods:
                writer.write(b"\x05\xff")
                return
            writer.write(b"\x05\x02")
            await reader.readexactly(1)
            user = await reader.readexactly((await reader.readexactly(1))[0])
            password = await reader.readexactly((await reader.readexactly(1))[0])
            right = f"{user.decode()}:{password.decode()}" == self.login
            writer.write(b"\x01\x00" if right else b"\x01\x01")
            if not right:
                return
        else:
            writer.write(b"\x05\x00")
        _, _, _, kind = await reader.readexactly(4)
        assert kind == 3
        host = await reader.readexactly((await reader.readexactly(1))[0])
        port = int.from_bytes(await reader.readexactly(2))
        self.targets.append(f"{host.decode()}:{port}")
        if self.status != 200:
            writer.write(b"\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00")
            return
        writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        await self._join(reader, writer, b"")

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
        back, out = await asyncio.open_connection("127.0.0.1", self.port_behind)
        out.write(head)

        async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()

        try:
            await asyncio.wait(
                [asyncio.ensure_future(copy(reader, out)), asyncio.ensure_future(copy(back, writer))],
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            out.close()


async def say_hello(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
    await writer.drain()


async def fetched(url: str, env: dict[str, str]) -> bytes:
    client = HttpClient(parse_url(url), env, 5)
    try:
        for _ in range(2):
            response = await client.exchange("POST", "chat", [("X-Key", "k")], b"{}")
            body = await response.read_all(1000)
            response.close(reusable=True)
        return body
    finally:
        await client.aclose()


async def test_plain_http_goes_through_the_proxy_with_the_whole_url() -> None:
    async with RawServer(say_hello) as server, Proxy(server.port, login="me:p@ss") as proxy:
        env = {"http_proxy": f"http://me:p%40ss@127.0.0.1:{proxy.port}"}
        assert await fetched("http://example.test:81/v1", env) == b"hello"
        assert proxy.targets == ["http://example.test:81/v1/chat"]
        assert b"Host: example.test:81\r\n" in server.requests[0]


async def test_https_goes_through_a_tunnel_and_the_proxy_does_not_see_the_key(authority: Authority) -> None:
    async with RawServer(say_hello, authority.context) as server, Proxy(server.port, login="me:x") as proxy:
        env = {"HTTPS_PROXY": f"http://me:x@127.0.0.1:{proxy.port}", "SSL_CERT_FILE": str(authority.ca)}
        assert await fetched("https://example.test/v1", env) == b"hello"
        assert proxy.targets == ["example.test:443"]
        assert b"X-Key" not in proxy.heads[0]
        assert b"Proxy-Authorization" not in server.requests[0]
        assert server.connections == 1


async def test_a_proxy_behind_tls(authority: Authority) -> None:
    async with (
        RawServer(say_hello, authority.context) as server,
        Proxy(server.port, tls=authority.context) as proxy,
    ):
        env = {"https_proxy": f"https://127.0.0.1:{proxy.port}", "REQUESTS_CA_BUNDLE": str(authority.ca)}
        assert await fetched("https://example.test/v1", env) == b"hello"


@pytest.mark.parametrize("login", ["", "me:secret"])
async def test_socks5(authority: Authority, login: str) -> None:
    async with RawServer(say_hello, authority.context) as server, Proxy(server.port, login=login) as proxy:
        prefix = f"{login}@" if login else ""
        env = {"ALL_PROXY": f"socks5h://{prefix}127.0.0.1:{proxy.port}", "SSL_CERT_FILE": str(authority.ca)}
        assert await fetched("https://example.test/v1", env) == b"hello"
        assert proxy.targets == ["example.test:443"]


async def test_socks5_for_plain_http() -> None:
    async with RawServer(say_hello) as server, Proxy(server.port) as proxy:
        env = {"all_proxy": f"socks5://127.0.0.1:{proxy.port}"}
        assert await fetched("http://example.test/v1", env) == b"hello"
        assert server.requests[0].startswith(b"POST /v1/chat ")


@pytest.mark.parametrize(
    ("scheme", "login", "status", "kind", "words"),
    [
        ("http", "me:x", 200, "auth", "407"),
        ("http", "", 502, "connection", "refused the tunnel: 502"),
        ("socks5", "me:x", 200, "connection", "SOCKS5"),
        ("socks5", "", 500, "connection", "connection refused"),
    ],
)
async def test_a_proxy_that_refuses(scheme: str, login: str, status: int, kind: str, words: str) -> None:
    async with Proxy(1, login=login, status=status) as proxy:
        with pytest.raises(WireError) as caught:
            await fetched("https://example.test/v1", {"HTTPS_PROXY": f"{scheme}://127.0.0.1:{proxy.port}"})
        assert caught.value.kind == kind
        assert words in caught.value.message


async def test_a_wrong_proxy_variable_is_named() -> None:
    with pytest.raises(WireError, match="HTTPS_PROXY") as caught:
        await fetched("https://example.test/v1", {"HTTPS_PROXY": "ftp://me:secret@x"})
    assert "secret" not in caught.value.message


async def test_loopback_goes_straight() -> None:
    async with RawServer(say_hello) as server:
        assert (
            await fetched(server.url, {"HTTP_PROXY": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"})
            == b"hello"
        )


HTTPS = parse_url("https://api.example.com/v1")


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, None),
        ({"HTTP_PROXY": "http://p:1"}, None),
        ({"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        ({"HTTPS_PROXY": "p:1"}, "http://p:1"),
        ({"https_proxy": "http://low:1", "HTTPS_PROXY": "http://up:1"}, "http://low:1"),
        ({"ALL_PROXY": "socks5://p:1"}, "socks5://p:1"),
        ({"HTTPS_PROXY": "", "ALL_PROXY": " "}, None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "example.com"}, None),
    ],
)
def test_which_proxy(env: dict[str, str], expected: str | None) -> None:
    proxy = proxy_for(HTTPS, env)
    assert (f"{proxy.scheme}://{proxy.host}:{proxy.port}" if proxy else None) == expected


def test_http_proxy_in_capitals_is_not_believed_under_cgi() -> None:
    url = Url("http", "example.com", 80)
    env = {"HTTP_PROXY": "http://evil:1", "REQUEST_METHOD": "GET"}
    assert proxy_for(url, env) is None
    assert proxy_for(url, {**env, "http_proxy": "http://good:1"}) is not None


@pytest.mark.parametrize(
    ("host", "no_proxy", "expected"),
    [
        ("api.example.com", "example.com", True),
        ("api.example.com", ".example.com", True),
        ("api.example.com", "*.example.com", True),
        ("example.com", ".example.com", True),
        ("badexample.com", "example.com", False),
        ("api.example.com", "a, example.com , b", True),
        ("api.example.com", "example.com:443", True),
        ("api.example.com", "example.com:80", False),
        ("api.example.com", "*", True),
        ("api.example.com", "", False),
        ("API.Example.COM.", "example.com", True),
        ("10.1.2.3", "10.0.0.0/8", True),
        ("11.1.2.3", "10.0.0.0/8", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("fd00::1", "fd00::/8", True),
        ("fd00::1", "[fd00::1]:443", True),
        ("api.example.com", "10.0.0.0/8,nonsense/99", False),
    ],
)
def test_no_proxy(host: str, no_proxy: str, expected: bool) -> None:
    assert bypasses(host, 443, no_proxy) is expected
