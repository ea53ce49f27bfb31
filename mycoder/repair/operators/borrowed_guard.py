"""A whole guard of another function, put before a statement: its condition and where it goes then."""

import ast
from collections.abc import Iterator

from mycoder.repair.operators.insertion import is_room, loop_around
from mycoder.repair.site import Edit, Site


class BorrowedGuard:
    name = "borrowed guard"
    cost = 2.8
    nodes = (ast.stmt,)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        assert isinstance(node, ast.stmt)
        if not is_room(site, node) or isinstance(node, ast.Pass):
            return
        start = site.source.line_span(node)[0]
        indent, step, line = site.source.indent(node), site.source.unit, site.source.newline
        is_loop = loop_around(site) is not None
        for rank, text in enumerate(site.scope.foreign_guards):
            guard = ast.parse(text).body[0]
            assert isinstance(guard, ast.If)
            if isinstance(guard.body[0], ast.Continue | ast.Break) and not is_loop:
                continue
            action = ast.get_source_segment(text, guard.body[0]) or "pass"
            head = text[: -len(action)].rstrip()
            new = f"{indent}{head}{line}{indent}{step}{action}{line}"
            yield Edit(start, start, new, self.cost + 0.03 * rank)
