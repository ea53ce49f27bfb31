"""Subscripts and slices: added, removed, with other bounds, reversed."""

import ast
from collections.abc import Iterator

from mycoder.repair.site import Edit, Site


class Slices:
    name = "slice"
    cost = 1.6
    nodes = (ast.Subscript, ast.Name, ast.Attribute, ast.Call, ast.Slice)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        if isinstance(node, ast.Slice):
            yield from self._bounds(site, node)
            return
        if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
            return
        if isinstance(site.parent, ast.Call) and node is site.parent.func:
            return
        if isinstance(site.parent, ast.Expr):
            return
        if isinstance(site.parent, ast.Attribute) and not isinstance(node, ast.Subscript):
            yield from self._of_owner(site, node)
            return
        if isinstance(node, ast.Subscript):
            yield site.put(node, site.of(node.value), self.cost + 0.6)
            yield from self._index(site, node)
        if isinstance(node, ast.Call):
            yield from self._looked_at(site, node)
        base = site.operand(node, 14)
        weight = 0.3 if isinstance(node, ast.Name) else 0.6
        for rank, bounds in enumerate(
            ("[1:]", "[:-1]", "[::-1]", "[0]", "[-1]", "[:]", "[1]", "[::2]", "[1:-1]", "[2:]")
        ):
            yield site.put(node, base + bounds, self.cost + weight + 0.12 * rank, 14)
        for rank, name in enumerate(site.scope.values[:8]):
            if name != base:
                cost = self.cost + weight + 1.1 + 0.1 * rank
                yield site.put(node, f"{base}[{name}]", cost, 14)
                yield site.put(node, f"{base}[{name}:]", cost + 0.2, 14)
                yield site.put(node, f"{base}[:{name}]", cost + 0.2, 14)

    def _looked_at(self, site: Site, node: ast.Call) -> Iterator[Edit]:
        """``x.pop()`` takes away what was only to be looked at."""
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr="pop"), args=[], keywords=[]):
                yield site.put(node, f"{site.of(owner)}[-1]", self.cost + 0.8, 14)
            case ast.Call(func=ast.Attribute(value=owner, attr="pop"), args=[index], keywords=[]):
                yield site.put(node, f"{site.of(owner)}[{site.of(index)}]", self.cost + 0.8, 14)

    def _of_owner(self, site: Site, node: ast.AST) -> Iterator[Edit]:
        """A part of what a method is called on: ``word[0].upper()``."""
        grand = site.source.parents.get(site.parent) if site.parent is not None else None
        is_called = isinstance(grand, ast.Call) and grand.func is site.parent
        if not is_called or not isinstance(node, ast.Name | ast.Call) or site.of(node) in ("self", "cls"):
            return
        base = site.operand(node, 14)
        for rank, bounds in enumerate(("[0]", "[-1]", "[1:]", "[:-1]", "[::-1]", "[1]")):
            yield site.put(node, base + bounds, self.cost + 0.5 + 0.12 * rank, 14)

    def _index(self, site: Site, node: ast.Subscript) -> Iterator[Edit]:
        if isinstance(node.slice, ast.Slice | ast.Tuple):
            return
        text, base = site.of(node.slice), site.operand(node.value, 14)
        for bounds in (f"{text}:", f":{text}"):
            yield site.put(node, f"{base}[{bounds}]", self.cost + 1.2, 14)
        yield site.put(node, f"{base}[-{site.operand(node.slice, 11)}]", self.cost + 1.0, 14)
        if text in ("0", "-1"):
            yield site.put(node, f"{base}.pop({text.strip('-1')})", self.cost + 0.8, 14)
        if isinstance(node.value, ast.Subscript) and not isinstance(node.value.slice, ast.Slice | ast.Tuple):
            inner = site.of(node.value.slice)
            whole = f"{site.of(node.value.value)}[{text}][{inner}]"
            yield site.put(node, whole, self.cost + 0.3, 14)
        yield site.put(node, f"{base}.get({text})", self.cost + 1.3, 14)
        yield site.put(node, f"{base}.get({text}, 0)", self.cost + 1.5, 14)

    def _bounds(self, site: Site, node: ast.Slice) -> Iterator[Edit]:
        lower, upper, step = (site.of(n) if n else "" for n in (node.lower, node.upper, node.step))
        whole = site.source.span(node)
        options: list[tuple[str, str, str, float]] = [
            ("", upper, step, 0.2),
            (lower, "", step, 0.2),
            (upper, lower, step, 0.8),
            (lower, upper, "-1" if not step else "", 0.5),
            (upper, "", step, 1.0),
            ("", lower, step, 1.0),
            (lower or "1", upper, step, 0.3),
            (lower, upper or "-1", step, 0.4),
            (lower, upper, step or "2", 1.2),
        ]
        if lower:
            options += [(f"{lower} + 1", upper, step, 0.1), (f"{lower} - 1", upper, step, 0.2)]
        if upper:
            options += [(lower, f"{upper} + 1", step, 0.0), (lower, f"{upper} - 1", step, 0.2)]
            options.append((lower, f"-{upper}" if not upper.startswith("-") else upper[1:], step, 0.9))
        for name in site.scope.values[:6]:
            options += [(name, upper, step, 1.4), (lower, name, step, 1.4)]
        for low, high, stride, more in options:
            text = f"{low}:{high}" + (f":{stride}" if stride else "")
            if text != site.of(node):
                yield Edit(*whole, text, self.cost + more)
