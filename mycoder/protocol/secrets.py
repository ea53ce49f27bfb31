"""What looks like a secret: the shapes of providers' keys, and values beside a name that says so.

A shape is only tried where one of its `markers` begins, so that text without any costs some substring
searches, and its expression is compiled when that happens for the first time. The shapes follow the public
documentation of each service and of the secret scanners of GitHub and GitLab. Commit ids, UUIDs, checksums and
base64 data have none of these shapes; see docs/security.md for what is not found.
"""

import math
import re
from collections.abc import Iterator
from functools import cache

import msgspec


class Shape(msgspec.Struct, frozen=True):
    """`pattern` has one group, the secret itself, or none when all of it is. `markers` are lower case when the
    pattern ignores case."""

    kind: str
    markers: tuple[str, ...]
    pattern: str
    is_folded: bool = False
    is_dense: bool = False
    """Only a value that no person would have typed counts: see `is_made`."""
    is_free: bool = False
    """Nothing but the value itself speaks for it: see `is_random`."""


class Found(msgspec.Struct, frozen=True):
    """A secret in a text, from `start` to before `end`."""

    start: int
    end: int
    kind: str


_NAMES = (
    *("password", "passwd", "passphrase", "secret", "credential", "api_key", "api-key", "apikey"),
    *("access_key", "access-key", "accesskey", "private_key", "private-key", "privatekey", "signing_key"),
    *(
        "encryption_key",
        "auth_token",
        "auth-token",
        "authtoken",
        "access_token",
        "access-token",
        "accesstoken",
    ),
    *("refresh_token", "refreshtoken", "bearer_token", "bot_token", "api_token", "api-token", "apitoken"),
)
_SETS = r"[\w-]{0,40}\\?[\"']?\]?[ \t]{0,8}(?::=|=>|:|=)[ \t]{0,8}"

SHAPES: tuple[Shape, ...] = (
    Shape(
        "private-key",
        ("-----BEGIN ",),
        r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY(?: BLOCK)?-----"
        r"(?:(?:[A-Za-z0-9+/=\s\\,:\"'.|>#*]|-(?!-)){40,16384}?-----END [A-Z ]{0,20}PRIVATE KEY(?: BLOCK)?-----"
        r"|[\s\\nr\"'+]{0,20}[A-Za-z0-9+/=\s\\]{60,16384})",
    ),
    Shape("api-key", ("sk-",), r"(?<![A-Za-z0-9])sk-[A-Za-z0-9_-]{20,256}", is_dense=True),
    Shape(
        "github-token",
        ("ghp_", "gho_", "ghs_", "ghu_", "ghr_", "github_pat_"),
        r"(?<![A-Za-z0-9])(?:gh[opsur]|github_pat)_[A-Za-z0-9_]{20,255}",
    ),
    Shape(
        "gitlab-token",
        ("glpat-", "glptt-", "gldt-", "glrt-", "glcbt-", "glft-", "glsoat-"),
        r"(?<![A-Za-z0-9])gl[a-z]{2,4}-[\w-]{20,64}",
    ),
    Shape(
        "slack-token",
        ("xox", "xapp-"),
        r"(?<![A-Za-z0-9])(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{16,255}",
        is_dense=True,
    ),
    Shape("slack-hook", ("hooks.slack.com/",), r"hooks\.slack\.com/services/([A-Za-z0-9/_-]{20,255})"),
    Shape("aws-key-id", ("AKIA", "ASIA"), r"(?<![A-Z0-9])A[KS]IA[A-Z2-7]{16}(?![A-Z0-9])"),
    Shape("google-key", ("AIza",), r"(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}"),
    Shape("google-token", ("ya29.", "GOCSPX-"), r"(?<![A-Za-z0-9])(?:ya29\.|GOCSPX-)[\w-]{24,2000}"),
    Shape(
        "payment-key",
        ("sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_"),
        r"(?<![A-Za-z0-9])(?:[sr]k_(?:live|test)_|whsec_)[A-Za-z0-9]{16,255}",
    ),
    Shape(
        "registry-token",
        ("npm_", "pypi-AgE", "dckr_pat_"),
        r"(?<![A-Za-z0-9])(?:npm_[A-Za-z0-9]{36}|(?:pypi-AgE|dckr_pat_)[\w-]{24,512})",
    ),
    Shape(
        "model-key",
        ("hf_", "gsk_", "xai-", "nvapi-", "pplx-", "r8_", "fw_", "csk-", "tgp_v1_"),
        r"(?<![A-Za-z0-9])[a-z0-9]{2,5}[_-][A-Za-z0-9_-]{20,255}",
        is_dense=True,
    ),
    Shape(
        "service-token",
        ("dop_v1_", "shpat_", "lin_api_", "glsa_", "hvs.", "SG.", "AGE-SECRET-KEY-", "ATATT3", "tskey-"),
        r"(?<![A-Za-z0-9])(?:\w{2,6}[_.-]|AGE-SECRET-KEY-|ATATT3|lin_api_)[\w.=-]{24,255}",
        is_dense=True,
    ),
    Shape("jwt", ("eyJ",), r"(?<![A-Za-z0-9])eyJ[\w-]{10,2000}\.eyJ[\w-]{10,4000}\.[\w-]{10,2000}"),
    Shape("password", ("://",), r"://[^\s/:@\"'`<>]{0,128}:([^\s/@\"'`<>\x7f-\U0010ffff]{4,256})@"),
    Shape(
        "authorization",
        ("bearer ",),
        r"bearer [ \t]{0,4}([\w\-.=+/~]{12,4096})",
        is_folded=True,
        is_dense=True,
    ),
    Shape(
        "authorization",
        ("authorization",),
        r"authorization\\?[\"']?[ \t]{0,4}[:=][ \t]{0,4}\\?[\"']?(?:basic|token|apikey) {1,4}([\w\-.=+/~]{8,4096})",
        is_folded=True,
    ),
    Shape(
        "named-secret",
        _NAMES,
        r"[\w-]{6,15}?" + _SETS + r"\\?[\"']([^\s\"'\\\x7f-\U0010ffff]{10,512})\\?[\"']",
        is_folded=True,
        is_dense=True,
    ),
    Shape(
        "named-secret",
        ("KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL"),
        r"(?<![a-z$])[A-Z]{3,10}(?:_[A-Z0-9]{1,20}){0,3}=[\"']?([^\s\"'`$<({\\;|\x7f-\U0010ffff]{8,512})",
        is_dense=True,
    ),
)
"""A pattern is tried only where one of its markers begins."""

BEGINNINGS: tuple[str, ...] = tuple(
    marker
    for shape in SHAPES
    if not shape.is_folded and shape.kind not in ("password", "named-secret")
    for marker in shape.markers
)
"""How a secret begins that stands for itself; one that begins with a letter or digit follows none."""

NAMING: tuple[str, ...] = (*_NAMES, "bearer ", "authorization", "key", "token", "passw", "passphrase")
"""Words, in lower case, after which a value on the same line may be a secret."""

STRICT: tuple[Shape, ...] = (
    Shape(
        "named-secret",
        _NAMES,
        r"[\w-]{6,15}?" + _SETS + r"([^\s\"'\\,;(\x7f-\U0010ffff]{8,512})",
        is_folded=True,
        is_dense=True,
    ),
    Shape("likely-secret", (), r"(?<![\w+/=-])[A-Za-z0-9_+/-]{32,128}={0,2}(?![\w+/=-])", is_free=True),
)
"""On top of SHAPES where nobody has to go on working with the text: exports, crash logs, notes."""

PLACEHOLDER = "[redacted:"

_HARMLESS = (
    r"(?i)example|placeholder|changeme|your[_-]|x{6,}|\*{4,}|\.{3}|^[$<{%]|^redacted|\[redacted:"
    r"|^(?:pass(?:word|wd|phrase)?|pwd|secret|token|key)\W*$"
)
_SECRET_NAME = (
    r"(?i)(?:^|_)(?:api_?)?(?:keys?|tokens?|secrets?|passw(?:or)?d|pwd|passphrase|credentials?|auth|cookie|pat)(?:_|$)"
    r"|apikey|secret|password"
)


def find(text: str, *, is_strict: bool = False) -> Iterator[Found]:
    """Everything in `text` that has the shape of a secret, in no order; overlaps are possible."""
    folded = text.lower()
    if len(folded) != len(text):  # a few letters fold to two: then places would not fit
        folded = "".join(c.lower() if c.isascii() else c for c in text)
    for shape in SHAPES + STRICT if is_strict else SHAPES:
        for match in _matches(shape, text, folded if shape.is_folded else text):
            group = match.re.groups
            value = match[group]
            if (shape.is_dense and not is_made(value)) or (shape.is_free and not is_random(value)):
                continue
            if not _compiled(_HARMLESS).search(value):
                yield Found(match.start(group), match.end(group), shape.kind)


def _matches(shape: Shape, text: str, searched: str) -> Iterator[re.Match[str]]:
    """Where the pattern fits, tried at each marker in `searched`, which is as long as `text`."""
    flags = re.IGNORECASE if shape.is_folded else 0
    if not shape.markers:
        yield from _compiled(shape.pattern, flags).finditer(text)
    for marker in shape.markers:
        at = searched.find(marker)
        while at >= 0:
            match = _compiled(shape.pattern, flags).match(text, at)
            if match:
                yield match
            at = searched.find(marker, match.end() if match else at + 1)


@cache
def _compiled(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """A pure function of pattern and flags, so keeping its results is no state."""
    return re.compile(pattern, flags | re.ASCII)


def is_made(value: str) -> bool:
    """Whether `value` is more like a made key than like words: letters and digits, at least 2.5 bits
    a character."""
    return _is_mixed(value) and entropy(value) >= 2.5


def is_random(value: str) -> bool:
    """Whether `value` alone speaks for itself: both cases, digits, at least 4.2 bits a character, and neither
    a path nor hexadecimal (commit ids, checksums, UUIDs)."""
    if not _is_mixed(value) or value.count("/") > 2 or re.fullmatch(r"[0-9a-fA-F-]+", value):
        return False
    return value.lower() != value != value.upper() and entropy(value) >= 4.2


def _is_mixed(value: str) -> bool:
    return any(c.isdigit() for c in value) and any(c.isalpha() for c in value)


def entropy(value: str) -> float:
    """Shannon entropy in bits per character."""
    counts = (value.count(c) for c in set(value))
    size = len(value) or 1
    return -sum(n / size * math.log2(n / size) for n in counts)


def is_secret_name(name: str) -> bool:
    """Whether a variable of this name is likely to hold a secret."""
    return re.search(_SECRET_NAME, name) is not None


def is_secret_value(value: str) -> bool:
    """Whether the value of a variable named so is worth hiding wherever it occurs: not a path, not a word."""
    if len(value) < 8 or value.startswith(("/", "~", "./")) or "\n" in value:
        return False
    return len(value) >= 20 or _is_mixed(value)
