"""Which hosts a command may reach: names compared as parsed names, and addresses that nobody may reach.

A rule is a name (`pypi.org`, that host and no other), or a name after a dot (`.npmjs.org`, everything below
it); `:port` behind it allows that port instead of 80 and 443. Names are compared label by label and never as
text, so `allowed.com.evil.io` is not `allowed.com`.
"""

import ipaddress
import re
from collections.abc import Iterable

import msgspec

PORTS = (80, 443)

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

_MORE_CLOSED = tuple(
    map(
        ipaddress.ip_network,
        (
            "168.63.129.16/32",  # the metadata and agent server of Azure, at a public address
            "192.0.0.0/24",  # special purposes, the metadata server of Oracle among them
            "192.88.99.0/24",  # relays to IPv6
            "64:ff9b::/96",  # IPv4 inside of IPv6
            "64:ff9b:1::/48",
            "2002::/16",
            "2001::/32",
        ),
    )
)
"""Closed beside what `ipaddress` knows as not global, by RFC 6890, 6052, 3056 and 4380."""


class BadHost(Exception):
    """It is no name of a host, or no rule for one. The message says why."""


class _Rule(msgspec.Struct, frozen=True):
    name: str
    is_suffix: bool
    ports: tuple[int, ...]


class HostRules(msgspec.Struct, frozen=True):
    """Made by `of`; without rules nothing is allowed."""

    rules: tuple[_Rule, ...] = ()

    @classmethod
    def of(cls, texts: Iterable[str]) -> "HostRules":
        """Raises BadHost."""
        return cls(tuple(_rule(text.strip()) for text in texts))

    def allows(self, host: str, port: int) -> bool:
        """`host` as `host_name` gives it."""
        return any(
            port in rule.ports and (host.endswith(f".{rule.name}") if rule.is_suffix else host == rule.name)
            for rule in self.rules
        )


def host_name(text: str) -> str:
    """The host `text` in lower case. Raises BadHost for what is not plainly a name: addresses in any form,
    user parts, dots at the end, characters beyond ASCII (write those in punycode)."""
    name = text.lower() if text.isascii() else ""
    labels = name.split(".")
    if not name or len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadHost(f"{text[:80]!r} is not the name of a host")
    if _NUMBER.fullmatch(labels[-1]):
        raise BadHost(f"{text!r} is an address; hosts are reached by name")
    return name


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open Internet: not private, loopback, link-local (where clouds
    serve metadata and keys), multicast or reserved, also not wrapped in another form."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    if mapped is not None:
        parsed = mapped
    if not parsed.is_global or parsed.is_multicast or parsed.is_reserved or parsed.is_unspecified:
        return False
    return not any(parsed.version == closed.version and parsed in closed for closed in _MORE_CLOSED)


def _rule(text: str) -> _Rule:
    place, colon, port = text.partition(":")
    if colon and not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
        raise BadHost(f"{text!r}: a port is a number up to 65535, e.g. example.org:8443")
    ports = (int(port),) if colon else PORTS
    suffix = place.removeprefix("*")
    return _Rule(host_name(suffix.removeprefix(".")), suffix.startswith("."), ports)
