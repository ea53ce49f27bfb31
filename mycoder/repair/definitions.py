"""Suspicion of what is not run by tests but by loading: module constants, class attributes, defaults and
decorators that suspicious functions use. Coverage of a test cannot show them."""

import ast
from collections.abc import Callable, Iterator

from mycoder.repair.source import FUNCTIONS, AnyFunction, Source, parameters
from mycoder.testing.localise import Place

SHARE = 0.6
"""How much of a function's suspicion the definitions that it uses get."""
MOST_FUNCTIONS = 12
MOST_PLACES = 60


def definitions(
    places: list[Place], tests: list[tuple[str, str]], load: Callable[[str], Source | None]
) -> list[Place]:
    """Definitions used by the most suspicious functions, then by the functions of failing tests; `tests` are
    (path, name of the test function)."""
    found: dict[tuple[str, int], Place] = {}
    top = max((p.score for p in places), default=1.0)
    for path, node, score in _users(places, tests, load, top):
        source = load(path)
        if source is None:
            continue
        for where, statement in _used(source, node, load):
            key = (where.path, statement.lineno)
            if key not in found and len(found) < MOST_PLACES:
                found[key] = Place(where.path, statement.lineno, _end(statement), SHARE * score, node.name)
    known = {(p.path, p.line) for p in places}
    return [place for key, place in found.items() if key not in known]


def _users(
    places: list[Place],
    tests: list[tuple[str, str]],
    load: Callable[[str], Source | None],
    top: float,
) -> Iterator[tuple[str, AnyFunction, float]]:
    seen: set[tuple[str, int]] = set()
    for place in places:
        source = load(place.path)
        node = None if source is None else _function_at(source, place.line)
        if node is None or (place.path, node.lineno) in seen:
            continue
        seen.add((place.path, node.lineno))
        yield place.path, node, place.score
        if len(seen) >= MOST_FUNCTIONS:
            break
    for path, name in tests:
        source = load(path)
        for part in source.functions if source else ():
            if part.name == name:
                yield path, part, 0.8 * top


def _function_at(source: Source, line: int) -> AnyFunction | None:
    inner: AnyFunction | None = None
    for node in source.functions:
        if not node.lineno <= line <= (node.end_lineno or node.lineno):
            continue
        if inner is None or node.lineno > inner.lineno:
            inner = node
    return inner


def _used(
    source: Source, function: AnyFunction, load: Callable[[str], Source | None]
) -> Iterator[tuple[Source, ast.stmt]]:
    if function.decorator_list or function.args.defaults or any(function.args.kw_defaults):
        yield source, function
    own = set(parameters(function))
    names: dict[str, None] = {}
    attributes: dict[str, None] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in own:
            names[node.id] = None
        elif isinstance(node, ast.Attribute):
            attributes[node.attr] = None
    yield from _of_module(source, names, attributes, load)
    owner = source.class_of(function)
    if owner is not None:
        yield from _of_body(source, owner.body, {**attributes, **names})


def _of_module(
    source: Source, names: dict[str, None], attributes: dict[str, None], load: Callable[[str], Source | None]
) -> Iterator[tuple[Source, ast.stmt]]:
    yield from _of_body(source, source.tree.body, names)
    for node in source.tree.body:
        if isinstance(node, ast.ClassDef) and node.name in names:
            yield from _of_body(source, node.body, attributes)
        elif isinstance(node, ast.ImportFrom):
            wanted = {a.name: None for a in node.names if (a.asname or a.name) in names}
            other = _imported(source, node, load) if wanted else None
            if other is None:
                continue
            yield from _of_body(other, other.tree.body, wanted)
            for part in other.tree.body:
                if isinstance(part, ast.ClassDef) and part.name in wanted:
                    yield from _of_body(other, part.body, attributes)


def _of_body(
    source: Source, body: list[ast.stmt], names: dict[str, None]
) -> Iterator[tuple[Source, ast.stmt]]:
    for node in body:
        if isinstance(node, ast.If | ast.Try):
            yield from _of_body(source, node.body, names)
            yield from _of_body(source, node.orelse, names)
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        stored = {n.id for t in targets if t is not None for n in ast.walk(t) if isinstance(n, ast.Name)}
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and not stored.isdisjoint(names):
            yield source, node


def _imported(source: Source, node: ast.ImportFrom, load: Callable[[str], Source | None]) -> Source | None:
    """The file of a ``from X import``, if it is one of the project's."""
    parts = (node.module or "").split(".") if node.module else []
    if node.level:
        folder = source.path.split("/")[: -node.level]
        bases = ["/".join([*folder, *parts])]
    else:
        roots = ["", "src/", "lib/"]
        bases = [root + "/".join(parts) for root in roots]
    for base in bases:
        for path in (f"{base}.py", f"{base}/__init__.py"):
            found = load(path.lstrip("/"))
            if found is not None:
                return found
    return None


def _end(statement: ast.stmt) -> int:
    if isinstance(statement, FUNCTIONS):
        return max(statement.lineno, statement.body[0].lineno - 1)
    return statement.end_lineno or statement.lineno
