"""The same small change at two places at once: a literal or name that was mistaken throughout a function."""

import ast
from collections.abc import Iterator

from mycoder.repair.operators.constant import quoted
from mycoder.repair.site import Edit, Site

Pair = tuple[Edit, ...]


class Twin:
    """Proposes tuples of edits, for the outermost function as a whole."""

    name = "twin"
    cost = 3.2

    def pairs(self, site: Site) -> Iterator[Pair]:
        groups: dict[str, list[ast.AST]] = {}
        for node in site.scope.nodes:
            is_literal = isinstance(node, ast.Constant) and type(node.value) in (int, float, str)
            if is_literal and not isinstance(site.source.parents.get(node), ast.Expr | ast.JoinedStr):
                groups.setdefault(site.of(node), []).append(node)
        for text, nodes in groups.items():
            if not 2 <= len(nodes) <= 6:
                continue
            for rank, other in enumerate(self._others(site, text)):
                if other != text:
                    cost = self.cost + 0.04 * rank
                    yield tuple(Edit(*site.source.span(n), other, cost / len(nodes)) for n in nodes)

    def _others(self, site: Site, text: str) -> list[str]:
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            return []
        if isinstance(value, str):
            quote = text.lstrip("rRbBuU")[:1]
            return [quoted(t, quote) for t in (*site.literals.texts[:30], *site.scope.texts)]
        return [repr(value + 1), repr(value - 1), *(repr(n) for n in site.scope.numbers)]
