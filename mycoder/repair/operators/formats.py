"""How values are shown in a text: width, precision and type of formats, conversions, and the codes of dates."""

import ast
import re
from collections.abc import Iterator

from mycoder.repair.literal import Run, TextNode
from mycoder.repair.operators.text import TextOperator, Wanted
from mycoder.repair.site import Edit, Site

_SPEC = re.compile(
    r"(?P<align>(?:.?[<>=^])?)(?P<sign>[-+ ]?)(?P<alternate>#?)(?P<zero>0?)(?P<width>\d*)(?P<group>[,_]?)"
    r"(?P<precision>(?:\.\d+)?)(?P<type>[a-zA-Z%]?)"
)
_IN_BRACES = re.compile(r"\{(?P<name>[^{}:!]*)(?P<conversion>(?:![rsa])?)(?::(?P<spec>[^{}]*))?\}")
_PRINTF = re.compile(
    r"%(?P<name>(?:\(\w*\))?)(?P<flags>[-+ #0]*)(?P<width>\d*)(?P<precision>(?:\.\d+)?)(?P<type>[a-zA-Z])"
)
_DATE = re.compile(r"%[-#]?([a-zA-Z])")
_DATE_CODES = ("Yy", "mMBbh", "djaAwuUW", "HI", "MmS", "Sfs", "pP", "zZ", "xXc", "DdFT")
_TYPES = ("f", "d", "g", "e", "s", "x", "X", "b", "o", "%", "n", "")
_OF_PRINTF = ("s", "d", "r", "f", "x", "X", "g", "e")


class Formats(TextOperator):
    name = "format"
    cost = 1.7

    def edits(self, site: Site) -> Iterator[Edit]:
        yield from super().edits(site)
        if isinstance(site.node, ast.JoinedStr):
            yield from self._conversions(site, site.node)

    def wanted(self, site: Site, node: TextNode, run: Run) -> Wanted:
        value = run.value
        if run.is_format or _is_date_format(site):
            for code in _DATE.finditer(value):
                for rank, other in enumerate(_dates(code.group(1))):
                    yield value[: code.start(1)] + other + value[code.end(1) :], self.cost + 0.1 * rank
        if run.is_format:
            if "%" not in value[:-1]:
                yield from ((new, self.cost + more) for new, more in _specs(value))
            return
        for start, end, new, more in (*_of_braces(value), *_of_printf(value)):
            yield value[:start] + new + value[end:], self.cost + more

    def _conversions(self, site: Site, node: ast.JoinedStr) -> Iterator[Edit]:
        """``{x!r}`` for ``{x}`` and the like, where nothing stands between the expression and the end."""
        data = site.source.data
        for field in node.values:
            if not isinstance(field, ast.FormattedValue):
                continue
            end = site.source.span(field.value)[1]
            old = data[end : end + 2].decode("latin-1") if data[end : end + 1] == b"!" else ""
            if not old and data[end : end + 1] not in (b"}", b":"):
                continue
            for rank, new in enumerate(("!r", "", "!s", "!a")):
                if new != old and (new != "!s" or old):
                    yield Edit(end, end + len(old), new, self.cost + 0.1 + 0.2 * rank)


def _of_braces(value: str) -> Iterator[tuple[int, int, str, float]]:
    for field in _IN_BRACES.finditer(value):
        if value[: field.start()].endswith("{"):
            continue
        conversion = field.group("conversion")
        for rank, new in enumerate(("!r", "", "!s")):
            if new != conversion and (new != "!s" or conversion):
                yield *field.span("conversion"), new, 0.3 + 0.2 * rank
        if field.group("spec"):
            for new, more in _specs(field.group("spec")):
                yield *field.span("spec"), new, more


def _of_printf(value: str) -> Iterator[tuple[int, int, str, float]]:
    for field in _PRINTF.finditer(value):
        for rank, new in enumerate(_OF_PRINTF):
            yield *field.span("type"), new, 0.2 + 0.08 * rank
        for new, more in _numbers(field.group("precision"), "."):
            yield *field.span("precision"), new, more
        for new, more in _numbers(field.group("width"), ""):
            yield *field.span("width"), new, more + 0.2
        flags = field.group("flags")
        for rank, flag in enumerate("0-+ #"):
            if not flags or flag in flags:
                yield (
                    *field.span("flags"),
                    flags.replace(flag, "") if flag in flags else flag,
                    0.5 + 0.1 * rank,
                )


def _specs(spec: str) -> Wanted:
    """Formats one step from this one, of the small language of the standard library."""
    found = _SPEC.fullmatch(spec)
    if found is None:
        return
    parts = found.groupdict()

    def shown(**other: str) -> str:
        return "".join({**parts, **other}.values())

    for text, more in _numbers(parts["precision"], "."):
        yield shown(precision=text), more
    for text, more in _numbers(parts["width"], ""):
        yield shown(width=text), more + 0.1
    for rank, kind in enumerate(_TYPES):
        yield shown(type=kind), 0.2 + 0.08 * rank
    fill = parts["align"][:-1]
    for rank, align in enumerate(("<", ">", "^", "")):
        yield shown(align=fill + align if align else ""), 0.3 + 0.1 * rank
    if parts["width"]:
        yield shown(zero="" if parts["zero"] else "0"), 0.3
        for text, more in _numbers(parts["width"], ""):
            yield shown(zero="0", width=text), more + 0.4
        for mark in (" ", "0", "*", "-", "_") if len(parts["align"]) > 1 else ():
            yield shown(align=mark + parts["align"][-1]), 0.5
    for rank, mark in enumerate(("", ",", "_")):
        yield shown(group=mark), 0.4 + 0.1 * rank
    for rank, sign in enumerate(("", "+", " ")):
        yield shown(sign=sign), 0.5 + 0.1 * rank
    yield shown(alternate="" if parts["alternate"] else "#"), 0.6
    if not parts["precision"] and parts["type"] in tuple("feg%"):
        for digits in "1203":
            yield shown(precision=f".{digits}"), 0.3


def _numbers(text: str, before: str) -> Wanted:
    digits = text.removeprefix(before)
    if not digits:
        return
    for rank, value in enumerate(dict.fromkeys((int(digits) + 1, int(digits) - 1, 1, 2, 3, 0, 4, 6, 8, 10))):
        if value >= (0 if before else 1):
            yield f"{before}{value}", 0.1 * rank
    yield "", 0.5


def _dates(code: str) -> Iterator[str]:
    for group in _DATE_CODES:
        if code in group:
            yield from (c for c in group if c != code)
    if code.swapcase() != code:
        yield code.swapcase()


def _is_date_format(site: Site) -> bool:
    """It is handed to strftime or strptime here, or the module calls one of them."""
    parent = site.parent
    if isinstance(parent, ast.Call):
        return getattr(parent.func, "attr", "") in ("strftime", "strptime")
    names = {"strftime", "strptime", "isoformat"}
    return any(names & set(known) for known in site.scope.attributes.values())
