"""A missing call with what is at hand: of a function whose parameters are called as names in scope, of a method that
the module calls on a local of this name, or of an object that this one holds."""

import ast

from mycoder.repair.operators.filling import empty_bindings
from mycoder.repair.operators.insertion import Insertion, Texts
from mycoder.repair.operators.result import handed_on
from mycoder.repair.site import Site

MOST_CALLS = 60
_METHODS: dict[type[ast.expr], tuple[str, ...]] = {
    ast.List: ("append", "extend"),
    ast.Dict: ("update",),
    ast.Call: ("add", "update"),
}


class CallAtHand(Insertion):
    name = "call at hand"
    usual = 3.2

    def texts(self, site: Site) -> Texts:
        scope = site.scope
        groups: tuple[tuple[float, float, list[str]], ...] = (
            (0.0, 0.05, _handed_on(site)),
            (0.1, 0.08, scope.donors.calls(scope.place, returns=False)),
            (0.3, 0.02, _usual_calls(site)),
        )
        for more, step, texts in groups:
            for rank, text in enumerate(texts):
                yield text, more + step * rank


def _handed_on(site: Site) -> list[str]:
    function = site.source.function_of(site.node)
    return handed_on(site, function) if function is not None else []


def _usual_calls(site: Site) -> list[str]:
    """Methods that the module calls on a local of this name, or that its kind of collection has, with a local."""
    scope = site.scope
    kinds = {name: _METHODS[type(value)] for name, value in empty_bindings(scope) if type(value) in _METHODS}
    values = scope.place.locals
    recent = list(reversed(values))[:8]
    found: list[str] = []
    for name in values[:12]:
        methods = dict.fromkeys([*scope.attributes.get(name, [])[:4], *kinds.get(name, ())])
        found += [f"{name}.{method}({other})" for method in methods for other in recent if other != name]
    return found[:MOST_CALLS]
