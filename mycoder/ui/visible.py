"""Text from models, tools and repositories made safe to show: what would act on a terminal becomes a sign.

Control characters turn into the Unicode control pictures, bidirectional and invisible format characters into
their code point in angle brackets (the "Trojan Source" characters, CVE-2021-42574). The zero width joiner
stays, since emoji are made with it.
"""

import re

_BIDI_AND_INVISIBLE = (
    0x061C,
    0x200B,
    0x200E,
    0x200F,
    *range(0x202A, 0x202F),
    0x2060,
    *range(0x2066, 0x206A),
    0xFEFF,
)
_TAGS = range(0xE0000, 0xE0080)


def _signs() -> dict[int, str]:
    signs = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\n\t"}
    signs[0x7F] = "\u2421"
    signs.update({code: f"<U+{code:04X}>" for code in (*range(0x80, 0xA0), *_BIDI_AND_INVISIBLE, *_TAGS)})
    signs.update(dict.fromkeys((0x2028, 0x2029), "\n"))
    signs.update(dict.fromkeys(range(0xD800, 0xE000), "\ufffd"))
    return signs


_SIGNS = _signs()
_COLOURS = re.compile(r"\x1b\[[0-9;:]*m")
_OVERWRITTEN = re.compile(r"[^\n]*\r(?!\n|$)")


def visible(text: str) -> str:
    """`text` with nothing left in it that a terminal or the bidirectional algorithm would act upon."""
    if text.isascii() and text.isprintable():
        return text
    return text.replace("\r\n", "\n").translate(_SIGNS)


def visible_line(text: str) -> str:
    """As `visible`, on one line."""
    return visible(text).replace("\n", " ⏎ ").replace("\t", " ")


def printed(text: str) -> str:
    """Output of a command as a terminal would leave it: no colours, no lines that \\r overwrote."""
    text = _COLOURS.sub("", text).replace("\r\n", "\n")
    if "\r" in text:
        text = _OVERWRITTEN.sub("", text).replace("\r", "")
    return visible(text).expandtabs(8)
