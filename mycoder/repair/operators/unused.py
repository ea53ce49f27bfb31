"""A definition that nothing uses is put to use: a dead store or an uncalled inner function is a sign of a missing
condition or of another name in its place."""

import ast
from collections.abc import Iterator

from mycoder.repair.operators.guard import actions
from mycoder.repair.site import Edit, Site, names_in

MOST_VALUES = 6
_WORDS = ("in", "not in", "==", "!=", "<", ">")


class Unused:
    name = "unused definition"
    cost = 0.7
    _condition = 1.4
    _part = 1.7
    _guard = 2.4
    nodes = (ast.If, ast.While, ast.IfExp, ast.Name, ast.BinOp, ast.Call, ast.Subscript)

    def edits(self, site: Site) -> Iterator[Edit]:
        if not site.scope.unused and not site.scope.unused_functions:
            return
        match site.node:
            case ast.Name(ctx=ast.Load()):
                for rank, name in enumerate(site.scope.unused):
                    yield Edit(*site.source.span(site.node), name, self.cost + 0.06 * rank)
                yield from self._parts(site, site.node)
            case ast.BinOp() | ast.Call() | ast.Subscript(ctx=ast.Load()):
                yield from self._parts(site, site.node)
            case ast.If() | ast.While() | ast.IfExp():
                yield from self._conditions(site, site.node.test)
                if isinstance(site.node, ast.If) and site.source.is_alone(site.node):
                    yield from self._guards(site, site.node)

    def _parts(self, site: Site, node: ast.expr) -> Iterator[Edit]:
        """A calculation that leaves out what was given to it."""
        is_value = isinstance(
            site.parent, ast.Return | ast.Assign | ast.AugAssign | ast.BinOp | ast.Subscript
        )
        is_argument = isinstance(site.parent, ast.Call) and node is not site.parent.func
        if not (is_value or is_argument):
            return
        for rank, name in enumerate(site.scope.unused[:4]):
            for more, (word, strength) in enumerate((("+", 9), ("-", 9), ("*", 10), ("//", 10), ("%", 10))):
                text = f"{site.operand(node, strength)} {word} {name}"
                yield site.put(node, text, self._part + 0.06 * rank + 0.1 * more, strength)

    def _conditions(self, site: Site, test: ast.expr) -> Iterator[Edit]:
        left_and, left_or = site.operand(test, 2), site.operand(test, 1)
        for text, extra in _predicates(site, names_in(test)):
            yield site.put(test, f"{left_and} and {text}", self._condition + extra, 2)
            yield site.put(test, f"{left_or} or {text}", self._condition + extra, 1)
            yield site.put(test, text, self._condition + extra + 0.8)

    def _guards(self, site: Site, node: ast.If) -> Iterator[Edit]:
        at = site.source.line_span(node)[0]
        if site.source.data[site.source.span(node)[0] :].startswith(b"elif"):
            return
        indent, step, line = site.source.indent(node), site.source.unit, site.source.newline
        for action, more in actions(site, node):
            for test, extra in _predicates(site, set()):
                text = f"{indent}if {test}:{line}{indent}{step}{action}{line}"
                yield Edit(at, at, text, self._guard + more + extra)


def _predicates(site: Site, about: set[str]) -> Iterator[tuple[str, float]]:
    """Conditions that use what nothing uses, with their extra cost; a condition is sooner completed by another
    one on the same thing, the names of `about`."""
    scope = site.scope
    used = [n for n in scope.locals if n in about or n not in scope.unused]
    values = sorted(used, key=lambda name: name not in about)[:MOST_VALUES]
    for function in scope.unused_functions:
        for rank, name in enumerate(values):
            far = 0.06 * rank + 0.5 * (name not in about)
            yield f"{function}({name})", far
            yield f"not {function}({name})", 0.1 + far
    for name in scope.unused[:3]:
        yield name, 0.4
        yield f"not {name}", 0.4
        for rank, value in enumerate([*values, *scope.indexed]):
            far = 0.06 * rank + 0.5 * (value.split("[")[0] not in about)
            for more, word in enumerate(_WORDS):
                yield f"{value} {word} {name}", 0.1 + far + 0.1 * more
