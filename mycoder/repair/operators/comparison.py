"""Another comparison: ``<`` for ``<=``, ``==`` for ``!=``, ``in`` for ``not in``, swapped sides."""

import ast
from collections.abc import Iterator

from mycoder.repair.levels import SUM
from mycoder.repair.site import Edit, Site

WORDS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
_NEAR: dict[str, tuple[tuple[str, float], ...]] = {
    "<": (("<=", 0.0), (">", 0.5), (">=", 0.7), ("!=", 1.2), ("==", 1.5)),
    "<=": (("<", 0.0), (">=", 0.5), (">", 0.7), ("==", 1.2), ("!=", 1.5)),
    ">": ((">=", 0.0), ("<", 0.5), ("<=", 0.7), ("!=", 1.2), ("==", 1.5)),
    ">=": ((">", 0.0), ("<=", 0.5), ("<", 0.7), ("==", 1.2), ("!=", 1.5)),
    "==": (("!=", 0.2), ("<=", 0.7), (">=", 0.7), ("<", 0.6), (">", 0.6), ("in", 1.8), ("is", 2.5)),
    "!=": (("==", 0.2), ("<", 1.2), (">", 1.2), ("<=", 1.5), (">=", 1.5), ("not in", 1.8)),
    "is": (("is not", 0.2), ("==", 0.8)),
    "is not": (("is", 0.2), ("!=", 0.8)),
    "in": (("not in", 0.2), ("==", 1.5)),
    "not in": (("in", 0.2), ("!=", 1.5)),
}


class Comparison:
    name = "comparison"
    cost = 1.0
    nodes = (ast.Compare,)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        assert isinstance(node, ast.Compare)
        sides = [node.left, *node.comparators]
        for position, op in enumerate(node.ops):
            word = WORDS[type(op)]
            place = site.token(sides[position], sides[position + 1], word.split()[0])
            if place is None:
                continue
            start, end = place
            if " " in word:
                end = site.source.data.index(word.split()[1].encode(), end) + len(word.split()[1])
            for other, more in _NEAR[word]:
                yield Edit(start, end, other, self.cost + more)
        if len(node.ops) == 1 and not isinstance(node.ops[0], ast.Eq | ast.NotEq):
            left, right = site.operand(node.left, SUM), site.operand(node.comparators[0], SUM)
            text = f"{right} {WORDS[type(node.ops[0])]} {left}"
            yield site.put(node, text, self.cost + 2.5, 4)
