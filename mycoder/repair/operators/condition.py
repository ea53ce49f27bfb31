"""Conditions made stronger or weaker by another condition of the function or a simple test of a name."""

import ast
from collections.abc import Iterator

from mycoder.repair.operators.boolean import opposite
from mycoder.repair.site import Edit, Scope, Site


class Condition:
    name = "condition"
    cost = 1.7
    _usual = 2.4
    nodes = (ast.If, ast.While, ast.IfExp, ast.comprehension, ast.Return, ast.Assert)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        match node:
            case ast.If() | ast.While() | ast.IfExp() | ast.Assert():
                yield from self._changed(site, node.test, 0.0)
                if not isinstance(node, ast.Assert):
                    yield site.put(node.test, "True", self._usual + 0.6)
                    yield site.put(node.test, "False", self._usual + 0.8)
            case ast.comprehension():
                for test in node.ifs:
                    yield from self._changed(site, test, 0.2)
                    start, end = site.source.span(test)
                    word = site.source.data.rfind(b"if", 0, start)
                    yield Edit(word, end, "", self._usual)
                if not node.ifs:
                    end = site.source.span(node.iter)[1]
                    for text, more in predicates(site.scope, names=_targets(node)):
                        yield Edit(end, end, f" if {text}", self._usual + 0.6 + more)
            case ast.Return() if isinstance(node.value, ast.Compare | ast.BoolOp | ast.UnaryOp):
                yield from self._changed(site, node.value, 0.4)

    def _changed(self, site: Site, test: ast.expr, more: float) -> Iterator[Edit]:
        yield site.put(test, opposite(site, test), self._usual - 0.7 + more)
        left_and, left_or = site.operand(test, 2), site.operand(test, 1)
        for text, extra in predicates(site.scope, site.near[:8]):
            if text == site.of(test):
                continue
            yield site.put(test, f"{left_and} and {text}", self._usual + more + extra, 2)
            yield site.put(test, f"{left_or} or {text}", self._usual + more + extra, 1)
            yield site.put(test, f"{text} and {site.operand(test, 3)}", self._usual + more + extra + 0.9, 2)
            yield site.put(test, f"{text} or {site.operand(test, 2)}", self._usual + more + extra + 0.9, 1)
            yield site.put(test, text, self._usual + more + extra + 0.8)


def _targets(node: ast.comprehension) -> list[str]:
    return [n.id for n in ast.walk(node.target) if isinstance(n, ast.Name)]


def predicates(scope: Scope, names: list[str] | None = None) -> Iterator[tuple[str, float]]:
    """Simple conditions on what is in scope, with their extra cost; first those the function itself uses."""
    for rank, text in enumerate(scope.conditions[:12]):
        yield text, 0.3 + 0.06 * rank
        if not text.startswith("not "):
            yield f"not {text}" if text.isidentifier() else f"not ({text})", 1.0 + 0.06 * rank
    chosen = names if names is not None else scope.locals[:8]
    for rank, name in enumerate(chosen):
        more = 0.5 + 0.12 * rank
        yield name, more
        yield f"not {name}", more
        yield f"{name} is None", more + 0.2
        yield f"{name} is not None", more + 0.2
        for test in ("> 0", "== 0", "!= 0", "< 0", "> 1", ">= 0", "== 1", "% 2 == 0", "% 2 == 1"):
            yield f"{name} {test}", more + 0.7
        for test in ("<= 0", "<= 1", "< 2", ">= 1"):
            yield f"{name} {test}", more + 0.8
        yield f"len({name}) == 0", more + 0.9
        yield f"len({name}) > 1", more + 1.1
        yield f"len({name}) == 1", more + 1.1
    for one in dict.fromkeys([*scope.loop_names[:3], *chosen[:5]]):
        for other in scope.values[:6]:
            if one != other:
                near = 0.5 if one in scope.loop_names and other in scope.loop_names else 1.5
                for rank, word in enumerate(("==", "!=", "<", ">", "<=", ">=", "in", "not in")):
                    yield f"{one} {word} {other}", near + 0.1 * rank * (near < 1)
