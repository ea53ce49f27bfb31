"""Values that must survive byte for byte: ports, paths, flags, ids, addresses, named numbers.

They are collected by shape, without a model, because a summary in a model's words is where they get lost.
"""

import re
from collections.abc import Iterator
from functools import cache

import msgspec

MOST_KEPT = 600
MOST_READ = 8_000
"""Characters of one text that are looked through: its first and last halves."""

_LONGEST = 160
_BEFORE = 28
"""Characters before a bare value that are kept with it, for its meaning."""

_EXTENSIONS = frozenset(
    (
        "py",
        "js",
        "ts",
        "tsx",
        "jsx",
        "go",
        "rs",
        "java",
        "c",
        "h",
        "cpp",
        "hpp",
        "rb",
        "php",
        "md",
        "txt",
        "json",
        "toml",
        "yaml",
        "yml",
        "html",
        "css",
        "sh",
    )
)


class Source(msgspec.Struct, frozen=True):
    """Where a text came from: what it weighs, and whether it can be read again."""

    weight: int


PERSON, MODEL, COMMAND, FILE = Source(4), Source(2), Source(1), Source(0)


class Literal(msgspec.Struct):
    """`text` is what is shown, with the name or the words before it; `order` counts from the first seen."""

    text: str
    weight: int
    order: int
    times: int = 1


class Literals:
    """The values seen so far, the weightiest kept when there are too many."""

    def __init__(self) -> None:
        self._known: dict[str, Literal] = {}
        self._count = 0

    def see(self, text: str, source: Source) -> None:
        if len(text) > MOST_READ:
            text = f"{text[: MOST_READ // 2]}\n{text[-MOST_READ // 2 :]}"
        for value, shown, weight in found(text):
            self._take(value, shown, weight + source.weight)
        if len(self._known) > MOST_KEPT:
            self._thin()

    def lines(self) -> list[str]:
        """All of them, those that matter most first; of equal ones the first seen before the rest."""
        ranked = sorted(self._known.values(), key=lambda e: (-e.weight - min(e.times - 1, 2), e.order))
        return [entry.text for entry in ranked]

    def __len__(self) -> int:
        return len(self._known)

    def _take(self, value: str, shown: str, weight: int) -> None:
        known = self._known.get(value)
        if known is None:
            self._count += 1
            self._known[value] = Literal(shown, weight, self._count)
            return
        known.times += 1
        if weight > known.weight:
            known.weight, known.text = weight, shown

    def _thin(self) -> None:
        """Down to three quarters: the lightest go first, of those the ones seen last before the newest quarter."""
        ranked = sorted(self._known.items(), key=lambda item: (-item[1].weight, item[1].order))
        newest = {key for key, entry in self._known.items() if entry.order > self._count - MOST_KEPT // 8}
        kept = [key for key, _ in ranked if key not in newest][: MOST_KEPT * 3 // 4 - len(newest)]
        chosen = newest.union(kept)
        self._known = {key: entry for key, entry in self._known.items() if key in chosen}


def found(text: str) -> Iterator[tuple[str, str, int]]:
    """Value, what to show of it, and its weight from 1 (bare) to 3 (named)."""
    taken: set[str] = set()
    spans: list[tuple[int, int]] = []
    for pattern, weight in _patterns():
        for match in pattern.finditer(text):
            value = match["value"].rstrip(".,;:!?)]}'\"")
            start, end = match.span("value")
            if len(value) < 2 or len(value) > _LONGEST or value in taken or _is_place_in_code(value):
                continue
            if any(first < end and start < last for first, last in spans):
                continue  # a part of a value that is known as a whole
            is_named = "name" in pattern.groupindex
            if is_named and match["name"].rpartition(".")[2] in _EXTENSIONS:
                continue  # a hit of a search: ``src/app.py:42: x``
            taken.add(value)
            spans.append((start, end))
            first = match.start("name") if is_named else start
            before = (
                "" if is_named and not match[0][len(match["name"])].isspace() else _words_before(text, first)
            )
            shown = before + text[first:end]
            yield value, " ".join(shown.split()).rstrip(".,;")[: _LONGEST + _BEFORE], weight


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], int], ...]:
    value = (
        r"(?P<value>[\"']?(?:--?)?[\w./:@~+%-]*\d[\w./:@~+%-]*[\"']?|[\"'][^\"'\n]{2,60}[\"']|/[\w./@+-]+"
        r"|(?:true|false)\b)"
    )
    return (
        (re.compile(r"(?P<value>[a-z][a-z0-9+.-]{1,12}://[^\s\"'<>)\]]+)"), 3),
        (re.compile(r"(?P<value>(?<![\w-])--[a-z][\w-]*=\S{1,60})"), 3),
        (re.compile(r"(?P<value>(?<![\w-])--[a-z][\w-]+)"), 1),
        (
            re.compile(
                r"(?P<value>(?<![\w.])(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|[a-z][\w-]*(?:\.[\w-]+)+):\d{2,5}\b)"
            ),
            3,
        ),
        (re.compile(rf"(?P<name>(?<![\w.])[A-Za-z_][\w.-]{{1,40}})[ \t]?[:=][ \t]?{value}"), 3),
        (
            re.compile(
                r"(?P<name>\b(?:port|pid|id|key|token|version|branch|commit|user|seed|region|bucket|table|queue|"
                r"account|shard|node|order|ticket|release|build|tag|limit|timeout|threshold|host)\b)"
                r"[ \t]+(?:is[ \t]+|number[ \t]+|#)?(?P<value>[\w./:-]*\d[\w./:-]*)",
                re.IGNORECASE,
            ),
            3,
        ),
        (re.compile(r"(?P<value>(?<![\w/.:])~?/(?:[\w.@+-]+/)+[\w.@+-]+)"), 1),
        (re.compile(r"(?P<value>\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b)"), 2),
        (re.compile(r"(?P<value>\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b)"), 2),
        (re.compile(r"(?P<value>\b[A-Z]{2,10}-\d{1,7}\b)"), 2),
    )


def _is_place_in_code(value: str) -> bool:
    """``src/app.py:42`` is a hit of a search, not a host with a port."""
    name, colon, _ = value.rpartition(":")
    return bool(colon) and name.rpartition(".")[2] in _EXTENSIONS


def _words_before(text: str, start: int) -> str:
    line = text.rfind("\n", 0, start) + 1
    before = text[max(line, start - _BEFORE) : start]
    if start - _BEFORE > line and " " in before:
        before = before.partition(" ")[2]
    return before.lstrip()
