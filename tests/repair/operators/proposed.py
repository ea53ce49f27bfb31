"""What operators propose for small modules."""

import ast

from mycoder.repair.contrast import Contrast
from mycoder.repair.operators.operator import Operator
from mycoder.repair.site import Literals, Scope, Site
from mycoder.repair.source import Source
from mycoder.repair.vocabulary import Vocabulary


def proposed(
    operator: Operator,
    text: str,
    *compared: tuple[str, str, str],
    others: tuple[str, ...] = (),
    texts: tuple[str, ...] = (),
) -> dict[str, float]:
    """The module after each edit that the operator proposes anywhere in it, with the least cost. `compared` are
    [kind, actual, expected]; `others` the contents of other files."""
    source = Source("m.py", text.encode())
    contrasts = tuple(Contrast(*row) for row in compared)
    literals = Literals((), texts, Vocabulary([source.text, *others]), contrasts)
    found: dict[str, float] = {}
    for node in ast.walk(source.tree):
        if not isinstance(node, operator.nodes):
            continue
        site = Site(source, node, Scope(source, source.unit_of(node)), literals)
        for start, end, new, cost in operator.edits(site):
            assert cost >= operator.cost
            after = source.apply(((start, end, new),)).decode()
            assert after.startswith(text.encode()[:start].decode())
            ast.parse(after)
            found[after] = min(cost, found.get(after, cost))
    return found
