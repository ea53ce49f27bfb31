"""The same attribute of the other object, where one is set, added to or compared: ``mine.count += yours.count``."""

import ast
from collections.abc import Iterator

from mycoder.repair.site import Edit, Site

MOST = 6


class SameAttribute:
    """What is merged, copied or compared field by field has the same name on both sides: names of what belongs
    together agree (Pradel and Gross, 2011, on names of arguments)."""

    name = "same attribute"
    cost = 1.5
    nodes = (ast.Constant, ast.Name, ast.Attribute)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        own = _other_side(site)
        if own is None or node is own or not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            return
        if isinstance(node, ast.Name) and node.id == own.attr:  # ``self.name = name``
            return
        holder = own.value
        assert isinstance(holder, ast.Name)
        names = [n for n in site.scope.values if n not in (holder.id, "self", "cls")]
        if isinstance(node, ast.Name):  # what is there is most likely the object itself
            names.sort(key=lambda n: n != node.id)
        for rank, name in enumerate(names[:MOST]):
            if not isinstance(node, ast.Attribute) or site.of(node) != f"{name}.{own.attr}":
                yield site.put(node, f"{name}.{own.attr}", self.cost + 0.1 * rank)


def _other_side(site: Site) -> ast.Attribute | None:
    """The attribute of a plain name that the node is put into, added to or compared with."""
    match site.parent:
        case (
            ast.Assign(targets=[ast.Attribute(value=ast.Name()) as own])
            | ast.AugAssign(target=ast.Attribute(value=ast.Name()) as own)
        ):
            return own
        case ast.Compare(left=ast.Attribute(value=ast.Name()) as own, comparators=[other]) if (
            other is site.node
        ):
            return own
        case ast.Compare(left=other, comparators=[ast.Attribute(value=ast.Name()) as own]) if (
            other is site.node
        ):
            return own
    return None
