"""Texts compared without what models get wrong when they copy: whitespace, and punctuation with several code
points.
"""

import re
from bisect import bisect_right

SAME = str.maketrans(
    dict.fromkeys("‘’‚‛′", "'") | dict.fromkeys("“”„‟″", '"') | dict.fromkeys("‐‑‒–—―−", "-")
)
"""Quotes and dashes that models replace by those of ASCII."""

# zero-width space, word joiner and byte order mark are not whitespace to `re`
_WORDS = "…|[^\\s…\u200b\u2060\ufeff]+"


class Canonical:
    """`text` without whitespace, except one space where two words would grow together; punctuation folded.

    `at` tells where in the text a character of `form` comes from.
    """

    def __init__(self, text: str) -> None:
        parts: list[str] = []
        self._starts: list[int] = []
        self._origins: list[int] = []
        self._lengths: list[int] = []
        length = 0
        last = ""
        for word in re.finditer(_WORDS, text):
            part = "..." if word[0] == "…" else word[0].translate(SAME)
            if last and _is_word(last) and _is_word(part[0]):
                parts.append(" ")
                self._starts.append(length)
                self._origins.append(word.start() - 1)
                self._lengths.append(1)
                length += 1
            parts.append(part)
            self._starts.append(length)
            self._origins.append(word.start())
            self._lengths.append(len(word[0]))
            length += len(part)
            last = part[-1]
        self.form = "".join(parts)

    def at(self, index: int) -> int:
        """Position in the text of the character `index` of `form`."""
        segment = bisect_right(self._starts, index) - 1
        return self._origins[segment] + min(index - self._starts[segment], self._lengths[segment] - 1)

    def index_from(self, position: int) -> int:
        """Index in `form` of the first character that comes from `position` in the text or later."""
        segment = bisect_right(self._origins, position) - 1
        if segment < 0:
            return 0
        index = self._starts[segment] + position - self._origins[segment]
        end = self._starts[segment + 1] if segment + 1 < len(self._starts) else len(self.form)
        return min(index, end)

    def occurrences(self, form: str) -> list[int]:
        """Indices where `form` occurs and does not begin or end inside of a word."""
        found: list[int] = []
        index = self.form.find(form)
        while index >= 0:
            if not (_cuts(self.form, index) or _cuts(self.form, index + len(form))):
                found.append(index)
            index = self.form.find(form, index + 1)
        return found


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _cuts(form: str, index: int) -> bool:
    return 0 < index < len(form) and _is_word(form[index - 1]) and _is_word(form[index])


def alignment(a: str, b: str) -> list[int]:
    """For two texts of one canonical form: for each position of `a`, and its end, that in `b`."""
    out: list[int] = []
    j = 0
    for character in a:
        while j < len(b) and b[j].isspace() and not character.isspace():
            j += 1
        out.append(j)
        if j < len(b) and (b[j] == character or not (character.isspace() or b[j].isspace())):
            j += 1
    return [*out, len(b)]


def similarity(a: str, b: str) -> float:
    """Share of characters that two texts with the same canonical form have in common, 0 to 1; indentation and
    empty lines do not count."""
    a, b = _stripped(a), _stripped(b)
    if not a and not b:
        return 1.0
    positions = alignment(a, b)
    common = len({p for i, p in enumerate(positions[:-1]) if p < len(b) and a[i] == b[p]})
    return 2 * common / (len(a) + len(b))


def _stripped(text: str) -> str:
    return "\n".join(line.strip() for line in text.split("\n") if line.strip())
