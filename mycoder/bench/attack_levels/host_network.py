"""Hosts that only look like allowed ones, redirects and names that change, against the real rules and proxy."""

import asyncio
from pathlib import Path

from mycoder.bench.attack_levels.host_runs import Attack
from mycoder.bench.attack_levels.stage import Stage
from mycoder.sandbox.hosts import BadHost, HostRules, host_name, is_public
from mycoder.sandbox.proxy import SOCKET, Proxy, Resolve

_LIKE_IT = (
    *(
        "allowed.com.evil.io",
        "allowed.com@evil.io",
        "evil.io/allowed.com",
        "evil.io\0allowed.com",
        "allowed.com.",
    ),
    *(
        "allowed.com\r\nHost: evil.io",
        "xn--allowed-9ob.com",
        "\u0430llowed.com",
        "ALLOWED.COM.evil.io",
        "notallowed.com",
    ),
    *(
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "127.0.0.1",
        "[::1]",
        "::ffff:169.254.169.254",
        "localhost",
    ),
    *(
        "",
        ".",
        "..",
        " allowed.com",
        "allowed.com ",
        "allowed.com:80@evil.io",
        "*.allowed.com",
        "allowed.com#.evil.io",
    ),
)
_CLOSED = (
    *(
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "0.0.0.0",
        "100.64.0.1",
        "224.0.0.1",
    ),
    *(
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "::ffff:169.254.169.254",
        "::ffff:7f00:1",
        "64:ff9b::a9fe:a9fe",
        "ff02::1",
    ),
    *(
        "168.63.129.16",
        "192.0.0.192",
        "2002:7f00:1::",
        "255.255.255.255",
        "0x7f000001",
        "2130706433",
        "localhost",
    ),
)


def names(stage: Stage) -> list[str]:
    problems = []
    for rule in ("allowed.com", ".allowed.com"):
        rules = HostRules.of((rule,))
        for name in _LIKE_IT:
            for port in (80, 443, 22):
                try:
                    is_allowed = rules.allows(host_name(name), port)
                except BadHost:
                    continue
                if is_allowed:
                    problems.append(f"{rule} allows {name!a}")
    return problems + [f"{address} counts as public" for address in _CLOSED if is_public(address)]


class _Server:
    """Answers with a redirect to `to` until it was asked `times` times; counts who comes."""

    def __init__(self, to: str) -> None:
        self.to, self.asked = to, 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 302 Found\r\nLocation: {self.to}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()


async def _asked(proxy: Proxy, url: str) -> str:
    reader, writer = await asyncio.open_unix_connection(str(proxy.folder / SOCKET))
    writer.write(f"GET {url} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return answer.decode("latin-1")


def _addresses(*rounds: tuple[str, ...]) -> Resolve:
    """A resolver that says something else each time, and the last for ever."""
    left = list(rounds)

    async def resolve(host: str, port: int) -> list[str]:
        return list(left.pop(0) if len(left) > 1 else left[0])

    return resolve


def redirect(stage: Stage) -> list[str]:
    return asyncio.run(_redirect(stage.own))


async def _redirect(folder: Path) -> list[str]:
    site = _Server("http://secret.example/")
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    problems = []
    targets = (
        "http://127.0.0.1:{}/",
        "http://[::1]:{}/",
        "http://evil.example:{}/",
        "http://a.example.evil.io:{}/",
    )
    async with server:
        # what stands for the open Internet here is 127.0.0.2, which leads to the same server
        proxy = Proxy(
            HostRules.of((f"a.example:{port}",)),
            folder / "door",
            resolve=_addresses(("127.0.0.1",)),
            is_open=lambda address: address == "127.0.0.1",
        )
        await proxy.open()
        try:
            if "302" not in await _asked(proxy, f"http://a.example:{port}/"):
                problems.append("an allowed host is not reached")
            for target in targets:
                if not (await _asked(proxy, target.format(port))).startswith("HTTP/1.1 4"):
                    problems.append(f"{target} is followed")
        finally:
            proxy.close()
    return problems + ([f"the server was asked {site.asked} times"] if site.asked != 1 else [])


def rebinding(stage: Stage) -> list[str]:
    return asyncio.run(_rebinding(stage.own))


async def _rebinding(folder: Path) -> list[str]:
    """The name is public while it is judged and private afterwards, or public and private at once."""
    site = _Server("http://x.example/")
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    problems = []
    async with server:
        for number, rounds in enumerate(
            (
                (("127.0.0.2",), ("127.0.0.1",)),
                (("127.0.0.2", "127.0.0.1"),),
                (("127.0.0.1",),),
                (("::ffff:127.0.0.1",),),
            )
        ):
            proxy = Proxy(
                HostRules.of((f"a.example:{port}",)),
                folder / f"door{number}",
                resolve=_addresses(*rounds),
                is_open=lambda address: address == "127.0.0.2",
            )
            await proxy.open()
            try:
                for _ in range(2):
                    first = (await _asked(proxy, f"http://a.example:{port}/")).partition("\r\n")[0]
                    if " 200 " in first or " 302 " in first:
                        problems.append(f"{rounds}: {first}")
            except TimeoutError:
                continue
            finally:
                proxy.close()
    return problems + ([f"the private server was reached {site.asked} times"] if site.asked else [])


ATTACKS: dict[str, Attack] = {
    "network-host-names": names,
    "network-redirect": redirect,
    "network-rebinding": rebinding,
}
