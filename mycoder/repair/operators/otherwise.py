"""A missing ``else``: the other half of a decision, made of what the function does elsewhere."""

import ast
from collections.abc import Iterator

from mycoder.repair.operators.statement import simple_statements
from mycoder.repair.site import Edit, Site

MOST = 30


class Otherwise:
    name = "else"
    cost = 2.3
    _usual = 2.6
    nodes = (ast.If,)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        assert isinstance(node, ast.If)
        last = node.body[-1]
        if node.orelse or last.lineno == node.lineno or not site.source.is_alone(node):
            return
        end = site.source.line_span(last)[1]
        indent, step, line = site.source.indent(node), site.source.unit, site.source.newline
        tail = "" if site.source.data[:end].endswith(b"\n") else line
        yield from self._following(site, node, end)
        texts = [*_mirrored(site, node), *simple_statements(site)]
        for rank, text in enumerate(list(dict.fromkeys(texts))[:MOST]):
            new = f"{tail}{indent}else:{line}{indent}{step}{text}{line}"
            yield Edit(end, end, new, self._usual + 0.06 * rank)

    def _following(self, site: Site, node: ast.If, end: int) -> Iterator[Edit]:
        """The statement behind the decision becomes its other half."""
        block = site.source.block_of(node)
        place = block.index(node) + 1 if node in block else len(block)
        if place >= len(block) or not site.source.is_alone(block[place]):
            return
        start, last = site.source.line_span(block[place])
        text = site.source.data[end:last].decode("utf-8")
        if start < end or '"""' in text or "'''" in text:
            return
        indent, step = site.source.indent(node), site.source.unit
        deeper = "".join(step + part if part.strip() else part for part in text.splitlines(keepends=True))
        yield Edit(end, last, f"{indent}else:{site.source.newline}{deeper}", self.cost)


def _mirrored(site: Site, node: ast.If) -> Iterator[str]:
    """The statements of the body with one name replaced by another one of the function; names that are never
    changed otherwise come first."""
    targets = [n.target for n in site.scope.nodes if isinstance(n, ast.AugAssign)]
    changed = {t.id for t in targets if isinstance(t, ast.Name)}
    others = sorted(site.scope.locals[:8], key=lambda name: name in changed)
    for statement in node.body:
        text = site.of(statement)
        if not isinstance(statement, ast.Assign | ast.AugAssign | ast.Expr | ast.Return) or "\n" in text:
            continue
        start = site.source.span(statement)[0]
        names = [n for n in ast.walk(statement) if isinstance(n, ast.Name) and n.id in site.scope.locals]
        for old in dict.fromkeys(n.id for n in names):
            places = sorted((site.source.span(n)[0] - start for n in names if n.id == old), reverse=True)
            for new in others:
                data = text.encode("utf-8")
                for at in places:
                    data = data[:at] + new.encode("utf-8") + data[at + len(old.encode("utf-8")) :]
                if new != old:
                    yield data.decode("utf-8")
