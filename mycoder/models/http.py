"""HTTP/1.1 over asyncio streams: connections that are kept and reused, bodies that are read as they come."""

import asyncio
import time
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import h11

from mycoder.models.dial import connect
from mycoder.models.failures import WireError
from mycoder.models.proxy import authorization, proxy_for
from mycoder.models.url import Url

_READ = 65536
_HEAD_LIMIT = 131072
_IDLE_LIMIT = 120.0  # seconds; most servers close before, and a silent router would swallow the request
_KEPT = 4


class Connection:
    """One connection to the server; used for one exchange at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.state = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_LIMIT)
        self.loop = asyncio.get_running_loop()
        self.is_fresh = True
        self.idle_since = self.sent_at = 0.0

    def send(self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes) -> None:
        request = h11.Request(method=method, target=target, headers=list(headers))
        head = self.state.send(request) or b""
        data = (self.state.send(h11.Data(data=body)) or b"") if body else b""
        self.state.send(h11.EndOfMessage())
        self.writer.write(head + data)
        self.sent_at = self.loop.time()

    async def event(self) -> Any:
        """The next event of the response. Raises OSError when the connection is lost, h11.RemoteProtocolError
        when what came is no HTTP or ended too early."""
        while (event := self.state.next_event()) is h11.NEED_DATA:
            self.state.receive_data(await self.reader.read(_READ))
        return event

    @property
    def is_usable(self) -> bool:
        return (
            self.loop is asyncio.get_running_loop()
            and not self.writer.transport.is_closing()
            and not self.reader.at_eof()
            and self.reader.exception() is None
            and time.monotonic() - self.idle_since < _IDLE_LIMIT
        )

    async def settle(self) -> bool:
        """Takes what has come since the reader lost interest; True when the exchange is over and another can
        begin."""
        try:
            async with asyncio.timeout(0.002):
                while self.state.their_state is h11.SEND_BODY:
                    await self.event()
            if self.state.their_state is not h11.DONE:
                return False
            self.state.start_next_cycle()
        except (TimeoutError, OSError, h11.ProtocolError):
            return False
        self.is_fresh = False
        return True

    def abort(self) -> None:
        """Closes the socket now, without a word to the other side."""
        if not self.loop.is_closed():
            self.writer.transport.abort()


class Response:
    """A response whose head has come. `read_some` gives the body as it comes; `close` must be called in the
    end."""

    def __init__(self, client: "HttpClient", connection: Connection, head: h11.Response) -> None:
        self.status: int = head.status_code
        self.headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in head.headers}
        self.sent_at = connection.sent_at
        """Time of the event loop when the request was sent."""
        self._client, self._connection = client, connection
        self._is_over = False
        coding = self.headers.get("content-encoding", "identity").strip().lower()
        self._inflate = zlib.decompressobj(47) if coding in ("gzip", "x-gzip", "deflate") else None

    async def read_some(self) -> bytes:
        """The next piece of the body, empty at its end. Raises WireError when it ends too early."""
        while not self._is_over:
            try:
                event = await self._connection.event()
            except (OSError, h11.RemoteProtocolError) as error:
                raise WireError(
                    "cut", f"the connection was lost in the midst of the reply: {error}"
                ) from error
            if isinstance(event, h11.Data):
                data = bytes(event.data)
                if self._inflate is not None:
                    data = self._inflated(data)
                if data:
                    return data
            else:
                self._is_over = True
        return b""

    def _inflated(self, data: bytes) -> bytes:
        try:
            return self._inflate.decompress(data) if self._inflate is not None else data
        except zlib.error as error:
            raise WireError("cut", f"the reply is not compressed as it claims to be: {error}") from error

    async def read_all(self, limit: int) -> bytes:
        """The whole body, cut at `limit` bytes."""
        parts: list[bytes] = []
        size = 0
        while size < limit and (part := await self.read_some()):
            parts.append(part)
            size += len(part)
        return b"".join(parts)[:limit]

    def close(self, reusable: bool = False) -> None:
        """Ends the exchange. Without `reusable` the socket closes at once, so the server stops its work; with
        it the connection is kept, provided that the rest of the body has come by the time it is wanted
        again."""
        connection, self._is_over = self._connection, True
        if reusable:
            self._client.keep(connection)
        else:
            connection.abort()


class HttpClient:
    """Speaks with one server. `env` names proxies and certificates; `connect_seconds` covers all up to
    TLS."""

    def __init__(self, base: Url, env: Mapping[str, str], connect_seconds: float = 15.0) -> None:
        self.base, self._env, self._seconds = base, env, connect_seconds
        self._idle: list[Connection] = []

    async def exchange(
        self,
        method: str,
        path: str,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        seconds: float = 60.0,
    ) -> Response:
        """Sends one request and waits at most `seconds` for the head of its response. Raises WireError.

        A kept connection that turns out dead before a byte came back is replaced by a new one, unseen; the
        others kept with it are not tried, as they will be as dead.
        """
        while True:
            connection = await self._acquire()
            try:
                async with asyncio.timeout(seconds):
                    return await self._exchange(connection, method, path, headers, body)
            except TimeoutError as error:
                connection.abort()
                raise WireError("timeout", f"no answer within {seconds:g} s") from error
            except WireError as error:
                connection.abort()
                if not error.is_unanswered:
                    raise
                await self.aclose()
            except BaseException:
                connection.abort()
                raise

    async def aclose(self) -> None:
        for connection in self._idle:
            connection.abort()
        self._idle.clear()

    def keep(self, connection: Connection) -> None:
        connection.idle_since = time.monotonic()
        self._idle.append(connection)
        while len(self._idle) > _KEPT:
            self._idle.pop(0).abort()

    async def _acquire(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_usable and await connection.settle():
                return connection
            connection.abort()
        try:
            async with asyncio.timeout(self._seconds):
                return Connection(*await connect(self.base, self._env))
        except TimeoutError as error:
            message = f"no connection to {self.base.authority} within {self._seconds:g} s"
            raise WireError("timeout", message, hint="Check the network and the proxy variables.") from error

    async def _exchange(
        self,
        connection: Connection,
        method: str,
        path: str,
        headers: Sequence[tuple[str, str]],
        body: bytes,
    ) -> Response:
        target, proxied = self._target(path)
        lines = [("Host", self.base.authority), *proxied, *headers]
        if body or method == "POST":
            lines.append(("Content-Length", str(len(body))))
        try:
            connection.send(method, target, lines, body)
        except h11.LocalProtocolError as error:
            message = "a header holds a character that HTTP forbids"
            raise WireError("auth", message, hint="Look for a line break or a quote in the key.") from error
        try:
            while not isinstance(event := await connection.event(), h11.Response):
                if isinstance(event, h11.ConnectionClosed):
                    raise EOFError("closed")
        except (OSError, EOFError, h11.RemoteProtocolError) as error:
            has_come = bool(connection.state.trailing_data[0])
            raise WireError(
                "connection",
                f"{self.base.authority} closed the connection without a proper answer: {error}",
                is_unanswered=not connection.is_fresh and not has_come,
            ) from error
        return Response(self, connection, event)

    def _target(self, path: str) -> tuple[str, list[tuple[str, str]]]:
        target = self.base.join(path)
        if self.base.scheme == "https":
            return target, []
        proxy = proxy_for(self.base, self._env)
        if proxy is None or proxy.scheme.startswith("socks"):
            return target, []
        credentials = authorization(proxy)
        return self.base.origin + target, [("Proxy-Authorization", credentials)] if credentials else []
