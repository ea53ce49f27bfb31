"""Another target of an assignment: a subscript or attribute that the function uses elsewhere."""

import ast
from collections.abc import Iterator

from mycoder.repair.site import Edit, Site


class Target:
    name = "target"
    cost = 2.4
    nodes = (ast.Assign, ast.AugAssign)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]  # type: ignore[attr-defined]
        places: dict[str, None] = {}
        for other in site.scope.nodes:
            if isinstance(other, ast.Subscript | ast.Attribute):
                text = site.of(other)
                if (
                    len(text) < 40
                    and "\n" not in text
                    and not isinstance(getattr(other, "slice", None), ast.Slice)
                ):
                    places[text] = None
        for target in targets:
            for rank, text in enumerate([*places, *site.scope.locals[:8]]):
                if text != site.of(target):
                    yield Edit(*site.source.span(target), text, self.cost + 0.06 * rank)
        if isinstance(node, ast.Assign) and len(targets) == 1:
            yield from self._chained(site, node, targets[0])

    def _chained(self, site: Site, node: ast.Assign, target: ast.expr) -> Iterator[Edit]:
        """``x = f(y)`` becomes ``x = x + f(y)`` and the like."""
        if not isinstance(target, ast.Name | ast.Attribute | ast.Subscript):
            return
        own = site.of(target)
        for word in ("+", "-", "*"):
            yield site.put(node.value, f"{own} {word} {site.operand(node.value, 11)}", self.cost + 0.6)
        yield site.put(node.value, f"max({own}, {site.of(node.value)})", self.cost + 0.4, 14)
        yield site.put(node.value, f"min({own}, {site.of(node.value)})", self.cost + 0.4, 14)
