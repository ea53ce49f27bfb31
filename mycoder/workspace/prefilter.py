"""What must be in a file before it is worth matching a regular expression against its lines.

Python's engine alone decides whether a line matches. Files that cannot hold a match are sorted out before:
by ripgrep with a weaker expression that finds at least the same lines, or by a text that every match
contains. The weaker expression knows only bytes, sets of bytes, alternatives, ``*``, ``+`` and ``?``:
conditions without width (anchors, word boundaries, look-around) are left out, a character beyond ASCII may
be any, and numbers of repetitions are rounded to none, one or many. Each of these only lets more lines
through.
"""

import re
import warnings
from importlib import import_module
from typing import Any

_ANY = r"[^\n]"
_LONGEST = 6000
"""Characters of a weaker expression; a longer one is not worth it."""

_DIGITS = frozenset(range(0x30, 0x3A))
_WORD = _DIGITS | frozenset(range(0x41, 0x5B)) | frozenset(range(0x61, 0x7B)) | {0x5F}
_SPACE = frozenset((9, 10, 11, 12, 13, 28, 29, 30, 31, 32))
_ASCII = frozenset(range(128))

Members = tuple[frozenset[int], bool]
"""Which ASCII characters a set holds, and whether it can hold any other."""


class _UnknownError(Exception):
    """The expression holds something that has no weaker form."""


def weaken(pattern: re.Pattern[str]) -> str | None:
    """The weaker expression for ripgrep; None when it would let everything through or `pattern` holds
    something unknown."""
    tree = _parsed(pattern)
    if tree is None or tree.getwidth()[0] == 0:
        return None
    try:
        out = _sequence(tree, pattern.flags | tree.state.flags)
    except (_UnknownError, RecursionError):
        return None
    return f"(?-u){out}" if len(out) <= _LONGEST else None


def required(pattern: re.Pattern[str]) -> bytes:
    """The longest run of characters that every match contains, as UTF-8; empty when none is known."""
    tree = _parsed(pattern)
    if tree is None or (pattern.flags | tree.state.flags) & re.IGNORECASE:
        return b""
    runs = [""]
    _collect(tree, runs)
    try:
        return max(runs, key=len).encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return b""


def is_quick(pattern: re.Pattern[str]) -> bool:
    """True when every line is decided in a number of steps in proportion to its length, whatever it holds."""
    tree = _parsed(pattern)
    try:
        return tree is not None and _ways(tree) <= _MOST_WAYS
    except RecursionError:
        return False


_MOST_WAYS = 64


def _ways(tree: Any) -> int:
    """At most so many ways to match at one place; counts up to just over _MOST_WAYS."""
    ways = 1
    for raw, value in tree:
        match str(raw):
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                least, most, inner = value
                spread = int(most) - int(least) + 1
                ways *= spread * _ways(inner) ** min(int(most), 8) if spread <= _MOST_WAYS else _MOST_WAYS + 1
            case "BRANCH":
                ways *= sum(_ways(branch) for branch in value[1])
            case "SUBPATTERN":
                ways *= _ways(value[3])
            case "ASSERT" | "ASSERT_NOT":
                ways *= _ways(value[1])
            case "ATOMIC_GROUP":
                ways *= _ways(value)
            case "GROUPREF_EXISTS":
                ways = _MOST_WAYS + 1
        if ways > _MOST_WAYS:
            break
    return ways


def _collect(tree: Any, runs: list[str]) -> None:
    for raw, value in tree:
        match str(raw):
            case "LITERAL" if value != 0x0A:
                runs[-1] += chr(value)
            case "AT" | "ASSERT" | "ASSERT_NOT":
                pass
            case "SUBPATTERN" if not (value[1] or value[2]):
                _collect(value[3], runs)
            case _:
                runs.append("")


def compile_quietly(expression: str, flags: int = 0) -> re.Pattern[str]:
    """`re.compile` without a word to the terminal about expressions that may change their meaning one day.
    Raises re.error, OverflowError, RecursionError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return re.compile(expression, flags)


def _parsed(pattern: re.Pattern[str]) -> Any:
    """The parser's tree: (name of an operation, its arguments) in order. None where it cannot be had."""
    try:
        parser: Any = import_module("re._parser")  # not public: without it nothing is sorted out
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    except (ImportError, AttributeError, re.error, OverflowError, RecursionError):
        return None


def _sequence(tree: Any, flags: int) -> str:
    return "".join(_one(str(name), value, flags) for name, value in tree)


def _one(name: str, value: Any, flags: int) -> str:
    match name:
        case "LITERAL":
            return _literal(value, flags)
        case "ANY" | "NOT_LITERAL":
            return _set((_ASCII, True))
        case "IN":
            return _set(_folded_set(value, flags))
        case "AT" | "ASSERT" | "ASSERT_NOT":
            return ""
        case "GROUPREF":
            return f"{_ANY}*"
        case "BRANCH":
            return "(?:" + "|".join(_sequence(branch, flags) for branch in value[1]) + ")"
        case "SUBPATTERN":
            _, added, removed, inner = value
            return f"(?:{_sequence(inner, (flags | added) & ~removed)})"
        case "ATOMIC_GROUP":
            return f"(?:{_sequence(value, flags)})"
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, most, inner = value
            sign = "+" if least else "?" if most == 1 else "*"
            return f"(?:{_sequence(inner, flags)}){'' if least == most == 1 else sign}"
    raise _UnknownError(name)


def _literal(code: int, flags: int) -> str:
    if flags & re.IGNORECASE or 0xD800 <= code <= 0xDFFF:
        return _set(_folded(_single(code), flags))
    if code == 0x0A:  # a line holds none: no file can match
        raise _UnknownError("a newline")
    return "".join(f"\\x{byte:02x}" for byte in chr(code).encode())


def _single(code: int) -> Members:
    return (frozenset((code,)), False) if code < 128 else (frozenset(), True)


def _folded_set(items: Any, flags: int) -> Members:
    ascii_members: frozenset[int] = frozenset()
    has_others = is_negated = False
    for raw, value in items:
        match str(raw):
            case "NEGATE":
                is_negated = True
            case "LITERAL":
                members, others = _single(value)
                ascii_members, has_others = ascii_members | members, has_others or others
            case "RANGE":
                first, last = value
                ascii_members |= frozenset(range(first, min(last, 127) + 1))
                has_others = has_others or last > 127
            case "CATEGORY":
                ascii_members |= _category(str(value))
                has_others = True
            case name:
                raise _UnknownError(name)
    folded = _folded((ascii_members, has_others), flags, certain=is_negated)
    return _complement(folded) if is_negated else folded


def _category(name: str) -> frozenset[int]:
    kinds = {"DIGIT": _DIGITS, "WORD": _WORD, "SPACE": _SPACE}
    kind = name.rpartition("_")[2]
    if kind not in kinds:
        raise _UnknownError(name)
    return _ASCII - kinds[kind] if "_NOT_" in name else kinds[kind]


def _folded(members: Members, flags: int, *, certain: bool = False) -> Members:
    """With the other case of every letter. `certain` leaves out what only may be a form of one of the
    members."""
    found, others = members
    if not flags & re.IGNORECASE:
        return members
    both = found | {ord(form) for code in found for form in (chr(code).lower(), chr(code).upper())}
    # i, k and s have forms beyond ASCII (i with and without dot, the Kelvin sign, long s) and are forms of
    # these.
    special = frozenset(map(ord, "iksIKS"))
    has_special = not special.isdisjoint(both)
    if others and not certain:
        both |= special
    return both, others or has_special


def _complement(members: Members) -> Members:
    return _ASCII - members[0], True


def _set(members: Members) -> str:
    found, others = members
    codes = sorted(found - {0x0A})
    if not codes and not others:
        raise _UnknownError("an empty set")
    inside = _ranges(codes) if codes else ""
    # A character beyond ASCII is up to four bytes, or one where the file is not UTF-8.
    high = r"[\x80-\xff]+"
    if not others:
        return f"[{inside}]"
    return f"(?:[{inside}]|{high})" if inside else high


def _ranges(codes: list[int]) -> str:
    out = []
    first = last = codes[0]
    for code in [*codes[1:], 999]:
        if code == last + 1:
            last = code
            continue
        out.append(f"\\x{first:02x}" if first == last else f"\\x{first:02x}-\\x{last:02x}")
        first = last = code
    return "".join(out)
