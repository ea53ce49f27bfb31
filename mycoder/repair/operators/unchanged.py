"""A variable or a mark of the object that begins with a constant, is read, and never changes."""

from mycoder.repair.operators.insertion import Insertion, Texts
from mycoder.repair.site import Scope, Site

MOST_NAMES = 4
MOST_VALUES = 8


class Unchanged(Insertion):
    """Changes it: a mark to its opposite, a counter by one, a sum or a text by what is at hand."""

    name = "unchanged value"
    usual = 2.4

    def texts(self, site: Site) -> Texts:
        function = site.source.function_of(site.node)
        if function is None:
            return
        for order, (name, value) in enumerate(site.scope.unchanged[:MOST_NAMES]):
            for rank, text in enumerate(_changes(site.scope, name, value)):
                yield text, 0.15 * order + 0.05 * rank
        if "self" in site.scope.locals and function.name != "__init__":
            for order, (name, is_set) in enumerate(site.scope.constant_marks[:MOST_NAMES]):
                yield f"self.{name} = {not is_set}", 0.1 + 0.1 * order


def _changes(scope: Scope, name: str, value: object) -> list[str]:
    others = [n for n in [*scope.loop_names, *reversed(scope.locals)] if n not in (name, "self", "cls")]
    near = list(dict.fromkeys(others))[:MOST_VALUES]
    match value:
        case bool():
            return [f"{name} = {not value}", *[f"{name} = {n}" for n in near]]
        case int() | float():
            steps = [f"{name} += 1", *[f"{name} += {n}" for n in near], *[f"{name} = {n}" for n in near]]
            return [*steps, f"{name} -= 1", *[f"{name} += len({n})" for n in near[:4]]]
        case str():
            return [*[f"{name} += {n}" for n in near], *[f"{name} = {n}" for n in near]]
    return [f"{name} = {n}" for n in [*near, "True"]]
