"""A missing or superfluous call or ``await``, a missing return, default of a lookup, copies of mutable
things."""

import ast
from collections.abc import Iterator

from mycoder.repair.site import Edit, Site
from mycoder.repair.source import FUNCTIONS


class Call:
    name = "call"
    cost = 1.4
    _usual = 2.0
    nodes = (ast.Attribute, ast.Name, ast.Call, ast.Await, ast.Return, ast.Expr, ast.Assign, ast.Yield)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        start, end = (0, 0) if not hasattr(node, "lineno") else site.source.span(node)
        match node:
            case ast.Attribute() | ast.Name() if isinstance(node.ctx, ast.Load):
                if not (isinstance(site.parent, ast.Call) and node is site.parent.func):
                    yield Edit(
                        end, end, "()", self._usual + (0.0 if isinstance(node, ast.Attribute) else 0.8)
                    )
            case ast.Call():
                if not node.args and not node.keywords:
                    yield site.put(node, site.of(node.func), self._usual + 0.3)
                if self._is_async(site):
                    yield site.put(node, f"await {site.of(node)}", self._usual - 0.6, 13)
            case ast.Await():
                yield site.put(node, site.of(node.value), self._usual + 0.3)
            case ast.Return() | ast.Expr() | ast.Assign() | ast.Yield():
                yield from self._statements(site, start, end)

    def _statements(self, site: Site, start: int, end: int) -> Iterator[Edit]:
        node = site.node
        match node:
            case ast.Expr() if not isinstance(node.value, ast.Constant | ast.Yield | ast.Await):
                if site.source.function_of(node):
                    yield Edit(start, start, "return ", self._usual + 0.3)
                    yield Edit(start, start, "yield ", self._usual + 1.8)
                    for rank, name in enumerate(site.scope.locals[:6]):
                        yield Edit(start, start, f"{name} = ", self._usual + 0.8 + 0.1 * rank)
            case ast.Return() if node.value is not None:
                yield Edit(start, site.source.span(node.value)[0], "yield ", self._usual + 1.2)
                yield Edit(start, site.source.span(node.value)[0], "", self._usual + 2.0)
            case ast.Return():
                for rank, name in enumerate(["None", "True", "False", "0", "[]", *site.scope.locals[:6]]):
                    yield Edit(end, end, f" {name}", self._usual + 0.2 + 0.1 * rank)
            case ast.Assign() if len(node.targets) == 1:
                place = site.token(node.targets[0], node.value, "=")
                if place is not None:
                    for rank, word in enumerate(("+=", "-=", "*=", "|=", "//=")):
                        yield Edit(*place, word, self._usual - 0.4 + 0.35 * rank)
            case ast.Yield() if node.value is not None and start:
                yield site.put(node, f"yield from {site.of(node.value)}", self._usual, -1)

    def _is_async(self, site: Site) -> bool:
        function = site.source.function_of(site.node)
        return isinstance(function, FUNCTIONS[1]) and not isinstance(site.parent, ast.Await)
