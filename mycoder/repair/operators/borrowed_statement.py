"""A missing statement: one of another function, the other half of a pair of calls, a collection that is made and
never filled, a call with the names at hand."""

import ast
from collections.abc import Iterator

from mycoder.repair.operators.result import handed_on
from mycoder.repair.operators.statement import simple_statements
from mycoder.repair.site import Edit, Scope, Site
from mycoder.repair.source import FUNCTIONS, own_parameters

_PAIRS = (
    "acquire release",
    "open close",
    "enable disable",
    "start stop",
    "push pop",
    "enter exit",
    "lock unlock",
    "begin end",
    "connect disconnect",
    "add discard",
    "append pop",
    "set clear",
    "pause resume",
    "register unregister",
    "attach detach",
    "subscribe unsubscribe",
    "write flush",
    "setUp tearDown",
)
"""Calls of which the one is often forgotten beside the other (Engler et al., "Bugs as Deviant Behavior", 2001)."""
MOST_FILLINGS = 24
MOST_CALLS = 60
_METHODS: dict[type[ast.expr], tuple[str, ...]] = {
    ast.List: ("append", "extend"),
    ast.Dict: ("update",),
    ast.Call: ("add", "update"),
}


class BorrowedStatement:
    name = "borrowed statement"
    cost = 1.5
    _usual = 2.7
    nodes = (ast.stmt,)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        assert isinstance(node, ast.stmt)
        is_doc = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) or site.source.function_of(node) is None:
            return
        if not site.source.is_alone(node):
            return
        if isinstance(node, ast.Pass) or (is_doc and site.of(node) == "..."):
            for text, cost in self._texts(site, self.cost):  # a place that is kept for something
                yield Edit(*site.source.span(node), text, cost)
            for rank, text in enumerate(simple_statements(site)):
                yield Edit(*site.source.span(node), text, self.cost + 0.3 + 0.04 * rank)
            return
        if is_doc:
            return
        indent, line = site.source.indent(node), site.source.newline
        start, end = site.source.line_span(node)
        is_last = site.source.block_of(node)[-1] is node
        tail = "" if site.source.data[start:end].endswith(b"\n") else line
        for text, cost in self._texts(site, self._usual):
            yield Edit(start, start, f"{indent}{text}{line}", cost)
            if is_last and not isinstance(node, ast.Return | ast.Raise | ast.Continue | ast.Break):
                yield Edit(end, end, f"{tail}{indent}{text}{line}", cost + 0.05)

    def _texts(self, site: Site, cost: float) -> Iterator[tuple[str, float]]:
        scope = site.scope
        known: set[str] = set()
        groups: tuple[tuple[float, float, list[str]], ...] = (
            (0.0, 0.04, _fillings(scope)),
            (0.1, 0.1, _calls_above(site)),
            (0.2, 0.1, _counterparts(site)),
            (0.5, 0.05, _handed_on(site)),
            (0.5, 0.03, scope.foreign_statements),
            (0.6, 0.08, scope.donors.calls(scope.place, returns=False)),
            (0.8, 0.02, _usual_calls(site)),
        )
        for more, step, texts in groups:
            for rank, text in enumerate(texts):
                if text not in known:
                    known.add(text)
                    yield text, cost + more + step * rank


def _fillings(scope: Scope) -> list[str]:
    """For collections that are made empty and never filled, and for methods taken by name and never called."""
    values = scope.place.locals
    pairs = [f"({', '.join(t)})" for t in _targets_of_loops(scope) if len(t) > 1]
    found: list[str] = []
    for name, value in _bindings(scope):
        others = [v for v in [*pairs, *reversed(values)] if v != name]
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


def _bindings(scope: Scope) -> Iterator[tuple[str, ast.expr]]:
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


def _calls_above(site: Site) -> list[str]:
    """The method of the class above, called as this one was."""
    function = site.source.function_of(site.node)
    owner = site.source.class_of(site.node)
    if function is None or owner is None or not owner.bases or "self" not in site.scope.locals:
        return []
    asked = own_parameters(function)
    texts = [f"super().{function.name}({', '.join(asked)})"]
    if asked:
        texts += [f"super().{function.name}()", f"super().{function.name}({asked[0]})"]
    return texts


def _handed_on(site: Site) -> list[str]:
    function = site.source.function_of(site.node)
    return handed_on(site, function) if function is not None else []


def _usual_calls(site: Site) -> list[str]:
    """Methods that the module calls on a local of this name, or that its kind of collection has, with a local."""
    scope = site.scope
    kinds = {name: _METHODS[type(value)] for name, value in _bindings(scope) if type(value) in _METHODS}
    values = scope.place.locals
    recent = list(reversed(values))[:8]
    found: list[str] = []
    for name in values[:12]:
        methods = dict.fromkeys([*scope.attributes.get(name, [])[:4], *kinds.get(name, ())])
        found += [f"{name}.{method}({other})" for method in methods for other in recent if other != name]
    return found[:MOST_CALLS]


def _counterparts(site: Site) -> list[str]:
    """For each call of one half of a pair the other half, on the same object."""
    other = {a: b for words in map(str.split, _PAIRS) for a, b in (words, words[::-1])}
    found: dict[str, None] = {}
    for node in site.scope.nodes:
        match node:
            case ast.Call(func=ast.Attribute(attr=method, value=ast.expr() as owner)) if method in other:
                start = site.source.span(node.func)[1]
                asked = site.source.data[start : site.source.span(node)[1]].decode("utf-8")
                found[f"{site.of(owner)}.{other[method]}()"] = None
                found[f"{site.of(owner)}.{other[method]}{asked}"] = None
    return [text for text in found if "\n" not in text and len(text) < 100]
