"""Operands: dropped, swapped, grouped differently, doubled with a sign."""

import ast
from collections.abc import Iterator

from mycoder.repair.operators.arithmetic import WORDS
from mycoder.repair.site import Edit, Site


class Operand:
    name = "operand"
    cost = 1.5
    _usual = 1.8
    nodes = (ast.BinOp, ast.Compare, ast.IfExp)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        match node:
            case ast.BinOp():
                yield from self._binary(site, node)
            case ast.Compare() if len(node.ops) > 1:
                yield from self._chain(site, node)
            case ast.IfExp():
                yield from self._conditional(site, node)

    def _binary(self, site: Site, node: ast.BinOp) -> Iterator[Edit]:
        left, right = site.of(node.left), site.of(node.right)
        yield site.put(node, left, self._usual)
        yield site.put(node, right, self._usual + 0.2)
        if isinstance(node.op, ast.MatMult):
            return
        word = WORDS[type(node.op)]
        if not isinstance(node.op, ast.Mult | ast.BitOr | ast.BitAnd | ast.BitXor):
            yield site.put(
                node, f"{site.operand(node.right, 12)} {word} {site.operand(node.left, 12)}", self._usual
            )
        if isinstance(node.left, ast.BinOp) and not isinstance(node.left.op, ast.MatMult):
            inner = node.left
            a, b = site.operand(inner.left, 12), site.operand(inner.right, 12)
            text = f"{a} {WORDS[type(inner.op)]} ({b} {word} {site.operand(node.right, 12)})"
            yield site.put(node, text, self._usual + 0.8)
        if isinstance(node.right, ast.BinOp) and not isinstance(node.right.op, ast.MatMult):
            inner = node.right
            a, b = site.operand(inner.left, 12), site.operand(inner.right, 12)
            text = f"({site.operand(node.left, 12)} {word} {a}) {WORDS[type(inner.op)]} {b}"
            yield site.put(node, text, self._usual + 0.8)

    def _chain(self, site: Site, node: ast.Compare) -> Iterator[Edit]:
        sides = [node.left, *node.comparators]
        start, end = site.source.span(node)
        yield Edit(start, site.source.span(sides[1])[0], "", self._usual)
        yield Edit(site.source.span(sides[-2])[1], end, "", self._usual)

    def _conditional(self, site: Site, node: ast.IfExp) -> Iterator[Edit]:
        body, test, orelse = (site.operand(n, 1) for n in (node.body, node.test, node.orelse))
        yield site.put(node, f"{orelse} if {test} else {body}", self._usual - 0.3, 0)
        yield site.put(node, body, self._usual + 0.2)
        yield site.put(node, orelse, self._usual + 0.2)
