"""Another constant: neighbours, the usual ones, those of the function and of the failing tests."""

import ast
from collections.abc import Iterator

from mycoder.repair.contrast import pieces
from mycoder.repair.site import Edit, Site

FILLED = 1.5
"""What it costs more to put a text of a test in the place of a template: its fields would be filled by heart."""

BY_HEART = 1.0
"""What a number of a test costs more that is too large to be a usual one: it is mostly the answer to its inputs."""
SMALL = 10
IDLE = 1.2
BOUND = 0.3
END = 0.5


class Constant:
    name = "constant"
    cost = 0.9
    nodes = (ast.Constant, ast.UnaryOp)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        if isinstance(node, ast.UnaryOp):
            if isinstance(node.op, ast.USub):
                yield site.put(node, site.of(node.operand), self.cost + 0.9)
            return
        assert isinstance(node, ast.Constant)
        if isinstance(site.parent, ast.Expr | ast.JoinedStr | ast.FormattedValue):
            return
        known: set[str] = {site.of(node)}
        more = 0.0
        if isinstance(site.parent, ast.List | ast.Tuple | ast.Set) and len(site.parent.elts) > 3:
            known.update(site.of(e) for e in site.parent.elts)
            more = 1.0  # of a longer display an element is sooner left out than changed
        for text, cost in self._values(site, node.value):
            if text not in known:
                known.add(text)
                strange = _is_idle(site, text) + _is_bound(site, node.value, text) + _is_end(site, text)
                yield site.put(node, text, cost + more + strange)

    def _values(self, site: Site, value: object) -> Iterator[tuple[str, float]]:
        match value:
            case bool():
                yield repr(not value), self.cost + 0.1
                yield "None", self.cost + 2.5
                yield from _names(site, self.cost + 2.6)
            case int() | float():
                yield from self._numbers(site, value)
            case str():
                yield from self._texts(site, value)
            case None:
                yield "False", self.cost + 1.2
                yield "True", self.cost + 1.5
                yield "0", self.cost + 1.6
                yield '""', self.cost + 1.8
                yield "[]", self.cost + 1.6
                yield "{}", self.cost + 2.0
                yield from _names(site, self.cost + 1.5)

    def _numbers(self, site: Site, value: int | float) -> Iterator[tuple[str, float]]:
        is_usual = isinstance(site.parent, ast.Compare | ast.Assign) and abs(value) <= 1
        more = 0.7 if is_usual else 0.0
        yield repr(value + 1), self.cost + more
        yield repr(value - 1), self.cost + more
        for usual in (0, 1, 2, -1):
            yield repr(type(value)(usual)), self.cost + 0.5
        if value:
            yield repr(-value), self.cost + 0.8
        for other in site.scope.numbers:
            yield repr(other), self.cost + 0.8
        for rank, other in enumerate(site.literals.numbers[:24]):
            by_heart = BY_HEART if abs(other) > SMALL else 0.0
            yield repr(other), self.cost + 2.2 + 0.05 * rank + by_heart
        yield repr(value + 2), self.cost + 1.3
        yield repr(value - 2), self.cost + 1.5
        yield repr(value * 10), self.cost + 1.6
        if value and value % 10 == 0:
            yield repr(type(value)(value / 10)), self.cost + 1.6
        yield repr(value * 2), self.cost + 1.8
        if isinstance(value, int):
            for small in range(3, 11):
                yield repr(small), self.cost + 1.9
            yield repr(float(value)), self.cost + 2.2
            yield repr(value + 0.5), self.cost + 2.9
            for power in (16, 26, 32, 60, 64, 97, 100, 255, 256, 360, 365, 1000, 1024):
                yield repr(power), self.cost + 2.6
        else:
            yield repr(int(value)) if value == value and abs(value) < 1e18 else "0", self.cost + 1.9
            yield repr(value / 2), self.cost + 2.2
        yield "None", self.cost + 2.8
        yield "True" if value else "False", self.cost + 2.7
        yield 'float("inf")' if value >= 0 else 'float("-inf")', self.cost + 2.7
        if isinstance(site.parent, ast.Assign):  # where a search for the largest or smallest begins
            yield 'float("-inf")', self.cost + 2.4
            for rank, name in enumerate(site.scope.values[:6]):
                yield f"{name}[0]", self.cost + 2.2 + 0.06 * rank
        yield from _names(site, self.cost + 1.7)

    def _texts(self, site: Site, value: str) -> Iterator[tuple[str, float]]:
        quote = site.of(site.node).lstrip("rRbBuU")[:1]
        for rank, other in enumerate(site.scope.texts):
            yield quoted(other, quote), self.cost + 0.6 + _size(other, value) + 0.05 * rank
        for other in (
            " ",
            "",
            value.strip(),
            value.lower(),
            value.upper(),
            value.capitalize(),
            value.title(),
        ):
            yield quoted(other, quote), self.cost + 0.9 + _size(other, value)
        is_template = len(pieces(value)) > 1
        for rank, other in enumerate(site.literals.texts[:40]):
            near = 0.0 if _is_alike(other, value) else 1.0
            if is_template and len(pieces(other)) < 2:
                near += FILLED
            yield quoted(other, quote), self.cost + 0.9 + near + 0.04 * rank
        for other in (f"{value} ", f" {value}", value[1:], value[:-1], value + "s", value[::-1]):
            yield quoted(other, quote), self.cost + 2.2
        if value.isalpha() and len(value) > 1:
            for other in (value + value.upper(), value + value.lower()):
                yield quoted(other, quote), self.cost + 2.0
        for rank, piece in enumerate([t for t in site.literals.texts if len(t) == 1][:8]):
            yield quoted(value + piece, quote), self.cost + 2.3 + 0.05 * rank
            yield quoted(piece + value, quote), self.cost + 2.4 + 0.05 * rank
        for other in (
            ",",
            ".",
            "-",
            "_",
            ":",
            ";",
            "\n",
            "/",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            "<",
            ">",
            "0",
            "1",
        ):
            yield quoted(other, quote), self.cost + (2.0 if len(value) <= 2 else 3.0)
        yield "None", self.cost + 2.4
        yield from _names(site, self.cost + 2.0)


def _is_idle(site: Site, text: str) -> float:
    """What more it costs where nobody would write it, since it does nothing: ``x + 0``, ``x * 1``."""
    match site.parent:
        case ast.BinOp(op=ast.Add() | ast.Sub()) | ast.AugAssign(op=ast.Add() | ast.Sub()):
            return IDLE if text == "0" else 0.0
        case ast.BinOp(op=ast.Mult() | ast.Div() | ast.FloorDiv() | ast.Pow()):
            return IDLE if text == "1" else 0.0
    return 0.0


def _is_bound(site: Site, value: object, text: str) -> float:
    """What more it costs to move a bound by one where a comparison that takes it in, or leaves it out, says the same
    of whole numbers: ``> 99`` for ``> 100``."""
    if type(value) is not int or not isinstance(site.parent, ast.Compare) or len(site.parent.ops) != 1:
        return 0.0
    is_right = site.node is not site.parent.left
    match site.parent.ops[0]:
        case ast.Gt() | ast.LtE():
            same = value - 1 if is_right else value + 1
        case ast.GtE() | ast.Lt():
            same = value + 1 if is_right else value - 1
        case _:
            return 0.0
    return BOUND if text == repr(same) else 0.0


def _is_end(site: Site, text: str) -> float:
    """What more it costs to take something else than an end out of a collection, and that the last one is written as
    an argument."""
    match site.parent:
        case ast.Call(func=ast.Attribute(attr="pop"), args=[ast.Constant(value=0)]):
            return END if text in ("0", "-1") else END + 0.3
    return 0.0


def _size(other: str, value: str) -> float:
    """A letter is sooner mistaken for another letter than for nothing at all."""
    return 0.5 if len(value) == 1 and len(other) != 1 else 0.0


def quoted(text: str, quote: str) -> str:
    """A literal of `text` with the quotes that the file uses at this place."""
    shown = repr(text)
    if quote == '"' and '"' not in text and shown.startswith("'"):
        return '"' + shown[1:-1].replace("\\'", "'") + '"'
    return shown


def _names(site: Site, cost: float) -> Iterator[tuple[str, float]]:
    for rank, name in enumerate(site.scope.values[:12]):
        yield name, cost + 0.08 * rank


def _is_alike(one: str, other: str) -> bool:
    if one.lower().strip() == other.lower().strip() or len(one) == len(other) == 1:
        return True
    return len(other) > 2 and (one.startswith(other) or other.startswith(one))
