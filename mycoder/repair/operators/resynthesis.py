"""The arguments of a call chosen anew from what is in scope, and the same call put around both sides of
``==``."""

import ast
from collections.abc import Iterator
from itertools import permutations

from mycoder.repair.site import Edit, Site

_BOTH = (
    "sorted({})",
    "{}.lower()",
    "set({})",
    "str({})",
    "abs({})",
    "len({})",
    "{}.strip()",
    "list({})",
    "int({})",
    "tuple({})",
)


class Resynthesis:
    name = "call anew"
    cost = 2.4
    _usual = 3.0
    nodes = (ast.Call, ast.Compare)

    def edits(self, site: Site) -> Iterator[Edit]:
        match site.node:
            case ast.Compare(ops=[_]):
                yield from self._both(site, site.node)
            case ast.Call() if not site.node.keywords and 1 <= len(site.node.args) <= 3:
                yield from self._anew(site, site.node)

    def _both(self, site: Site, node: ast.Compare) -> Iterator[Edit]:
        left, right = site.operand(node.left, 14), site.operand(node.comparators[0], 14)
        first, second = site.between(node.left, node.comparators[0])
        middle = site.source.data[first:second].decode("utf-8").strip(" ()")
        if not middle or "\n" in middle:
            return
        for rank, form in enumerate(_BOTH):
            text = f"{form.format(left)} {middle} {form.format(right)}"
            yield site.put(node, text, self._usual - 0.6 + 0.15 * rank, 4)

    def _anew(self, site: Site, node: ast.Call) -> Iterator[Edit]:
        names = site.scope.values[:6]
        start, end = site.source.span(node.args[0])[0], site.source.span(node.args[-1])[1]
        if isinstance(node.args[0], ast.GeneratorExp):
            return
        old = site.source.data[start:end].decode("utf-8")
        for count in range(1, 3):
            for rank, chosen in enumerate(permutations(names, count)):
                text = ", ".join(chosen)
                if text != old:
                    yield Edit(start, end, text, self._usual + 0.4 * (count - 1) + 0.05 * rank)
