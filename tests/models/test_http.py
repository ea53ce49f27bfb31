import asyncio
import contextlib
import socket
import ssl
import subprocess
import threading
import zlib
from pathlib import Path

import pytest

from mycoder.models import dial, http
from mycoder.models.failures import WireError
from mycoder.models.http import HttpClient
from mycoder.models.tls import client_context
from mycoder.models.url import parse_url
from tests.models.conftest import Authority
from tests.models.serving import Handler, RawServer


def fixed(*pieces: bytes) -> Handler:
    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)

    return handler


PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nTrailer: 1\r\n\r\n"
)


async def fetch(client: HttpClient, *, reusable: bool = True, body: bytes = b"{}") -> bytes:
    response = await client.exchange("POST", "x", (), body)
    try:
        return await response.read_all(1 << 20)
    finally:
        response.close(reusable)


def client_of(server: RawServer, seconds: float = 5) -> HttpClient:
    return HttpClient(parse_url(server.url), {}, seconds)


@pytest.mark.parametrize(
    "answer",
    [
        PLAIN,
        CHUNKED,
        b"HTTP/1.1 100 Continue\r\n\r\n" + PLAIN,
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + CHUNKED,
    ],
)
async def test_bodies_are_read_and_the_connection_serves_again(answer: bytes) -> None:
    async with RawServer(fixed(*(answer[i : i + 1] for i in range(len(answer))))) as server:
        client = client_of(server)
        assert [await fetch(client) for _ in range(3)] == [b"hello"] * 3
        assert server.connections == 1
        await client.aclose()


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nConnection: close", b"HTTP/1.0 200 OK"])
async def test_a_body_ended_by_closing(head: bytes) -> None:
    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        writer.write(head + b"\r\n\r\nhello")
        writer.close()

    async with RawServer(handler) as server:
        client = client_of(server)
        assert [await fetch(client), await fetch(client)] == [b"hello", b"hello"]
        assert server.connections == 2


async def test_compressed_bodies() -> None:
    squeezer = zlib.compressobj(wbits=31)
    body = squeezer.compress(b"hello" * 1000) + squeezer.flush()
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    async with RawServer(fixed(head + body)) as server:
        assert await fetch(client_of(server), reusable=False) == b"hello" * 1000


async def test_a_large_request_body_arrives_whole() -> None:
    async with RawServer(fixed(PLAIN)) as server:
        assert await fetch(client_of(server), body=b"x" * 3_000_000) == b"hello"
        assert server.requests[0].endswith(b"x" * 3_000_000)


async def test_a_kept_connection_that_died_is_replaced_unseen() -> None:
    """The server closes after its answer without having said so, as busy servers and routers do."""

    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        writer.write(PLAIN)
        await writer.drain()
        writer.close()

    async with RawServer(handler) as server:
        client = client_of(server)
        for _ in range(3):
            assert await fetch(client) == b"hello"
            await asyncio.sleep(0.01)
        assert len(server.requests) == 3


async def test_a_kept_connection_that_dies_under_the_request_is_replaced_once() -> None:
    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
        if len(server.requests) == 2:
            writer.transport.abort()
            return
        writer.write(PLAIN)
        await writer.drain()

    async with RawServer(handler) as server:
        client = client_of(server)
        assert [await fetch(client), await fetch(client)] == [b"hello", b"hello"]
        assert (server.connections, len(server.requests)) == (2, 3)
        await client.aclose()


async def test_a_fresh_connection_that_dies_is_not_tried_again() -> None:
    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        writer.transport.abort()

    async with RawServer(handler) as server:
        with pytest.raises(WireError, match="without a proper answer"):
            await fetch(client_of(server))
        assert server.connections == 1


async def test_an_answer_that_trickles_in_after_the_reader_left_does_not_spoil_the_next() -> None:
    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.write(b"0\r\n\r\n")

    async with RawServer(handler) as server:
        client = client_of(server)
        for pause in (0.1, 0.0, 0.0):
            response = await client.exchange("POST", "x", (), b"")
            assert await response.read_some() == b"hello"
            response.close(reusable=True)
            await asyncio.sleep(pause)
        # Reused after the pause, when the end had come; opened anew when it had not.
        assert server.connections == 2
        await client.aclose()


@pytest.mark.parametrize(
    ("answer", "where"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", "midst"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "midst"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "midst"),
        (b"SSH-2.0-OpenSSH_9.0\r\n", "without a proper answer"),
        (b"HTTP/1.1 200", "without a proper answer"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 300_000, "without a proper answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", "compressed"),
    ],
)
async def test_what_is_cut_or_no_http(answer: bytes, where: str) -> None:
    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with RawServer(handler) as server:
        with pytest.raises(WireError, match=where):
            await fetch(client_of(server))


async def test_a_header_that_http_forbids_is_refused() -> None:
    async with RawServer(fixed(PLAIN)) as server:
        with pytest.raises(WireError, match="header"):
            await client_of(server).exchange("POST", "x", [("Authorization", "Bearer a\r\nX: y")], b"")
        assert server.requests == []


async def test_closing_a_response_closes_the_socket() -> None:
    gone = asyncio.Event()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: bytes) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        with contextlib.suppress(OSError):
            assert await reader.read(1) == b""
        gone.set()

    async with RawServer(handler) as server:
        response = await client_of(server).exchange("POST", "x", (), b"")
        await response.read_some()
        response.close()
        await asyncio.wait_for(gone.wait(), 2)


async def test_a_refused_connection_says_what_to_do() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(WireError) as caught:
            await fetch(HttpClient(parse_url(f"http://localhost:{port}/v1"), {}, 5))
    assert caught.value.kind == "connection"
    assert "refused" in caught.value.message.lower()
    assert "start the server" in caught.value.hint


async def test_an_unknown_host() -> None:
    with pytest.raises(WireError, match="look up") as caught:
        await fetch(HttpClient(parse_url("http://no-such-host.invalid/v1"), {}, 5))
    assert caught.value.kind == "connection"


async def test_a_name_server_that_hangs_ends_with_the_connect_timeout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answered = threading.Event()
    monkeypatch.setattr(dial, "_look_up", lambda *_: answered.wait(60))
    with pytest.raises(WireError) as caught:
        await fetch(HttpClient(parse_url("http://slow.test/v1"), {}, 0.1))
    assert caught.value.kind == "timeout"
    assert not answered.is_set()
    answered.set()


async def test_a_dead_address_does_not_hold_up_a_live_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first address never answers (RFC 8305); the second is tried a quarter of a second later."""

    async def attempt(address: dial.Address) -> socket.socket:
        if address[1][0] == "192.0.2.1":
            await asyncio.sleep(3600)
        return await real(address)

    real = dial._attempt
    monkeypatch.setattr(dial, "_attempt", attempt)
    async with RawServer(fixed(PLAIN)) as server:
        both = [(socket.AF_INET, ("192.0.2.1", 1)), (socket.AF_INET, ("127.0.0.1", server.port))]
        monkeypatch.setattr(dial, "_look_up", lambda *_: both)
        assert await fetch(HttpClient(parse_url("http://two.test/v1"), {}, 60)) == b"hello"


async def test_families_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    four, six = socket.AF_INET, socket.AF_INET6
    found = [(six, ("a",)), (six, ("b",)), (six, ("c",)), (four, ("d",))]
    monkeypatch.setattr(dial, "_look_up", lambda *_: found)
    order = await dial._addresses(parse_url("http://x.test"))
    assert [place[0] for _, place in order] == ["a", "d", "b", "c"]


async def test_idle_connections_grow_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    async with RawServer(fixed(PLAIN)) as server:
        client = client_of(server)
        await fetch(client)
        monkeypatch.setattr(http, "_IDLE_LIMIT", 0.0)
        await fetch(client)
        assert server.connections == 2
        await client.aclose()


def test_a_client_survives_its_event_loop() -> None:
    """A synchronous program runs one loop after another with the same model."""

    async def once(client: HttpClient | None) -> HttpClient:
        async with RawServer(fixed(PLAIN)) as server:
            client = client or client_of(server)
            client.base = parse_url(server.url)
            assert await fetch(client) == b"hello"
        return client

    client = asyncio.run(once(None))
    asyncio.run(once(client))


async def test_tls_with_an_authority_of_ones_own(authority: Authority, tmp_path: Path) -> None:
    async with RawServer(fixed(PLAIN), authority.context) as server:
        url = parse_url(f"https://localhost:{server.port}/v1")
        for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            client = HttpClient(url, {variable: str(authority.ca)}, 5)
            assert [await fetch(client), await fetch(client)] == [b"hello", b"hello"]
            await client.aclose()
        assert server.connections == 3


@pytest.fixture
def hashed(authority: Authority, tmp_path: Path) -> Path:
    """A folder of certificates as OpenSSL looks them up."""
    (tmp_path / "ca.pem").write_bytes(authority.ca.read_bytes())
    subprocess.run(["openssl", "rehash", str(tmp_path)], check=True, capture_output=True)
    return tmp_path


async def test_a_folder_of_certificates(authority: Authority, hashed: Path) -> None:
    async with RawServer(fixed(PLAIN), authority.context) as server:
        client = HttpClient(
            parse_url(f"https://127.0.0.1:{server.port}/v1"), {"SSL_CERT_DIR": str(hashed)}, 5
        )
        assert await fetch(client) == b"hello"
        await client.aclose()


async def test_an_untrusted_certificate_is_refused_and_the_way_out_named(authority: Authority) -> None:
    async with RawServer(fixed(PLAIN), authority.context) as server:
        with pytest.raises(WireError, match="not trusted") as caught:
            await fetch(HttpClient(parse_url(f"https://localhost:{server.port}/v1"), {}, 5))
        assert "SSL_CERT_FILE" in caught.value.hint
        assert server.requests == []


async def test_a_certificate_for_another_name_is_refused(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with RawServer(fixed(PLAIN), authority.context) as server:
        monkeypatch.setattr(dial, "_look_up", lambda *_: [(socket.AF_INET, ("127.0.0.1", server.port))])
        with pytest.raises(WireError, match="not trusted"):
            await fetch(
                HttpClient(parse_url("https://other.test/v1"), {"SSL_CERT_FILE": str(authority.ca)}, 5)
            )


async def test_https_where_no_tls_is_spoken() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(WireError, match="TLS with"):
        await fetch(HttpClient(parse_url(f"https://127.0.0.1:{port}/v1"), {}, 5))
    server.close()


def test_a_certificate_variable_that_names_nothing(tmp_path: Path) -> None:
    with pytest.raises(WireError, match="SSL_CERT_FILE"):
        client_context({"SSL_CERT_FILE": str(tmp_path / "none.pem")})
    (tmp_path / "bad.pem").write_text("no certificate")
    with pytest.raises(WireError, match="REQUESTS_CA_BUNDLE"):
        client_context({"REQUESTS_CA_BUNDLE": str(tmp_path / "bad.pem")})


def test_without_variables_the_system_is_trusted_and_checked() -> None:
    context = client_context({})
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
