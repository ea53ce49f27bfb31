"""A condition that fails for an index beyond the end or a divisor of nought, completed by what must hold before.

The range checker and the collection size checker of TBar (Liu et al., 2019).
"""

import ast
from collections.abc import Iterator

from mycoder.repair.levels import COMPARE
from mycoder.repair.site import Edit, Site

MOST = 4
_DIVISIONS = (ast.Div, ast.FloorDiv, ast.Mod)


class Bounds:
    name = "bounds"
    cost = 2.0
    nodes = (ast.If, ast.While, ast.IfExp, ast.BoolOp, ast.Return, ast.Assign, ast.comprehension)

    def edits(self, site: Site) -> Iterator[Edit]:
        for rank, test in enumerate(_conditions(site.node)):
            left_and, left_or = site.operand(test, 3), site.operand(test, 2)
            for place, (safe, unsafe) in enumerate(_demands(site, test)):
                cost = self.cost + 0.08 * place + 0.1 * rank
                yield site.put(test, f"{safe} and {left_and}", cost, 2)
                yield site.put(test, f"{unsafe} or {left_or}", cost, 1)


def _conditions(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.If() | ast.While() | ast.IfExp():
            return [node.test]
        case ast.BoolOp():
            return node.values[:MOST]
        case ast.Return(value=ast.Compare() | ast.BoolOp() as value):
            return [value]
        case ast.Assign(value=ast.Compare() | ast.BoolOp() as value):
            return [value]
        case ast.comprehension():
            return node.ifs[:MOST]
    return []


def _demands(site: Site, test: ast.expr) -> list[tuple[str, str]]:
    """What must hold for the parts of `test` to have a value, each with its opposite."""
    found: dict[tuple[str, str], None] = {}
    for node in ast.walk(test):
        match node:
            case ast.Subscript(value=base, slice=ast.Name() | ast.BinOp() as index):
                at, size = site.operand(index, COMPARE + 1), f"len({site.of(base)})"
                found[f"{at} < {size}", f"{at} >= {size}"] = None
                found[f"{at} >= 0", f"{at} < 0"] = None
            case ast.Subscript(value=base, slice=ast.Constant(value=int()) | ast.UnaryOp()):
                whole = site.of(base)
                found[whole, f"not {whole}"] = None
            case ast.BinOp(op=op, right=ast.Name() | ast.Attribute() | ast.Call() as divisor):
                if isinstance(op, _DIVISIONS):
                    found[f"{site.of(divisor)} != 0", f"{site.of(divisor)} == 0"] = None
    return [pair for pair in found if not any("\n" in text for text in pair)][: 2 * MOST]
