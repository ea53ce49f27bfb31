"""A missing guard or base case put before a statement: empty, None, bounds; leave, go on or stop."""

import ast
from collections.abc import Iterator

from mycoder.repair.operators.condition import predicates
from mycoder.repair.site import Edit, Site
from mycoder.repair.source import FUNCTIONS


class Guard:
    name = "guard"
    cost = 2.9
    nodes = (ast.stmt,)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        assert isinstance(node, ast.stmt)
        if not site.source.is_alone(node) or site.source.function_of(node) is None or _is_doc(node):
            return
        at = site.source.line_span(node)[0]
        indent, step, line = site.source.indent(node), site.source.unit, site.source.newline
        for action, more in actions(site, node):
            for test, extra in predicates(site.scope, site.near[:8]):
                if extra > 1.4 or action == f"return {test}":
                    continue
                text = f"{indent}if {test}:{line}{indent}{step}{action}{line}"
                yield Edit(at, at, text, self.cost + more + extra)
        yield from self._wrapped(site, node)

    def _wrapped(self, site: Site, node: ast.stmt) -> Iterator[Edit]:
        """The statement itself made conditional."""
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            return
        start, end = site.source.line_span(node)
        body = site.source.data[start:end].decode("utf-8")
        if '"""' in body or "'''" in body:
            return
        indent, step = site.source.indent(node), site.source.unit
        deeper = "".join(step + part if part.strip() else part for part in body.splitlines(keepends=True))
        for test, extra in predicates(site.scope, site.near[:8]):
            if extra > 1.6:
                continue
            yield Edit(
                start, end, f"{indent}if {test}:{site.source.newline}{deeper}", self.cost + 0.4 + extra
            )


def _is_doc(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def actions(site: Site, node: ast.stmt) -> Iterator[tuple[str, float]]:
    """What may be done where a guard holds, with its extra cost: return, go on or stop."""
    function = site.source.function_of(node)
    is_first = function is not None and _first(function) is node
    for rank, value in enumerate(_results(site)):
        yield f"return {value}".rstrip(), (0.0 if is_first else 0.5) + 0.15 * rank
    for outer in site.source.up(node):
        if isinstance(outer, FUNCTIONS):
            return
        if isinstance(outer, ast.For | ast.While | ast.AsyncFor):
            yield "continue", 0.0
            yield "break", 0.2
            return


def _first(function: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.stmt:
    body = function.body
    return body[1] if len(body) > 1 and _is_doc(body[0]) else body[0]


def _results(site: Site) -> list[str]:
    """What the function returns elsewhere, then the usual empty values of those kinds."""
    seen: dict[str, None] = {}
    for node in site.scope.nodes:
        if isinstance(node, ast.Return) and node.value is not None:
            text = site.of(node.value)
            if len(text) < 40 and "\n" not in text:
                seen[text] = None
    usual = ["None", "False", "True", "0", "[]", '""', "1", "-1", *site.scope.locals[:3]]
    return list(dict.fromkeys([*list(seen)[:5], *usual]))[:12]
