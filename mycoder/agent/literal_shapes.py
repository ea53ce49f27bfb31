"""The shapes of values that must survive: what they look like, and how a text is searched for them.

All that a session has ever printed is searched again when it is resumed, so a search must cost little where nothing
is found. A regular expression that begins with a fixed character or set is searched for at the speed of C, one that
begins with a look-behind, a word border or many alternatives is tried at every character. So most shapes are looked
for only in lines that hold a sign without which there is none. No shape goes past the end of a line.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache

import msgspec

_LONGEST = 160
_BEFORE = 28
"""Characters before a bare value that are kept with it, for its meaning."""

_EXTENSIONS = re.compile(
    "py|js|ts|tsx|jsx|go|rs|java|c|h|cpp|hpp|rb|php|md|txt|json|toml|yaml|yml|html|css|sh"
)

_TELLING = (
    "port|pid|id|key|token|version|branch|commit|user|seed|region|bucket|table|queue|account|shard|node|order|ticket|"
    "release|build|tag|limit|timeout|threshold|host"
)
"""Words after which a number means something."""

Spans = Callable[[str], Iterator[tuple[int, int]]]
"""The lines of a text, as spans in order, that may hold a value of one shape."""


class Shape(msgspec.Struct, frozen=True):
    """`weight` is 1 (bare) to 3 (named); `lines` of None: the pattern is quick enough for the whole text."""

    pattern: re.Pattern[str]
    weight: int
    lines: Spans | None = None

    def matches(self, text: str) -> Iterator[re.Match[str]]:
        if self.lines is None:
            yield from self.pattern.finditer(text)
            return
        for start, end in self.lines(text):
            yield from self.pattern.finditer(text, start, end)


def found(text: str) -> Iterator[tuple[str, str, int]]:
    """Value, what to show of it, and its weight from 1 (bare) to 3 (named)."""
    taken: set[str] = set()
    covered = bytearray(len(text))
    for shape in _shapes():
        is_named = "name" in shape.pattern.groupindex
        for match in shape.matches(text):
            value = match["value"].rstrip(".,;:!?)]}'\"")
            start, end = match.span("value")
            if len(value) < 2 or len(value) > _LONGEST or value in taken or _is_place_in_code(value):
                continue
            if covered.find(1, start, end) >= 0:
                continue  # a part of a value that is known as a whole
            if is_named and _EXTENSIONS.fullmatch(match["name"].rpartition(".")[2]):
                continue  # a hit of a search: ``src/app.py:42: x``
            taken.add(value)
            covered[start:end] = b"\1" * (end - start)
            first = match.start("name") if is_named else start
            before = (
                "" if is_named and not match[0][len(match["name"])].isspace() else _words_before(text, first)
            )
            shown = before + text[first:end]
            yield value, " ".join(shown.split()).rstrip(".,;")[: _LONGEST + _BEFORE], shape.weight


@cache
def _shapes() -> tuple[Shape, ...]:
    value = (
        r"(?P<value>[\"']?(?:--?)?[\w./:@~+%-]*\d[\w./:@~+%-]*[\"']?|[\"'][^\"'\n]{2,60}[\"']|/[\w./@+-]+"
        r"|(?:true|false)\b)"
    )
    ends = "".join(sorted(word[-1] + word[-1].upper() for word in _TELLING.split("|")))
    number = r"[ \t]*(?:(?i:is|number)[ \t]+|#)?(?P<value>[\w./:-]*\d[\w./:-]*)"
    shapes: tuple[tuple[str, int, Spans | None], ...] = (
        (r"(?P<value>[a-z][a-z0-9+.-]{1,12}://[^\s\"'<>)\]]+)", 3, _having("://")),
        (r"(?P<value>--(?<![\w-]--)[a-z][\w-]*=\S{1,60})", 3, None),
        (r"(?P<value>--(?<![\w-]--)[a-z][\w-]+)", 1, None),
        (
            r"(?P<value>(?<![\w.])(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|[a-z][\w-]*(?:\.[\w-]+)+):\d{2,5}\b)",
            3,
            _having(r":\d\d"),
        ),
        (
            rf"(?P<name>(?<![\w.])[A-Za-z_][\w.-]{{1,40}})[ \t]?[:=][ \t]?{value}",
            3,
            _having(rf"[:=][ \t]?{value}"),
        ),
        (
            rf"(?P<name>\b(?i:{_TELLING})\b)[ \t]{number}",
            3,
            _having(rf"[ \t](?<=[{ends}][ \t]){number}"),
        ),
        (r"(?P<value>(?<![\w/.:])~?/(?:[\w.@+-]+/)+[\w.@+-]+)", 1, _having(r"/[\w.@+-]+/")),
        (r"(?P<value>\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b)", 2, _having("-[0-9a-f]{4}-")),
        (
            r"(?P<value>\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b)",
            2,
            _having("[0-9](?:[a-f]|(?<=[a-f][0-9]))"),
        ),
        (r"(?P<value>\b[A-Z]{2,10}-\d{1,7}\b)", 2, _having(r"-\d")),
    )
    return tuple(Shape(re.compile(pattern), weight, lines) for pattern, weight, lines in shapes)


def _having(sign: str) -> Spans:
    """The lines that hold a match of `sign`."""
    pattern = re.compile(sign)

    def lines(text: str) -> Iterator[tuple[int, int]]:
        place = 0
        while (match := pattern.search(text, place)) is not None:
            start, end = _line_around(text, match.start())
            yield start, end
            place = end + 1

    return lines


def _line_around(text: str, place: int) -> tuple[int, int]:
    end = text.find("\n", place)
    return text.rfind("\n", 0, place) + 1, len(text) if end < 0 else end


def _is_place_in_code(value: str) -> bool:
    """``src/app.py:42`` is a hit of a search, not a host with a port."""
    name, colon, _ = value.rpartition(":")
    return bool(colon) and _EXTENSIONS.fullmatch(name.rpartition(".")[2]) is not None


def _words_before(text: str, start: int) -> str:
    line = text.rfind("\n", 0, start) + 1
    before = text[max(line, start - _BEFORE) : start]
    if start - _BEFORE > line and " " in before:
        before = before.partition(" ")[2]
    return before.lstrip()
