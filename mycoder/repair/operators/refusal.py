"""A missing refusal: a failing test waits for an exception that nothing raises."""

import ast
from collections.abc import Iterator

from mycoder.repair.operators.condition import predicates
from mycoder.repair.operators.insertion import is_placeholder, is_room
from mycoder.repair.site import Edit, Site
from mycoder.repair.source import BUILTINS

MOST_EXTRA = 1.4
MOST_WAYS = 4


class Refusal:
    """Raises an exception of the kind the test waits for, under the conditions that guards have."""

    name = "refusal"
    cost = 1.2
    _guard = 2.2
    nodes = (ast.stmt,)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        assert isinstance(node, ast.stmt)
        if not site.literals.awaited or not is_room(site, node):
            return
        indent, step, line = site.source.indent(node), site.source.unit, site.source.newline
        start = site.source.line_span(node)[0]
        for rank, way in enumerate(_ways(site)):
            if is_placeholder(site, node):
                yield Edit(*site.source.span(node), way, self.cost + 0.1 * rank)
                continue
            for test, extra in predicates(site.scope):
                if extra <= MOST_EXTRA:
                    text = f"{indent}if {test}:{line}{indent}{step}{way}{line}"
                    yield Edit(start, start, text, self._guard + 0.3 * rank + extra)


def _ways(site: Site) -> list[str]:
    """How the project raises such an exception, then its bare name."""
    scope = site.scope
    known = [n for n in site.literals.awaited if n in BUILTINS or n in site.source.module_names]
    raised = [text for text in scope.foreign_statements if text.startswith("raise ")]
    others = [text for text in raised if any(text.startswith(f"raise {name}(") for name in known)]
    return list(dict.fromkeys([*others[: MOST_WAYS - 1], *(f"raise {name}" for name in known)]))[:MOST_WAYS]
