"""Opening a connection: names looked up without a thread that could hold up the exit, addresses raced,
proxies and TLS."""

import asyncio
import os
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from mycoder.models.failures import WireError
from mycoder.models.proxy import proxy_for, tunnel
from mycoder.models.tls import client_context
from mycoder.models.url import Url

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Address = tuple[int, tuple[Any, ...]]

_HEAD_START = 0.25  # seconds between attempts, as RFC 8305 section 8 recommends


async def connect(url: Url, env: Mapping[str, str]) -> Streams:
    """Opens a connection that speaks HTTP with the host of `url`, or with the proxy that plain http goes
    through.

    Raises WireError. Cancelling it leaves nothing open.
    """
    proxy = proxy_for(url, env)
    near = proxy or url
    certificates = _Certificates(env) if "https" in (url.scheme, near.scheme) else None
    try:
        connected = await _open_socket(near)
        return await _through(connected, url, proxy, certificates)
    finally:
        if certificates is not None:
            certificates.cancel()


class _Certificates:
    """Certificates on their way: they load in a thread while the network is waited for."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._task = asyncio.ensure_future(in_thread(client_context, env))
        self._task.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def context(self) -> ssl.SSLContext:
        loaded: ssl.SSLContext = await asyncio.shield(self._task)
        return loaded

    def cancel(self) -> None:
        self._task.cancel()


async def _through(
    connected: socket.socket, url: Url, proxy: Url | None, certificates: _Certificates | None
) -> Streams:
    near = proxy or url
    try:
        context = await certificates.context() if certificates is not None else None
        is_https = near.scheme == "https"
        with _tls_errors(near):
            reader, writer = await asyncio.open_connection(
                sock=connected,
                ssl=context if is_https else None,
                server_hostname=near.host if is_https else None,
            )
    except BaseException:
        connected.close()
        raise
    if proxy is None or (url.scheme == "http" and not proxy.scheme.startswith("socks")):
        return reader, writer
    try:
        await tunnel(reader, writer, proxy, url)
        if url.scheme == "https" and context is not None:
            with _tls_errors(url):
                await writer.start_tls(context, server_hostname=url.host)
    except BaseException:
        writer.transport.abort()
        raise
    return reader, writer


@contextmanager
def _tls_errors(url: Url) -> Iterator[None]:
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise WireError(
            "connection",
            f"the certificate of {url.host} is not trusted: {error.verify_message}",
            hint="Behind a company proxy, set SSL_CERT_FILE to the PEM file with its certificate authority.",
        ) from error
    except (OSError, EOFError) as error:
        raise WireError(
            "connection", f"TLS with {url.authority} failed: {error or 'connection closed'}"
        ) from error


async def _open_socket(url: Url) -> socket.socket:
    addresses = await _addresses(url)
    errors: list[OSError] = []
    attempts: set[asyncio.Task[socket.socket]] = set()
    try:
        while addresses or attempts:
            if addresses:
                attempts.add(asyncio.ensure_future(_attempt(addresses.pop(0))))
            done, attempts = await asyncio.wait(
                attempts,
                timeout=_HEAD_START if addresses else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            winners = [task for task in done if task.exception() is None]
            for spare in winners[1:]:
                spare.result().close()
            if winners:
                return winners[0].result()
            errors.extend(e for task in done if isinstance(e := task.exception(), OSError))
    finally:
        for task in attempts:
            task.add_done_callback(_close_late)
            task.cancel()
    raise WireError("connection", f"cannot connect to {url.authority}: {_reason(errors)}", hint=_hint(url))


async def _attempt(address: Address) -> socket.socket:
    family, place = address
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _keep_alive(connection)
        await asyncio.get_running_loop().sock_connect(connection, place)
    except BaseException:
        connection.close()
        raise
    return connection


def _keep_alive(connection: socket.socket) -> None:
    """Finds out within two minutes that a connection has silently gone (a suspended laptop, a forgetful
    router)."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 45), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _close_late(task: "asyncio.Task[socket.socket]") -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().close()


async def _addresses(url: Url) -> list[Address]:
    """Addresses in the order of the system's preference, the families taking turns (RFC 8305, section 4)."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, url.host)
        except OSError:
            continue
        return [(family, (url.host, url.port))]
    try:
        found = await in_thread(_look_up, url.host, url.port)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise WireError(
            "connection",
            f"cannot look up {url.host}: {reason}",
            hint="Check the base URL and the network (behind a proxy, set HTTPS_PROXY).",
        ) from error
    first = [a for a in found if a[0] == found[0][0]]
    others = [a for a in found if a[0] != found[0][0]]
    turns = [a for pair in zip(first, others, strict=False) for a in pair]
    return turns + first[len(others) :] + others[len(first) :]


def _look_up(host: str, port: int) -> list[Address]:
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((row[0], tuple(row[4])) for row in rows))


async def in_thread(function: Any, *arguments: Any) -> Any:
    """Runs `function` in a daemon thread. The loop's own executor joins its threads at exit, so a name server
    that does not answer would hold the program for half a minute after it was interrupted."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)

    def run() -> None:
        result, error = None, None
        try:
            result = function(*arguments)
        except Exception as caught:
            error = caught
        try:
            loop.call_soon_threadsafe(settle, result, error)
        except RuntimeError:
            return  # the loop was closed meanwhile, nobody waits

    threading.Thread(target=run, daemon=True, name=f"mycoder-{function.__name__}").start()
    return await future


def _reason(errors: Sequence[OSError]) -> str:
    # The text of asyncio's own errors names the call and the address, the number names the reason.
    words = dict.fromkeys(os.strerror(e.errno) if e.errno else str(e) for e in errors)
    return ", ".join(words) or "no address"


def _hint(url: Url) -> str:
    if url.is_loopback:
        return f"Nothing listens on {url.authority}: start the server, or correct the base URL."
    return "Check the network, or the proxy variables."
