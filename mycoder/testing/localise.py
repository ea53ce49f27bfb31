"""Fault localisation: which lines, statements and functions are most likely to hold the fault.

Spectrum-based: a line that failing tests run and passing tests do not is suspicious. The formulas are Ochiai
(Abreu, Zoeteweij, van Gemund: "An Evaluation of Similarity Coefficients for Software Fault Localization",
2006), Tarantula (Jones, Harrold, Stasko 2002), DStar with exponent 2 (Wong et al. 2014) and Barinel (Abreu et
al. 2009), as compared by Pearson et al., "Evaluating and Improving Fault Localization", ICSE 2017. Traceback
frames and lines changed lately break ties and add a little.
"""

import ast
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import msgspec

Formula = Literal["ochiai", "tarantula", "dstar", "barinel"]

FRAME_WEIGHT = 0.20
"""What the innermost project frame of a failure adds at most; halved for every frame further out."""
CHANGE_WEIGHT = 0.10
NAME_WEIGHT = 0.15
"""For functions whose name is part of a failing test's name: tests are mostly called after what they test."""
ONE_FAULT = 1.5
"""Power of the share of failing tests that run a line, by which its score is multiplied: mostly there is one fault,
and what only some of them run is hardly it. The ranks of 39 seeded bugs in four projects were about the same from 1
to 3."""
HEADER_SHARE = 0.97
"""How much of a block's suspicion its header gets."""
_CHANCES: Mapping[type[ast.AST], float] = {
    ast.Compare: 1.5,
    ast.BoolOp: 1.5,
    ast.BinOp: 1.5,
    ast.UnaryOp: 1.0,
    ast.Constant: 1.0,
    ast.Subscript: 0.7,
    ast.Call: 0.7,
    ast.Name: 0.3,
    ast.Attribute: 0.2,
}


class TestLines(msgspec.Struct, frozen=True):
    """What one test ran: line numbers by path relative to the root. `frames` are (path, line) of its failure
    inside the project, outermost first."""

    __test__ = False  # not a test class, whatever pytest thinks of the name

    id: str
    passed: bool
    lines: Mapping[str, frozenset[int]]
    frames: tuple[tuple[str, int], ...] = ()


class Place(msgspec.Struct, frozen=True):
    """A suspicious line, statement or function. `score` is 0..1 before frames and changes are added."""

    path: str
    line: int
    end: int
    score: float
    name: str = ""
    failing: int = 0
    passing: int = 0
    """How many failing and passing tests ran it."""


def ochiai(failed: int, passed: int, all_failed: int, all_passed: int) -> float:
    below = math.sqrt(all_failed * (failed + passed))
    return failed / below if below else 0.0


def tarantula(failed: int, passed: int, all_failed: int, all_passed: int) -> float:
    fail = failed / all_failed if all_failed else 0.0
    good = passed / all_passed if all_passed else 0.0
    return fail / (fail + good) if fail + good else 0.0


def dstar(failed: int, passed: int, all_failed: int, all_passed: int) -> float:
    """DStar with exponent 2, mapped to 0..1 by x / (1 + x) to keep its order."""
    below = passed + (all_failed - failed)
    if not below:
        return 1.0 if failed else 0.0
    value = failed * failed / below
    return value / (1 + value)


def barinel(failed: int, passed: int, all_failed: int, all_passed: int) -> float:
    """The single-fault form 1 - passed / (passed + failed), weighted by the share of failing tests
    explained."""
    if not failed:
        return 0.0
    return (1 - passed / (passed + failed)) * failed / all_failed


FORMULAS: Mapping[str, Callable[[int, int, int, int], float]] = {
    "ochiai": ochiai,
    "tarantula": tarantula,
    "dstar": dstar,
    "barinel": barinel,
}


def rank_lines(
    tests: Iterable[TestLines],
    formula: str = "ochiai",
    changed: Mapping[str, Iterable[int]] | None = None,
    is_left_out: Callable[[str], bool] = lambda path: False,
) -> list[Place]:
    """All lines that a failing test ran, most suspicious first. `is_left_out` takes paths that hold no fault
    (tests). Raises KeyError on an unknown formula."""
    score = FORMULAS[formula]
    runs = list(tests)
    failing = [t for t in runs if not t.passed]
    counts: dict[tuple[str, int], list[int]] = {}
    for test in failing:
        for path, lines in test.lines.items():
            if not is_left_out(path):
                for line in lines:
                    counts.setdefault((path, line), [0, 0])[0] += 1
    for test in runs:
        if test.passed:
            for path, lines in test.lines.items():
                for line in lines:
                    if (path, line) in counts:
                        counts[path, line][1] += 1
    extra = _extras(failing, changed or {})
    places = []
    for (path, line), (failed, passed) in counts.items():
        value = score(failed, passed, len(failing), len(runs) - len(failing))
        value *= (failed / len(failing)) ** ONE_FAULT
        places.append(Place(path, line, line, value + extra.get((path, line), 0.0), "", failed, passed))
    return sorted(places, key=lambda p: (-p.score, p.passing, p.path, p.line))


def _extras(failing: list[TestLines], changed: Mapping[str, Iterable[int]]) -> dict[tuple[str, int], float]:
    """What traceback frames and recent changes add to a line."""
    extra: dict[tuple[str, int], float] = {}
    for test in failing:
        for distance, (path, line) in enumerate(reversed(test.frames)):
            value = FRAME_WEIGHT / 2**distance / len(failing)
            extra[path, line] = extra.get((path, line), 0.0) + value
    for path, lines in changed.items():
        for line in lines:
            extra[path, line] = extra.get((path, line), 0.0) + CHANGE_WEIGHT
    return extra


def rank_statements(lines: Iterable[Place], trees: Mapping[str, ast.Module]) -> list[Place]:
    """Lines gathered into the statements they belong to (the header of a compound one stands alone).

    Definitions, imports and docstrings are left out: running them shows nothing. The header that decides
    whether a suspicious block runs is nearly as suspicious as the block, since a wrong condition shows in
    what it guards.
    Among equal scores the statement with more places to go wrong (operators, constants, names) comes
    first."""
    best: dict[tuple[str, int], Place] = {}
    nodes: dict[tuple[str, int], ast.stmt] = {}
    owners = {path: _owners(tree) for path, tree in trees.items()}
    for place in lines:
        owner = owners.get(place.path, {}).get(place.line)
        if owner is None:
            continue
        node, name = owner
        key = (place.path, node.lineno)
        known = best.get(key)
        if known is None or place.score > known.score:
            best[key] = Place(
                place.path, node.lineno, _header_end(node), place.score, name, place.failing, place.passing
            )
            nodes[key] = node
    _raise_headers(best, nodes)
    return sorted(
        best.values(), key=lambda p: (-round(p.score, 3), -_chances(nodes[p.path, p.line]), p.path, p.line)
    )


def favour_names(places: list[Place], failing: Iterable[str]) -> list[Place]:
    """Adds a little to places in functions (or classes) that a failing test is named after, and sorts
    anew."""
    words = [
        "_" + "_".join(test.split("::")[1:]).split("[")[0].lower().replace("test", "_") + "_"
        for test in failing
    ]
    if not words:
        return places

    def share(name: str) -> float:
        parts = [part.lower().strip("_") for part in name.split(".") if len(part.strip("_")) > 2]
        return max((sum(part in word for word in words) / len(words) for part in parts), default=0.0)

    shares = {name: share(name) for name in {p.name for p in places}}
    raised = [msgspec.structs.replace(p, score=p.score + NAME_WEIGHT * shares[p.name]) for p in places]
    return sorted(raised, key=lambda p: -round(p.score, 3))


def _raise_headers(best: dict[tuple[str, int], Place], nodes: dict[tuple[str, int], ast.stmt]) -> None:
    """Gives headers what their blocks have, less a little; innermost ones first."""
    for (path, line), node in sorted(nodes.items(), key=lambda item: -item[0][1]):
        inner = [best[path, b[0].lineno].score for b in blocks(node) if (path, b[0].lineno) in best]
        place = best[path, line]
        if inner and max(inner) * HEADER_SHARE > place.score:
            best[path, line] = msgspec.structs.replace(place, score=max(inner) * HEADER_SHARE)


def _chances(node: ast.stmt) -> float:
    """How many places of a statement's own expressions may be wrong; definitions inside do not count."""
    inner = {id(n) for block in blocks(node) for n in block}
    count, pending = 0.0, [c for c in ast.iter_child_nodes(node) if id(c) not in inner]
    while pending:
        part = pending.pop()
        if isinstance(part, ast.stmt | ast.Lambda):
            continue
        count += _CHANCES.get(type(part), 0.0)
        pending += [c for c in ast.iter_child_nodes(part) if id(c) not in inner]
    return min(count, 8.0)


def rank_functions(lines: Iterable[Place], trees: Mapping[str, ast.Module]) -> list[Place]:
    """Functions by their most suspicious line, then by the mean of their lines."""
    spans = {path: list(_functions(tree)) for path, tree in trees.items()}
    grouped: dict[tuple[str, int, int, str], list[Place]] = {}
    for place in lines:
        inner = [s for s in spans.get(place.path, []) if s[0] <= place.line <= s[1]]
        if inner:
            start, end, name = max(inner)
            grouped.setdefault((place.path, start, end, name), []).append(place)
    functions = []
    for (path, start, end, name), places in grouped.items():
        top = max(places, key=lambda p: p.score)
        functions.append(Place(path, start, end, top.score, name, top.failing, top.passing))
    mean = {
        (path, start): sum(p.score for p in places) / len(places)
        for (path, start, _, _), places in grouped.items()
    }
    return sorted(functions, key=lambda p: (-p.score, -mean[p.path, p.line], p.path, p.line))


_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _functions(tree: ast.Module) -> Iterable[tuple[int, int, str]]:
    def visit(node: ast.AST, prefix: str) -> Iterable[tuple[int, int, str]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                yield child.lineno, child.end_lineno or child.lineno, prefix + child.name
            inner = f"{prefix}{child.name}." if isinstance(child, _NAMED) else prefix
            yield from visit(child, inner)

    return visit(tree, "")


def _owners(tree: ast.Module) -> dict[int, tuple[ast.stmt, str]]:
    """For every line the innermost statement with code on it, and the qualified name of its function."""
    owners: dict[int, tuple[ast.stmt, str]] = {}

    def visit(body: list[ast.stmt], name: str) -> None:
        for node in body:
            inner = name
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inner = f"{name}.{node.name}" if name else node.name
            elif not _says_nothing(node):
                for line in range(node.lineno, _header_end(node) + 1):
                    owners[line] = (node, name)
            for block in blocks(node):
                visit(block, inner)

    visit(tree.body, "")
    return owners


def blocks(node: ast.stmt) -> list[list[ast.stmt]]:
    """The lists of statements inside a compound statement."""
    found = [getattr(node, field, None) or [] for field in ("body", "orelse", "finalbody")]
    found += [h.body for h in getattr(node, "handlers", None) or []]
    found += [c.body for c in getattr(node, "cases", None) or []]
    return [b for b in found if b]


def _says_nothing(node: ast.stmt) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom | ast.Global | ast.Nonlocal | ast.Try):
        return True
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _header_end(node: ast.stmt) -> int:
    inner = blocks(node)
    if not inner:
        return node.end_lineno or node.lineno
    return max(node.lineno, min(b[0].lineno for b in inner) - 1)
