"""URLs as far as reaching a model needs them. The library's parser costs 5 ms to import, this one nothing."""

import msgspec

_DEFAULT_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
_FORBIDDEN = frozenset(map(chr, range(0x21))) | {"\x7f"}


class Url(msgspec.Struct, frozen=True):
    """A split URL: `host` without brackets, `path` empty or with its slash, `user` and `password` decoded."""

    scheme: str
    host: str
    port: int
    path: str = ""
    query: str = ""
    user: str = ""
    password: str = ""

    @property
    def authority(self) -> str:
        """Host and port as the Host header wants them: the scheme's own port left out, IPv6 in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.host)

    def join(self, path: str) -> str:
        """The request target of `path` below this base; a query of the base (Azure's api-version) is kept."""
        target = f"{self.path.rstrip('/')}/{path.lstrip('/')}"
        return f"{target}?{self.query}" if self.query else target


def parse_url(text: str, default_scheme: str = "") -> Url:
    """Splits ``scheme://[user[:password]@]host[:port][/path][?query]``; a fragment is dropped.

    Raises ValueError with a sentence that says what is wrong, without the user's password.
    """
    text = text.strip()
    if any(character in _FORBIDDEN for character in text):
        raise ValueError("the URL holds a space or a control character")
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = default_scheme, text
    scheme = scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise ValueError(f"the URL must start with http:// or https://, not {scheme or 'nothing'}")
    rest = rest.partition("#")[0]
    rest, _, query = rest.partition("?")
    authority, slash, path = rest.partition("/")
    userinfo, _, place = authority.rpartition("@")
    host, port = _split_port(place, _DEFAULT_PORTS[scheme])
    if not host:
        raise ValueError("the URL has no host")
    user, _, password = userinfo.partition(":")
    return Url(
        scheme,
        _ascii_host(host),
        port,
        _ascii(slash + path),
        _ascii(query),
        _decoded(user),
        _decoded(password),
    )


def is_loopback(host: str) -> bool:
    """True for names and addresses that can only be this machine."""
    host = host.lower().rstrip(".")
    if host == "localhost" or host.endswith(".localhost") or host in ("::1", "0.0.0.0", "::"):
        return True
    parts = host.split(".")
    return len(parts) == 4 and parts[0] == "127" and all(part.isdigit() for part in parts)


def _split_port(place: str, default: int) -> tuple[str, int]:
    if place.startswith("["):
        host, bracket, rest = place[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError("the URL has an IPv6 address without its closing bracket")
        digits = rest[1:]
    else:
        host, _, digits = place.partition(":")
    if not digits:
        return host, default
    if not (digits.isascii() and digits.isdigit()) or not 0 < int(digits) < 65536:
        raise ValueError(f"the URL has the port {digits[:12]!r}, which is not a number from 1 to 65535")
    return host, int(digits)


def _ascii_host(host: str) -> str:
    if host.isascii():
        return host.lower()
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ValueError(f"the URL has the host name {host!r}, which cannot be looked up") from error


def _ascii(text: str) -> str:
    if text.isascii():
        return text
    return "".join(c if c.isascii() else "".join(f"%{byte:02X}" for byte in c.encode()) for c in text)


def _decoded(text: str) -> str:
    if "%" not in text:
        return text
    from urllib.parse import unquote  # late: 5 ms, and passwords with escapes are rare

    return unquote(text)
