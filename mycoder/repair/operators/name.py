"""Another name: a variable, parameter or constant in scope, or another function where one is called."""

import ast
from collections.abc import Iterator

from mycoder.repair.site import Edit, Site
from mycoder.repair.source import BUILTINS

_FAMILIES = (
    "min max sum len abs",
    "any all",
    "sorted reversed list set tuple",
    "int float round str bool",
    "ord chr",
    "range len enumerate",
    "isinstance issubclass type",
    "getattr hasattr setattr",
    "map filter zip",
    "next iter",
    "dict list set",
    "print repr str",
    "bin hex oct int",
)
_OPPOSITES = {"any": "all", "all": "any", "min": "max", "max": "min"}
"""Nearer to each other than the rest of their families."""


class Name:
    name = "name"
    cost = 1.2
    nodes = (ast.Name,)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        assert isinstance(node, ast.Name)
        if isinstance(node.ctx, ast.Load):
            if isinstance(site.parent, ast.Call) and node is site.parent.func:
                yield from self._callables(site, node)
                return
            for rank, other in enumerate(site.scope.values):
                if other != node.id:
                    near = 0.0 if _is_alike(node.id, other) else 0.25
                    yield Edit(*site.source.span(node), other, self.cost + near + 0.06 * rank)
            if node.id in BUILTINS or node.id in site.scope.callables:
                yield from self._callables(site, node)
            owner = site.source.class_of(node)
            if owner is not None:
                for attribute in site.scope.attributes.get("self", [])[:16]:
                    more = 0.2 if attribute.strip("_") == node.id.strip("_") else 1.2
                    yield site.put(node, f"self.{attribute}", self.cost + more)
        elif isinstance(node.ctx, ast.Store) and not isinstance(site.parent, ast.comprehension):
            for rank, other in enumerate(site.scope.locals[:12]):
                if other != node.id:
                    yield Edit(*site.source.span(node), other, self.cost + 1.4 + 0.06 * rank)

    def _callables(self, site: Site, node: ast.Name) -> Iterator[Edit]:
        known = {node.id}
        for family in _FAMILIES:
            words = family.split()
            if node.id in words:
                for other in words:
                    if other not in known:
                        known.add(other)
                        near = 0.1 if _OPPOSITES.get(node.id) == other else 0.4
                        yield Edit(*site.source.span(node), other, self.cost + near)
        for rank, other in enumerate(site.scope.callables):
            if other not in known:
                near = 0.3 if _is_alike(node.id, other) else 1.3
                yield Edit(*site.source.span(node), other, self.cost + near + 0.05 * rank)


def _is_alike(one: str, other: str) -> bool:
    """Names that are easily mistaken for each other."""
    a, b = one.lower().strip("_0123456789"), other.lower().strip("_0123456789")
    if a == b or (one[:1] == other[:1] and abs(len(one) - len(other)) <= 1 and len(one) <= 2):
        return True
    return len(a) > 2 and len(b) > 2 and (a in b or b in a or a[:3] == b[:3] or a[-4:] == b[-4:])
