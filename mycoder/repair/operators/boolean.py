"""Boolean operators: ``and`` for ``or``, a dropped operand, a negated operand or condition."""

import ast
from collections.abc import Iterator

from mycoder.repair.operators.comparison import WORDS
from mycoder.repair.site import Edit, Site

_OPPOSITE = {
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
    "==": "!=",
    "!=": "==",
    "in": "not in",
    "not in": "in",
}


class Boolean:
    name = "boolean"
    cost = 1.3
    nodes = (ast.BoolOp, ast.UnaryOp, ast.Name, ast.Call, ast.Attribute, ast.Subscript, ast.Compare)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        match node:
            case ast.BoolOp():
                yield from self._operands(site, node)
            case ast.UnaryOp() if isinstance(node.op, ast.Not):
                yield site.put(node, site.of(node.operand), self.cost + 0.2)
                return
            case ast.UnaryOp():
                return
        if site.is_boolean and isinstance(
            site.parent, ast.If | ast.While | ast.IfExp | ast.BoolOp | ast.comprehension
        ):
            yield site.put(node, f"not {site.operand(node, 4)}", self.cost + 0.6, 3)

    def _operands(self, site: Site, node: ast.BoolOp) -> Iterator[Edit]:
        word, other = ("or", "and") if isinstance(node.op, ast.Or) else ("and", "or")
        texts = [site.operand(v, 3) for v in node.values]
        if len(texts) == 2:
            place = site.token(node.values[0], node.values[1], word)
            if place is not None:
                changed = Edit(*place, other, self.cost)
                if other == "or" and isinstance(site.parent, ast.BoolOp):
                    changed = site.put(node, f" {other} ".join(texts), self.cost)
                yield changed
        else:
            yield site.put(node, f" {other} ".join(texts), self.cost)
            for cut in range(1, len(texts)):
                left, right = f" {word} ".join(texts[:cut]), f" {word} ".join(texts[cut:])
                yield site.put(
                    node, f"({left}) {other} {right}" if word == "or" else f"{left} {other} {right}", 2.6
                )
                yield site.put(
                    node, f"{left} {other} ({right})" if word == "or" else f"{left} {other} {right}", 2.6
                )
        for position in range(len(texts)):
            rest = texts[:position] + texts[position + 1 :]
            value = node.values[1 - position] if len(texts) == 2 else None
            yield site.put(node, site.of(value) if value else f" {word} ".join(rest), self.cost + 0.5)


def opposite(site: Site, node: ast.expr) -> str:
    """The text of the negation, as a person would write it."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        word = _OPPOSITE.get(WORDS[type(node.ops[0])])
        if word:
            return f"{site.operand(node.left, 5)} {word} {site.operand(node.comparators[0], 5)}"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return site.of(node.operand)
    return f"not {site.operand(node, 4)}"
