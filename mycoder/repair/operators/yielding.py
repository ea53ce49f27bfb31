"""A value that a generator was to give out: what nothing uses first, then what was bound last."""

import ast

from mycoder.repair.operators.insertion import Insertion, Texts
from mycoder.repair.site import Site

MOST_VALUES = 8


class Yielding(Insertion):
    name = "missing yield"
    usual = 2.4

    def texts(self, site: Site) -> Texts:
        scope = site.scope
        if not any(isinstance(n, ast.Yield | ast.YieldFrom) for n in scope.nodes):
            return
        known = [
            n for n in (*scope.unused, *scope.loop_names, *reversed(scope.locals)) if n not in ("self", "cls")
        ]
        for rank, name in enumerate(list(dict.fromkeys(known))[:MOST_VALUES]):
            yield f"yield {name}", 0.05 * rank
            yield f"yield from {name}", 0.4 + 0.05 * rank
