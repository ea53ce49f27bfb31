"""Arguments of calls and elements of displays: swapped, dropped, added, given by keyword."""

import ast
from collections.abc import Iterator
from itertools import combinations

from mycoder.repair.site import Edit, Site

_KEYWORDS = {
    "sorted": ("reverse=True", "key=len", "key=abs", "key=str", "key=str.lower"),
    "sort": ("reverse=True", "key=len", "key=abs", "key=str", "key=str.lower"),
    "max": ("key=len", "default=0", "default=None", "key=abs"),
    "min": ("key=len", "default=0", "default=None", "key=abs"),
    "enumerate": ("start=1",),
    "zip": ("strict=True",),
    "split": ('","', '" "', '"\\n"'),
    "round": ("2", "0"),
    "sum": ("[]", "0"),
    "get": ("0", "None", '""', "[]"),
    "pop": ("0", "None", "-1"),
    "int": ("2", "16"),
    "dumps": ("sort_keys=True", "default=str", "ensure_ascii=False"),
    "open": ('encoding="utf-8"',),
}


class Arguments:
    name = "arguments"
    cost = 1.3
    _usual = 1.5
    nodes = (ast.Call, ast.Tuple, ast.List, ast.keyword)

    def edits(self, site: Site) -> Iterator[Edit]:
        match site.node:
            case ast.Call():
                yield from self._swaps(site, site.node.args, self._usual)
                yield from self._drops(site, site.node)
                yield from self._additions(site, site.node)
            case ast.Tuple() | ast.List():
                yield from self._swaps(site, site.node.elts, self._usual + 0.2)
                yield from self._elements(site, site.node)
            case ast.keyword(value=ast.Constant(value=bool() as value)):
                yield Edit(*site.source.span(site.node.value), repr(not value), self._usual - 0.2)

    def _swaps(self, site: Site, parts: list[ast.expr], cost: float) -> Iterator[Edit]:
        if len(parts) > 6 or any(isinstance(p, ast.Starred | ast.GeneratorExp) for p in parts):
            return
        for one, other in combinations(parts, 2):
            if site.of(one) == site.of(other):
                continue
            start, end = site.source.span(one)[0], site.source.span(other)[1]
            first, second = site.between(one, other)
            middle = site.source.data[first:second].decode("utf-8")
            yield Edit(start, end, site.of(other) + middle + site.of(one), cost)

    def _drops(self, site: Site, node: ast.Call) -> Iterator[Edit]:
        parts: list[ast.AST] = [*node.args, *node.keywords]
        if not parts or (len(parts) == 1 and isinstance(parts[0], ast.GeneratorExp)):
            return
        for position, part in enumerate(parts):
            start, end = site.source.span(part)
            if position + 1 < len(parts):
                end = site.source.span(parts[position + 1])[0]
            elif position:
                start = site.source.span(parts[position - 1])[1]
            is_queue = _called(node) == "pop" and isinstance(part, ast.Constant) and part.value == 0
            more = -0.2 if is_queue else 1.0 if len(parts) > 1 else 1.6  # first in, last out
            yield Edit(start, end, "", self._usual + more)

    def _additions(self, site: Site, node: ast.Call) -> Iterator[Edit]:
        if any(isinstance(a, ast.GeneratorExp) for a in node.args) and len(node.args) == 1:
            end = site.source.span(node)[1] - 1
            for text in _KEYWORDS.get(_called(node), ()):
                inner = site.of(node.args[0])
                if "=" in text and inner.startswith("("):
                    yield Edit(
                        site.source.span(node.args[0])[0], end + 1, f"({inner}, {text})", self._usual + 1.2
                    )
            return
        parts: list[ast.AST] = [*node.args, *node.keywords]
        end = site.source.span(parts[-1])[1] if parts else site.source.span(node)[1] - 1
        comma = ", " if parts else ""
        for text in _KEYWORDS.get(_called(node), ()):
            if text.split("=")[0] not in [k.arg for k in node.keywords]:
                yield Edit(end, end, comma + text, self._usual + 0.7)
        if node.keywords:
            return
        is_plain = isinstance(node.func, ast.Name) or _called(node) not in (
            "append",
            "add",
            "lower",
            "upper",
            "sort",
        )
        for rank, name in enumerate(site.scope.values[:8] if is_plain else ()):
            yield Edit(end, end, comma + name, self._usual + 2.0 + 0.1 * rank)
            if parts:
                start = site.source.span(parts[0])[0]
                yield Edit(start, start, f"{name}, ", self._usual + 2.2 + 0.1 * rank)
        if not parts:
            for text in ("0", "1", "-1"):
                yield Edit(end, end, text, self._usual + 2.2)

    def _elements(self, site: Site, node: ast.Tuple | ast.List) -> Iterator[Edit]:
        if not isinstance(node.ctx, ast.Load) or len(node.elts) > 8:
            return
        if len(node.elts) > 1 + isinstance(node, ast.Tuple):
            for position in range(len(node.elts)):
                start, end = site.source.span(node.elts[position])
                if position:
                    start = site.source.span(node.elts[position - 1])[1]
                else:
                    end = site.source.span(node.elts[1])[0]
                yield Edit(start, end, "", self._usual + (0.3 if len(node.elts) > 3 else 1.7))
        at = site.source.span(node.elts[-1])[1] if node.elts else site.source.span(node)[1] - 1
        for rank, text in enumerate([*site.scope.values[:6], "0", "1"]):
            comma = ", " if node.elts else ""
            if isinstance(node, ast.List) or node.elts:
                yield Edit(at, at, comma + text, self._usual + 1.6 + 0.12 * rank)


def _called(node: ast.Call) -> str:
    match node.func:
        case ast.Name():
            return node.func.id
        case ast.Attribute():
            return node.func.attr
    return ""
