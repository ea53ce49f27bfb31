"""A block that was to leave at its end and runs on instead: a missing ``continue``, ``break`` or ``return``."""

import ast
from collections.abc import Iterator

from mycoder.repair.operators.insertion import is_room, loop_around
from mycoder.repair.site import Edit, Site
from mycoder.repair.source import FUNCTIONS

_LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break, ast.Pass)
MOST_RESULTS = 4


class EarlyExit:
    name = "early exit"
    cost = 2.2
    nodes = (ast.stmt,)

    def edits(self, site: Site) -> Iterator[Edit]:
        node, parent = site.node, site.parent
        assert isinstance(node, ast.stmt)
        if not isinstance(parent, ast.If | ast.ExceptHandler | ast.For | ast.While):
            return
        if (
            isinstance(node, _LEAVING)
            or not is_room(site, node)
            or site.source.block_of(node)[-1] is not node
        ):
            return
        end = site.source.line_span(node)[1]
        indent, line = site.source.indent(node), site.source.newline
        tail = "" if site.source.data[:end].endswith(b"\n") else line
        for text, more in _ways(site):
            yield Edit(end, end, f"{tail}{indent}{text}{line}", self.cost + more)


def _ways(site: Site) -> Iterator[tuple[str, float]]:
    is_own = isinstance(site.parent, ast.For | ast.While)
    if loop_around(site) is not None:
        if not is_own:
            yield "continue", 0.0
        yield "break", 0.1 + 0.6 * is_own
    for rank, value in enumerate(_results(site)):
        yield f"return {value}".rstrip(), 0.2 + 0.1 * rank


def _results(site: Site) -> list[str]:
    """What the function gives back elsewhere; nothing, where it gives nothing back."""
    function = site.source.function_of(site.node)
    returns = [n for n in ast.walk(function) if isinstance(n, ast.Return)] if function is not None else []
    inner = [
        f for n in returns if isinstance(f := site.source.function_of(n), FUNCTIONS) and f is not function
    ]
    texts = [site.of(n.value) if n.value is not None else "" for n in returns] if not inner else []
    short = [text for text in dict.fromkeys(texts) if len(text) < 40 and "\n" not in text]
    return short[:MOST_RESULTS] if returns else [""]
