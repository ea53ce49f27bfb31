"""What a function that gives nothing back could give back: what others of its name or class do, what its name
promises, or a call with the names at hand."""

import ast
from collections.abc import Iterator

from mycoder.repair.site import Edit, Site
from mycoder.repair.source import FUNCTIONS, AnyFunction, own_parameters

MOST_MEMBERS = 8
_KINDS = ("list", "tuple", "dict", "iter", "len", "str")
_PROMISES = {
    "__repr__": ("repr({0})",),
    "__str__": ("str({0})", "{0}"),
    "__len__": ("len({0})",),
    "__iter__": ("iter({0})",),
    "__reversed__": ("reversed({0})",),
    "__bool__": ("bool({0})", "{0} is not None", "len({0}) > 0"),
    "__hash__": ("hash({0})",),
    "__int__": ("int({0})",),
    "__float__": ("float({0})",),
    "__bytes__": ("bytes({0})",),
    "__contains__": ("{1} in {0}",),
    "__getitem__": ("{0}[{1}]",),
    "__eq__": ("{0} == {1}", "{0} == {2}"),
    "__ne__": ("{0} != {1}", "{0} != {2}", "not self == {1}"),
    "__lt__": ("{0} < {1}", "{0} < {2}"),
    "__le__": ("{0} <= {1}", "{0} <= {2}"),
    "__gt__": ("{0} > {1}", "{0} > {2}"),
    "__ge__": ("{0} >= {1}", "{0} >= {2}"),
}
"""What the special methods of Python's data model do with the one value that an object is made around: {0} is an
attribute of the object, {1} the parameter, {2} the same attribute of the parameter."""


class Result:
    name = "result"
    cost = 1.4
    _usual = 2.3
    nodes = (ast.Return,)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        assert isinstance(node, ast.Return)
        if isinstance(node.value, ast.expr) and not _is_nothing(node.value):
            return
        function = site.source.function_of(node)
        if function is None:
            return
        place = site.source.span(node)
        known: set[str] = set()
        for text, cost in self._texts(site, function):
            if text not in known and text != "None":
                known.add(text)
                yield Edit(*place, f"return {text}", cost)

    def _texts(self, site: Site, function: AnyFunction) -> Iterator[tuple[str, float]]:
        for rank, name in enumerate([*_unmentioned(site), *site.scope.unused]):
            yield name, self.cost + 0.1 * rank
        for rank, text in enumerate(promised(site, function)):
            yield text, self.cost + 0.2 + 0.05 * rank
        scope = site.scope
        for rank, text in enumerate(scope.foreign_results):
            yield text, self._usual + 0.03 * rank
        for rank, text in enumerate(scope.donors.calls(scope.place, returns=True)):
            yield text, self._usual + 0.1 + 0.06 * rank
            for step, kind in enumerate(_KINDS):
                yield f"{kind}({text})", self._usual + 0.6 + 0.06 * rank + 0.1 * step
        for rank, text in enumerate(handed_on(site, function)):
            yield text, self._usual + 0.05 * rank
        for rank, text in enumerate(scope.expressions[:16]):
            yield text, self._usual + 0.3 + 0.08 * rank
        for name in ["self", *scope.locals[:6]]:
            for rank, attribute in enumerate(scope.attributes.get(name, [])[:12]):
                yield f"{name}.{attribute}", self._usual + 0.6 + 0.08 * rank


def _unmentioned(site: Site) -> list[str]:
    """Functions and classes made inside of this function and never mentioned again: a factory gives them back."""
    read = {n.id for n in site.scope.nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    kinds = (*FUNCTIONS, ast.ClassDef)
    inner = [n for n in site.scope.nodes if isinstance(n, kinds) and n is not site.scope.function]
    is_method = [isinstance(site.source.parents.get(n), ast.ClassDef) for n in inner]
    return [n.name for n, method in zip(inner, is_method, strict=True) if not method and n.name not in read]


def promised(site: Site, function: AnyFunction) -> list[str]:
    """What a special method gives back for each attribute of the object."""
    forms = _PROMISES.get(function.name, ())
    asked = [*own_parameters(function), ""][0]
    if function.name in ("__enter__", "__aenter__", "__iter__", "__copy__"):
        return ["self", *[form.format(f"self.{a}") for form in forms for a in _members(site)]]
    return [form.format(f"self.{a}", asked, f"{asked}.{a}") for form in forms for a in _members(site)]


def handed_on(site: Site, function: AnyFunction) -> list[str]:
    """The same call handed on to an object that this one holds (delegation)."""
    if "self" not in site.scope.locals:
        return []
    asked = ", ".join(own_parameters(function))
    return [f"self.{member}.{function.name}({asked})" for member in _members(site)]


def _members(site: Site) -> list[str]:
    return site.scope.attributes.get("self", [])[:MOST_MEMBERS]


def _is_nothing(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None
