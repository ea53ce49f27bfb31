"""Parentheses around another part of a longer calculation, and two of its operands exchanged."""

import ast
from collections.abc import Iterator
from itertools import combinations

from mycoder.repair.site import Edit, Site

LONGEST = 8
"""Operands of the longest calculations that are looked at."""


class Grouping:
    """Precedence that was overlooked (``a / 2 * b`` for ``a / (2 * b)``) is among the oldest mistakes in the
    lists of novices' bugs."""

    name = "grouping"
    cost = 2.1
    nodes = (ast.BinOp, ast.JoinedStr)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        if isinstance(node, ast.JoinedStr):
            yield from self._fields(site, node)
            return
        assert isinstance(node, ast.BinOp)
        parts = _operands(site, node)
        if not _is_whole(site, node) or not 3 <= len(parts) <= LONGEST:
            return
        yield from self._enclosed(site, parts)
        yield from self._exchanged(site, parts, 2)

    def _enclosed(self, site: Site, parts: list[ast.expr]) -> Iterator[Edit]:
        for first, last in combinations(range(len(parts)), 2):
            if last - first == len(parts) - 1:
                continue
            start, end = site.outer_span(parts[first])[0], site.outer_span(parts[last])[1]
            text = site.source.data[start:end].decode("utf-8")
            yield Edit(start, end, f"({text})", self.cost + 0.1 * (len(parts) - 1 - last + first))

    def _fields(self, site: Site, node: ast.JoinedStr) -> Iterator[Edit]:
        if node in site.source.unplaced:
            return
        fields = [v.value for v in node.values if isinstance(v, ast.FormattedValue)]
        if len(fields) <= LONGEST:
            yield from self._exchanged(site, fields, 1)

    def _exchanged(self, site: Site, parts: list[ast.expr], least: int) -> Iterator[Edit]:
        """Two operands, at least so many places apart, in each other's place."""
        for first, last in combinations(range(len(parts)), 2):
            one, other = site.outer_span(parts[first]), site.outer_span(parts[last])
            data = site.source.data
            texts = [data[a:b].decode("utf-8") for a, b in (one, (one[1], other[0]), other)]
            if last - first >= least and texts[0] != texts[2]:
                yield Edit(one[0], other[1], texts[2] + texts[1] + texts[0], self.cost + 0.1 * (last - first))


def _is_whole(site: Site, node: ast.BinOp) -> bool:
    """Not the left or right part of a longer calculation without parentheses."""
    return not isinstance(site.parent, ast.BinOp) or site.outer_span(node) != site.source.span(node)


def _operands(site: Site, node: ast.expr) -> list[ast.expr]:
    """What stands between the operators of a calculation, as written; what is in parentheses is one operand."""
    if not isinstance(node, ast.BinOp) or isinstance(node.op, ast.MatMult):
        return [node]
    found: list[ast.expr] = []
    for side in (node.left, node.right):
        is_closed = site.outer_span(side) != site.source.span(side)
        found += [side] if is_closed else _operands(site, side)
    return found
