"""Which proxy a connection takes, by the environment variables that curl, pip and git honour, and how to get
through it."""

import asyncio
import binascii
from collections.abc import Mapping

from mycoder.models.failures import WireError
from mycoder.models.model import FailureKind
from mycoder.models.url import Url, parse_url

# RFC 1928, section 6.
_SOCKS_REPLIES = {
    1: "general failure",
    2: "not allowed by its rules",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "time to live expired",
    7: "command not supported",
    8: "address type not supported",
}


def proxy_for(url: Url, env: Mapping[str, str]) -> Url | None:
    """The proxy for `url` from HTTPS_PROXY or HTTP_PROXY, else ALL_PROXY, unless NO_PROXY or loopback exempts
    it.

    The lower-case name wins, as in curl. HTTP_PROXY in capitals is ignored where REQUEST_METHOD is set, since
    a CGI server fills it from a request header (CVE-2016-5385). Raises WireError for a proxy URL that is not
    one.
    """
    if url.is_loopback or bypasses(url.host, url.port, _variable(env, "no_proxy")[1]):
        return None
    for name in (f"{url.scheme}_proxy", "all_proxy"):
        if name == "http_proxy" and "REQUEST_METHOD" in env and not env.get("http_proxy"):
            continue
        variable, value = _variable(env, name)
        if not value:
            continue
        try:
            return parse_url(value, default_scheme="http")
        except ValueError as error:
            raise WireError(
                "connection", f"{variable}: {error}", hint=f"Correct or unset {variable}."
            ) from error
    return None


def bypasses(host: str, port: int, no_proxy: str) -> bool:
    """Whether the comma-separated NO_PROXY exempts the host: ``*``, names with all below them, addresses,
    CIDR ranges, each with an optional port."""
    host = host.lower().rstrip(".")
    for entry in no_proxy.replace(" ", ",").split(","):
        entry = entry.strip().lower()
        if not entry:
            continue
        if entry == "*":
            return True
        name, colon, digits = entry.rpartition(":")
        if colon and digits.isdigit() and (":" not in name or name.startswith("[")):
            if int(digits) != port:
                continue
            entry = name
        entry = entry.strip("[]").removeprefix("*").lstrip(".").rstrip(".")
        if host == entry or host.endswith("." + entry) or _in_range(host, entry):
            return True
    return False


def authorization(proxy: Url) -> str:
    """Value of Proxy-Authorization (RFC 7617), or empty."""
    if not proxy.user:
        return ""
    pair = f"{proxy.user}:{proxy.password}".encode()
    return "Basic " + binascii.b2a_base64(pair, newline=False).decode("ascii")


async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, proxy: Url, target: Url) -> None:
    """Makes the open connection to `proxy` one to `target`: SOCKS5, or CONNECT of HTTP. Raises WireError."""
    try:
        if proxy.scheme.startswith("socks"):
            await _socks5(reader, writer, proxy, target)
        else:
            await _connect(reader, writer, proxy, target)
    except (OSError, EOFError, asyncio.LimitOverrunError) as error:
        raise WireError(
            "connection", f"the proxy {proxy.origin} closed the connection instead of opening a tunnel"
        ) from error


async def _connect(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, proxy: Url, target: Url
) -> None:
    host = f"[{target.host}]" if ":" in target.host else target.host
    lines = [f"CONNECT {host}:{target.port} HTTP/1.1", f"Host: {host}:{target.port}"]
    if credentials := authorization(proxy):
        lines.append(f"Proxy-Authorization: {credentials}")
    writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
    head = await reader.readuntil(b"\r\n\r\n")
    parts = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
    if len(parts) > 1 and parts[0].startswith("HTTP/1.") and parts[1].startswith("2"):
        return
    status = int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else None
    hint = (
        "Set user and password in the proxy variable: http://USER:PASSWORD@HOST:PORT."
        if status == 407
        else ""
    )
    reason = " ".join(parts[1:])[:200]
    kind: FailureKind = "auth" if status == 407 else "connection"
    raise WireError(kind, f"the proxy {proxy.origin} refused the tunnel: {reason}", status, hint)


async def _socks5(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, proxy: Url, target: Url
) -> None:
    """RFC 1928 with the name sent to the proxy, so that nothing is looked up here; RFC 1929 for the
    password."""
    writer.write(b"\x05\x02\x00\x02" if proxy.user else b"\x05\x01\x00")
    version, method = await reader.readexactly(2)
    if version != 5 or method not in (0, 2) or (method == 2 and not proxy.user):
        raise WireError("connection", f"the proxy {proxy.origin} is no SOCKS5 proxy or wants another login")
    if method == 2:
        user, password = proxy.user.encode()[:255], proxy.password.encode()[:255]
        writer.write(bytes([1, len(user)]) + user + bytes([len(password)]) + password)
        if (await reader.readexactly(2))[1] != 0:
            raise WireError("connection", f"the proxy {proxy.origin} refused the user and password")
    host = target.host.encode()
    if len(host) > 255:
        raise WireError("connection", "the host name is longer than the 255 bytes that SOCKS5 can carry")
    writer.write(b"\x05\x01\x00\x03" + bytes([len(host)]) + host + target.port.to_bytes(2, "big"))
    _, reply, _, kind = await reader.readexactly(4)
    if reply != 0:
        reason = _SOCKS_REPLIES.get(reply, f"reply {reply}")
        raise WireError("connection", f"the proxy {proxy.origin} cannot reach {target.authority}: {reason}")
    length = (await reader.readexactly(1))[0] if kind == 3 else 16 if kind == 4 else 4
    await reader.readexactly(length + 2)


def _variable(env: Mapping[str, str], name: str) -> tuple[str, str]:
    for spelling in (name, name.upper()):
        if value := env.get(spelling, "").strip():
            return spelling, value
    return name, ""


def _in_range(host: str, entry: str) -> bool:
    if "/" not in entry or not (":" in host or host.replace(".", "").isdigit()):
        return False
    import ipaddress  # late: 4 ms, and only a NO_PROXY with a range wants it

    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False
