"""Characters that nobody sees but a machine reads: written out as ``<U+202E>`` before a model reads them.

Instructions can be hidden from the person in direction marks, zero-width characters, tag characters, runs of
variation selectors and terminal escapes ("Trojan Source", CVE-2021-42574; ASCII smuggling). What scripts and
emoji really need stays: a joiner or one variation selector after a character that is not ASCII.
"""

import re
from collections.abc import Iterator
from functools import cache

INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff\U0001d173-\U0001d17a\U0001bca0-\U0001bca3"
)
"""As the inside of a character class of `re`. The joiners U+200C and U+200D are not in it."""

_CONTROLS = "\x00-\x08\x0b\x0e-\x1f\x7f-\x9f"
_ASCII_CONTROLS = tuple(chr(code) for code in (*range(9), 11, *range(14, 32), 127))
_JOINERS = "\u200c\u200d"
_SELECTORS = "\ufe00-\ufe0f"


@cache
def _hidden() -> re.Pattern[str]:
    """Compiled when the first text comes that is not plain."""
    return re.compile(
        f"[{_CONTROLS}{INVISIBLE}]|(?<![^\x00-\x7f{_JOINERS}])[{_JOINERS}]"
        f"|(?<![^\x00-\x22\x24-\x29\x2b-\x2f\x3a-\x7f{_SELECTORS}])[{_SELECTORS}]"
    )


def inert(text: str) -> str:
    """`text` with everything hidden written out; the same object when there is nothing.

    Line feed, carriage return, tab and form feed stay. Lone surrogates become U+FFFD, since no request can
    hold them.
    """
    if text.isascii() and not any(code in text for code in _ASCII_CONTROLS):
        return text
    if not text.isascii() and _surrogates().search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _hidden().sub(lambda match: sign(match[0]), text)


def sign(character: str) -> str:
    return f"<U+{ord(character):04X}>"


def signs_of(text: str) -> Iterator[tuple[str, str]]:
    """(sign, character) for each hidden character of `text`, once each."""
    for character in sorted({match[0] for match in _hidden().finditer(text)}):
        yield sign(character), character


@cache
def _surrogates() -> re.Pattern[str]:
    return re.compile("[\ud800-\udfff]")
