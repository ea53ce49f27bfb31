"""A missing separator or other short text where texts are joined by ``+``."""

import ast
from collections.abc import Iterator

from mycoder.repair.operators.constant import quoted
from mycoder.repair.site import Edit, Site

_USUAL = (" ", ",", ", ", ".", "-", "_", ":", "/", "\n")
MOST = 16


class Separator:
    name = "separator"
    cost = 2.3
    nodes = (ast.BinOp, ast.Name)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            if _is_number(node.left) or _is_number(node.right):
                return
            left, right = site.operand(node.left, 9), site.operand(node.right, 10)
            for rank, text in enumerate(_pieces(site)):
                yield site.put(node, f"{left} + {text} + {right}", self.cost + 0.08 * rank, 9)
        is_value = isinstance(site.parent, ast.Return | ast.Assign | ast.AugAssign | ast.Call)
        if not is_value or not site.scope.texts or _is_no_value(site):
            return
        whole = site.operand(node, 9)
        for rank, text in enumerate(_pieces(site)):
            yield site.put(node, f"{whole} + {text}", self.cost + 0.5 + 0.1 * rank, 9)
            yield site.put(node, f"{text} + {site.operand(node, 10)}", self.cost + 0.6 + 0.1 * rank, 9)


def _pieces(site: Site) -> list[str]:
    short = [t for t in (*site.scope.texts, *site.literals.texts) if 0 < len(t) <= 3 and not t.isalnum()]
    return [quoted(t, '"') for t in list(dict.fromkeys([*short, *_USUAL]))[:MOST]]


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not isinstance(node.value, str | bytes)


def _is_no_value(site: Site) -> bool:
    """A name that is bound or called here."""
    if not isinstance(site.node, ast.Name):
        return False
    is_called = isinstance(site.parent, ast.Call) and site.node is site.parent.func
    return is_called or not isinstance(site.node.ctx, ast.Load)
