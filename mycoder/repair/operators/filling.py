"""A collection that is made empty and never filled, a method that is taken by name and never called."""

import ast
from collections.abc import Iterator

from mycoder.repair.operators.insertion import Insertion, Texts
from mycoder.repair.site import Scope, Site

MOST_FILLINGS = 24
MOST_MEMBERS = 5
MOST_PIECES = 8


class Filling(Insertion):
    name = "filling"
    usual = 2.7

    def texts(self, site: Site) -> Texts:
        for rank, text in enumerate(fillings(site.scope)):
            yield text, 0.04 * rank
        function = site.source.function_of(site.node)
        if function is not None and function.name != "__init__":
            for rank, text in enumerate(_of_members(site.scope)):
                yield text, 0.1 + 0.04 * rank


def fillings(scope: Scope) -> list[str]:
    """For collections that are made empty and never filled, and for methods taken by name and never called."""
    values = scope.place.locals
    pairs = [f"({', '.join(t)})" for t in _targets_of_loops(scope) if len(t) > 1]
    found: list[str] = []
    for name, value in empty_bindings(scope):
        pieces = [text for text in scope.expressions[:MOST_PIECES] if name not in text]
        others = [v for v in [*pairs, *reversed(values), *pieces] if v != name]
        if isinstance(value, ast.Attribute):
            if name in scope.unused:
                found += [f"{name}({other})" for other in others[:MOST_FILLINGS]]
        elif _is_filled(scope, name):
            continue
        elif isinstance(value, ast.Dict):
            found += [f"{name}[{a}] = {b}" for a in others[:5] for b in others[:5] if a != b]
        else:
            one, many = ("append", "extend") if isinstance(value, ast.List) else ("add", "update")
            found += [f"{name}.{one}({other})" for other in others[:MOST_FILLINGS]]
            found += [f"{name}.{many}({other})" for other in others[:6]]
    return found[: 2 * MOST_FILLINGS]


def _of_members(scope: Scope) -> list[str]:
    """For attributes of ``self`` that begin empty and that nothing in the file fills."""
    if "self" not in scope.locals:
        return []
    near = [n for n in reversed(scope.place.locals) if n not in ("self", "cls")][:MOST_MEMBERS]
    found: list[str] = []
    for name, kind in scope.unfilled_members[:MOST_MEMBERS]:
        if kind == "dict":
            found += [f"self.{name}[{a}] = {b}" for a in near for b in near if a != b]
        else:
            found += [f"self.{name}.{'append' if kind == 'list' else 'add'}({value})" for value in near]
    return found


def empty_bindings(scope: Scope) -> Iterator[tuple[str, ast.expr]]:
    """Names that are given an empty collection or a method."""
    for node in scope.nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.expr() as value):
                match value:
                    case (
                        ast.List(elts=[])
                        | ast.Dict(keys=[])
                        | ast.Attribute()
                        | ast.Call(func=ast.Name(id="set"), args=[], keywords=[])
                    ):
                        yield name, value


def _is_filled(scope: Scope, name: str) -> bool:
    for node in scope.nodes:
        match node:
            case ast.Attribute(value=ast.Name(id=owner)) if owner == name:
                return True
            case ast.Subscript(value=ast.Name(id=owner), ctx=ast.Store()) if owner == name:
                return True
            case ast.AugAssign(target=ast.Name(id=target)) if target == name:
                return True
            case ast.Call(args=arguments) if any(isinstance(a, ast.Name) and a.id == name for a in arguments):
                return True
    return False


def _targets_of_loops(scope: Scope) -> list[list[str]]:
    targets = [n.target for n in scope.nodes if isinstance(n, ast.For | ast.AsyncFor)]
    names = [[n.id for n in ast.walk(t) if isinstance(n, ast.Name)] for t in targets]
    stored = [n.id for n in scope.nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    recent = list(dict.fromkeys(reversed(stored)))[:4]
    return [*names, *[[a, b] for a in recent for b in recent if a != b]]
