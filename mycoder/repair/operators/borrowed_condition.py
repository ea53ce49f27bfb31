"""A condition of another function made part of this one: what stands beside the same test elsewhere first."""

import ast
from collections.abc import Iterator

from mycoder.repair.site import Edit, Site

MOST_MEMBERS = 12


class BorrowedCondition:
    name = "borrowed condition"
    cost = 2.2
    _usual = 3.0
    nodes = (ast.If, ast.While, ast.IfExp, ast.BoolOp)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        if isinstance(node, ast.BoolOp):
            if not isinstance(site.parent, ast.If | ast.While | ast.IfExp):
                for test in node.values:
                    yield from self._beside(site, test, 0.3)
            return
        assert isinstance(node, ast.If | ast.While | ast.IfExp)
        yield from self._beside(site, node.test, 0.0)
        tests = node.test.values if isinstance(node.test, ast.BoolOp) else []
        for test in tests:
            yield from self._beside(site, test, 0.2)
            yield from self._same_subject(site, test, 0.3)
        yield from self._same_subject(site, node.test, 0.0)
        known = {site.of(node.test)}
        for rank, (text, more) in enumerate(_others(site)):
            if text not in known:
                known.add(text)
                yield from self._joined(site, node.test, text, self._usual + more + 0.02 * rank)

    def _beside(self, site: Site, test: ast.expr, more: float) -> Iterator[Edit]:
        own = site.of(test)
        for rank, text in enumerate(site.scope.donors.partners(own, site.scope.place)[:12]):
            if text != own:
                yield from self._joined(site, test, text, self.cost + more + 0.05 * rank)

    def _same_subject(self, site: Site, test: ast.expr, more: float) -> Iterator[Edit]:
        """Another bound or another value for what is compared with a constant: ``x < 20 or x > 36``."""
        values: list[int | float | str]
        match test:
            case ast.Compare(left=ast.expr() as left, comparators=[ast.Constant(value=int() | float())]):
                values = [*site.scope.numbers, *site.literals.numbers[:8]]
                words = ["<", ">", "==", "!=", "<=", ">="]
            case ast.Compare(left=ast.expr() as left, comparators=[ast.Constant(value=str())]):
                values, words = [*site.scope.texts, *site.literals.texts[:8]], ["==", "!="]
            case _:
                return
        subject, own = site.operand(left, 5), site.of(test)
        for rank, value in enumerate(dict.fromkeys(values[:16])):
            for step, word in enumerate(words):
                text = f"{subject} {word} {value!r}"
                if text != own:
                    cost = self._usual + more + 0.05 * rank + 0.02 * step
                    yield site.put(test, f"{site.operand(test, 2)} and {text}", cost, 2)
                    yield site.put(test, f"{site.operand(test, 1)} or {text}", cost, 1)

    def _joined(self, site: Site, test: ast.expr, text: str, cost: float) -> Iterator[Edit]:
        yield site.put(test, f"{site.operand(test, 2)} and {_closed(text)}", cost, 2)
        yield site.put(test, f"{site.operand(test, 1)} or {text}", cost + 0.1, 1)
        yield site.put(test, f"{_closed(text)} and {site.operand(test, 3)}", cost + 0.4, 2)
        yield site.put(test, f"{text} or {site.operand(test, 2)}", cost + 0.5, 1)


def _others(site: Site) -> Iterator[tuple[str, float]]:
    """Conditions of other functions, and whether an attribute of the object is there."""
    own = {*site.scope.conditions[:12], *site.scope.locals[:8]}
    for text in site.scope.foreign_conditions:
        if text not in own:
            yield text, 0.0
    if "self" in site.scope.locals:
        for attribute in site.scope.attributes.get("self", [])[:MOST_MEMBERS]:
            yield f"self.{attribute}", 0.4
            yield f"not self.{attribute}", 0.5
            yield f"self.{attribute} is None", 0.6
            yield f"self.{attribute} is not None", 0.6


def _closed(text: str) -> str:
    """Ready to stand beside ``and``."""
    return f"({text})" if " or " in text or " if " in text or text.startswith("lambda") else text
