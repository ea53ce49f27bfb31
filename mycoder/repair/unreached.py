"""Statements that no failing test reaches, in functions that are suspicious: a test stops at its first failing
assertion, and what the later ones would run is not in its coverage."""

import ast
from collections.abc import Callable

from mycoder.repair.source import Source
from mycoder.testing.localise import Place

SHARE = 0.25
"""Of the suspicion of the function's most suspicious statement."""
MOST_FUNCTIONS = 8
MOST = 120


def unreached(suspects: list[Place], load: Callable[[str], Source | None]) -> list[Place]:
    """The other statements of the most suspicious functions, with a small part of their suspicion."""
    known = {(p.path, p.line) for p in suspects}
    seen: set[tuple[str, int]] = set()
    found: list[Place] = []
    for place in suspects:
        source = load(place.path)
        unit = _unit(source, place.line) if source is not None else None
        if source is None or unit is None or (place.path, unit.lineno) in seen:
            continue
        if len(seen) >= MOST_FUNCTIONS or len(found) >= MOST:
            break
        seen.add((place.path, unit.lineno))
        for node in ast.walk(unit):
            if not isinstance(node, ast.stmt) or node is unit or (place.path, node.lineno) in known:
                continue
            known.add((place.path, node.lineno))
            end = node.end_lineno or node.lineno
            found.append(Place(place.path, node.lineno, end, SHARE * place.score, place.name))
    return found[:MOST]


def _unit(source: Source, line: int) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    for node in source.units:
        if node.lineno <= line <= (node.end_lineno or node.lineno):
            return node
    return None
