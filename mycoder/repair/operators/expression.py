"""An expression replaced by another one of the function, by a name, or joined with one."""

import ast
from collections.abc import Iterator

from mycoder.repair.site import Edit, Site

_WORDS = (("+", 9), ("-", 9), ("*", 10), ("//", 10), ("%", 10), ("/", 10))


class Expression:
    name = "expression"
    cost = 2.1
    _usual = 2.5
    nodes = (
        ast.BinOp,
        ast.Call,
        ast.Subscript,
        ast.Attribute,
        ast.Name,
        ast.Constant,
        ast.Compare,
        ast.UnaryOp,
    )

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        if not _is_replaceable(site):
            return
        own = site.of(node)
        if not isinstance(node, ast.Name | ast.Constant):
            for rank, name in enumerate(site.scope.values[:14]):
                yield site.put(node, name, self._usual - 0.4 + 0.08 * rank, 14)
            for text in ("0", "1", "None", "True", "False", "[]", '""', "-1"):
                yield site.put(node, text, self._usual + 0.9)
        for rank, text in enumerate(site.scope.expressions):
            if text != own:
                yield site.put(node, text, self._usual + 0.2 + 0.04 * rank)
        if not isinstance(node, ast.Compare):
            yield from self._joined(site, node)

    def _joined(self, site: Site, node: ast.AST) -> Iterator[Edit]:
        """The expression with a name, a number or another expression of the function beside it."""
        for rank, name in enumerate(site.scope.values[:8]):
            for word, strength in _WORDS:
                cost = self._usual + 0.4 + 0.1 * rank + (0.0 if word == "+" else 0.3)
                yield site.put(node, f"{site.operand(node, strength)} {word} {name}", cost, strength)
                yield site.put(
                    node, f"{name} {word} {site.operand(node, strength + 1)}", cost + 0.2, strength
                )
        if not isinstance(node, ast.Constant):
            for rank, number in enumerate(site.scope.numbers[:6]):
                for word, strength in (*_WORDS, ("**", 12)):
                    text = f"{site.operand(node, strength + (word == '**'))} {word} {number!r}"
                    yield site.put(node, text, self._usual + 0.5 + 0.12 * rank, strength)
        for rank, text in enumerate(site.scope.expressions[:16]):
            yield site.put(node, f"{site.operand(node, 9)} + {text}", self._usual + 1.0 + 0.06 * rank)
            yield site.put(node, f"{site.operand(node, 9)} - {text}", self._usual + 1.3 + 0.06 * rank)


def _is_replaceable(site: Site) -> bool:
    node, parent = site.node, site.parent
    if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del) or isinstance(parent, ast.Expr):
        return False
    if isinstance(node, ast.Constant) and isinstance(
        parent, ast.JoinedStr | ast.FormattedValue | ast.keyword
    ):
        return False
    return not (isinstance(parent, ast.Call) and node is parent.func)
