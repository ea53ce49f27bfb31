"""Two names exchanged throughout an expression: width for height and height for width."""

import ast
from collections.abc import Iterator
from itertools import combinations

from mycoder.repair.site import Edit, Site

MOST_NAMES = 7


class Exchange:
    """Variables of a kind that are mistaken for each other are mistaken together."""

    name = "exchanged names"
    cost = 1.8
    nodes = (ast.stmt,)

    def edits(self, site: Site) -> Iterator[Edit]:
        for value in _expressions(site.node):
            if any(isinstance(n, ast.JoinedStr) for n in ast.walk(value)):
                continue  # before Python 3.12 its parts have no places of their own
            names = [n for n in ast.walk(value) if isinstance(n, ast.Name) and n.id in site.scope.values]
            known = list(dict.fromkeys(n.id for n in names))
            if len(known) > MOST_NAMES or len(names) < 3:
                continue  # of two names in two places the operands are exchanged elsewhere
            for rank, (one, other) in enumerate(combinations(known, 2)):
                yield _exchanged(site, value, names, {one: other, other: one}, self.cost + 0.06 * rank)


def _expressions(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.If() | ast.While() | ast.Assert():
            return [node.test]
        case ast.Return() | ast.Assign() | ast.AugAssign() | ast.Expr() | ast.AnnAssign():
            return [node.value] if node.value is not None else []
        case ast.For():
            return [node.iter]
    return []


def _exchanged(
    site: Site, value: ast.expr, names: list[ast.Name], swapped: dict[str, str], cost: float
) -> Edit:
    start, end = site.source.span(value)
    data = site.source.data[start:end]
    for node in sorted(names, key=lambda n: -site.source.span(n)[0]):
        first, last = (at - start for at in site.source.span(node))
        new = swapped.get(node.id, node.id)
        data = data[:first] + new.encode("utf-8") + data[last:]
    return Edit(start, end, data.decode("utf-8"), cost)
