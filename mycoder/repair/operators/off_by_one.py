"""Plus or minus one, where counts, indices and bounds are written; and a superfluous one taken away."""

import ast
from collections.abc import Iterator

from mycoder.repair.levels import SUM
from mycoder.repair.site import Edit, Site


class OffByOne:
    name = "off by one"
    cost = 1.3
    nodes = (ast.Name, ast.Call, ast.BinOp, ast.Subscript, ast.Attribute)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            return
        if isinstance(site.parent, ast.Call) and node is site.parent.func:
            return
        if isinstance(node, ast.BinOp):
            one = (
                isinstance(node.right, ast.Constant)
                and node.right.value in (1, 2)
                and node.right.value is not True
            )
            if isinstance(node.op, ast.Add | ast.Sub) and one:
                yield site.put(node, site.of(node.left), self.cost)
        more = self._context(site)
        if more is None:
            return
        text = site.operand(node, SUM)
        yield site.put(node, f"{text} + 1", self.cost + more, SUM)
        yield site.put(node, f"{text} - 1", self.cost + more, SUM)
        if isinstance(node, ast.Call | ast.BinOp | ast.Name):
            yield site.put(node, f"{text} + 2", self.cost + more + 2.0, SUM)
            yield site.put(node, f"{text} // 2", self.cost + more + 1.8, 10)

    def _context(self, site: Site) -> float | None:
        """Extra cost by where the expression stands: none in bounds and indices; None where it makes no
        sense."""
        node, parent = site.node, site.parent
        match parent:
            case ast.Call() if isinstance(parent.func, ast.Name) and parent.func.id == "range":
                return 0.0
            case ast.Slice() | ast.Subscript() if node is not getattr(parent, "value", None):
                return 0.1
            case ast.Compare():
                return 0.5
            case ast.Return() | ast.Assign() | ast.AugAssign() | ast.BinOp():
                return 0.9
            case ast.Call():
                return 1.1
            case ast.Attribute() | ast.Expr() | ast.For() | ast.BoolOp() | ast.If() | ast.While():
                return None
        return 1.6
