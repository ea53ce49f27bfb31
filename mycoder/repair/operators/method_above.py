"""The method of the class above that a method was to call."""

import ast

from mycoder.repair.operators.insertion import Insertion, Texts
from mycoder.repair.site import Site
from mycoder.repair.source import AnyFunction


class MethodAbove(Insertion):
    name = "method above"
    usual = 2.0
    _seldom = 0.8
    """What it costs more outside of ``__init__``, where calling the one above is the rule."""

    def texts(self, site: Site) -> Texts:
        function = site.source.function_of(site.node)
        more = 0.0 if function is not None and function.name == "__init__" else self._seldom
        for rank, text in enumerate(_calls_above(site)):
            yield text, more + 0.1 * rank


def _calls_above(site: Site) -> list[str]:
    """The method of the class above, called as this one was: with all that it was given, with what has no name here,
    with what nothing uses, with nothing, with the first."""
    function, owner = site.source.function_of(site.node), site.source.class_of(site.node)
    if function is None or owner is None or not owner.bases or "self" not in site.scope.locals:
        return []
    is_calling = any(isinstance(n, ast.Name) and n.id == "super" for n in ast.walk(function))
    if is_calling:
        return []
    plain = [a.arg for a in (*function.args.posonlyargs, *function.args.args)][1:]
    ways = [", ".join(given(function)), *_rest(function), *_unused(site, function), "", *plain[:1]]
    return [f"super().{function.name}({way})" for way in dict.fromkeys(ways)]


def given(function: AnyFunction) -> list[str]:
    """What a method was given, as it is handed on: ``x, *args, k=k, **kwargs``."""
    asked = function.args
    plain = [a.arg for a in (*asked.posonlyargs, *asked.args)][1:]
    named = [f"{a.arg}={a.arg}" for a in asked.kwonlyargs]
    more = [f"*{asked.vararg.arg}"] if asked.vararg else []
    return [*plain, *more, *named, *([f"**{asked.kwarg.arg}"] if asked.kwarg else [])]


def _unused(site: Site, function: AnyFunction) -> list[str]:
    """Only what nothing uses here: what the method used itself need not go on."""
    used = [way for way in given(function) if way.split("=")[0].lstrip("*") in site.scope.unused]
    return [", ".join(used)] if used else []


def _rest(function: AnyFunction) -> list[str]:
    """Only what has no name of its own here."""
    asked = function.args
    rest = [f"*{asked.vararg.arg}"] if asked.vararg else []
    rest += [f"**{asked.kwarg.arg}"] if asked.kwarg else []
    return [", ".join(rest)] if rest else []
