"""An expression replaced by another one of the function, by a name, or joined with one."""

import ast
from collections.abc import Iterator

from mycoder.repair.site import Edit, Site

_WORDS = (("+", 9), ("-", 9), ("*", 10), ("//", 10), ("%", 10), ("/", 10))


class Expression:
    name = "expression"
    cost = 2.5
    nodes = (ast.BinOp, ast.Call, ast.Subscript, ast.Attribute, ast.Name, ast.Constant, ast.Compare, ast.UnaryOp)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
            return
        if isinstance(site.parent, ast.Expr | ast.JoinedStr | ast.FormattedValue | ast.keyword):
            if isinstance(node, ast.Constant) or isinstance(site.parent, ast.Expr):
                return
        if isinstance(site.parent, ast.Call) and node is site.parent.func:
            return
        own = site.of(node)
        if not isinstance(node, ast.Name | ast.Constant):
            for rank, name in enumerate(site.scope.values[:14]):
                yield site.put(node, name, self.cost - 0.4 + 0.08 * rank, 14)
            for text in ("0", "1", "None", "True", "False", "[]", '""', "-1"):
                yield site.put(node, text, self.cost + 0.9)
        for rank, text in enumerate(site.scope.expressions):
            if text != own:
                yield site.put(node, text, self.cost + 0.2 + 0.04 * rank)
        if isinstance(node, ast.Compare):
            return
        for rank, name in enumerate(site.scope.values[:8]):
            for word, strength in _WORDS:
                cost = self.cost + 0.4 + 0.1 * rank + (0.0 if word == "+" else 0.3)
                yield site.put(node, f"{site.operand(node, strength)} {word} {name}", cost, strength)
                yield site.put(node, f"{name} {word} {site.operand(node, strength + 1)}", cost + 0.2, strength)
        if not isinstance(node, ast.Constant):
            for rank, number in enumerate(site.scope.numbers[:6]):
                for word, strength in (*_WORDS, ("**", 12)):
                    text = f"{site.operand(node, strength + (word == '**'))} {word} {number!r}"
                    yield site.put(node, text, self.cost + 0.5 + 0.12 * rank, strength)
        for rank, text in enumerate(site.scope.expressions[:16]):
            yield site.put(node, f"{site.operand(node, 9)} + {text}", self.cost + 1.0 + 0.06 * rank)
            yield site.put(node, f"{site.operand(node, 9)} - {text}", self.cost + 1.3 + 0.06 * rank)
