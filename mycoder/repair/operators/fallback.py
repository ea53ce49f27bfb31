"""A value with another one for the case that it is empty or missing: ``x or y``, ``x and y``."""

import ast
from collections.abc import Iterator

from mycoder.repair.site import Edit, Site

_EMPTY = ("[]", "{}", '""', "()", "None", "0", "1", "False", "True")


class Fallback:
    name = "fallback"
    cost = 2.4
    _usual = 2.9
    nodes = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Compare)

    def edits(self, site: Site) -> Iterator[Edit]:
        if not self._is_value(site):
            return
        node = site.node
        own = site.of(node)
        if len(own) > 80:
            return
        for rank, text in enumerate(site.scope.donors.partners(own, site.scope.place)[:8]):
            yield site.put(node, f"{site.operand(node, 2)} and {text}", self.cost + 0.1 + 0.05 * rank, 1)
            yield site.put(node, f"{site.operand(node, 1)} or {text}", self.cost + 0.05 * rank, 1)
        names = [n for n in site.scope.values[:6] if n != own]
        members = [f"self.{a}" for a in site.scope.attributes.get("self", [])[:8]]
        for rank, text in enumerate([*_EMPTY, *names]):
            yield site.put(node, f"{site.operand(node, 1)} or {text}", self._usual + 0.06 * rank, 1)
        if isinstance(site.parent, ast.Return) or isinstance(node, ast.Compare):
            others = [*site.scope.conditions[:6], *(members if "self" in site.scope.locals else []), *names]
            for rank, text in enumerate(others):
                if text != own:
                    yield site.put(
                        node, f"{site.operand(node, 2)} and {text}", self._usual + 0.3 + 0.06 * rank, 1
                    )
                    yield site.put(
                        node, f"{site.operand(node, 1)} or {text}", self._usual + 0.4 + 0.06 * rank, 1
                    )

    def _is_value(self, site: Site) -> bool:
        """What is assigned, handed over or given back as a whole."""
        node, parent = site.node, site.parent
        if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
            return False
        match parent:
            case ast.Assign() | ast.AnnAssign() | ast.Return() | ast.keyword():
                return node is parent.value
            case ast.Call():
                return node in parent.args
            case ast.List() | ast.Tuple():
                return isinstance(parent.ctx, ast.Load)
            case ast.Dict():
                return node in parent.values
            case ast.FormattedValue():
                return node is parent.value
            case ast.For() | ast.AsyncFor():
                return node is parent.iter
        return False
