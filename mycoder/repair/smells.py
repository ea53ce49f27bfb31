"""What a patch leaves behind that nobody writes on purpose: a parameter or a variable of a comprehension that is never
read, the same thing on both sides of an operator, yes or no from a function that calculates.

Warnings of linters as a prior of patches: a value that nothing uses and a redundant operation go along with faults
(Xie and Engler, "Using Redundancies to Find Errors", 2002; Hovemeyer and Pugh, "Finding Bugs is Easy", 2004)."""

import ast
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from mycoder.repair.candidate import Candidate
from mycoder.repair.source import Source

Smell = tuple[str, str]
"""Its kind and the name or code that it is about."""
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_MEANT = (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.BitXor, ast.BitAnd, ast.BitOr)
"""Operators that make no sense with the same thing on both sides."""
_CALCULATING = ("sum", "len", "round", "abs", "int", "float")
_CHOOSING = ("min", "max")


def added(source: Source, candidate: Candidate) -> Counter[Smell]:
    """The smells of the patched file that the file did not have. Only the outermost functions that the patch changes
    are looked at."""
    lines = [_line(source, start) for start, _, _ in candidate.edits]
    before = _units(source.tree, lines)
    try:
        after = ast.parse(source.apply(candidate.edits).decode("utf-8-sig"))
    except (SyntaxError, ValueError, RecursionError):
        return Counter()
    firsts = {unit.lineno for unit in before}
    found: Counter[Smell] = Counter()
    for unit in _outermost(after):
        if unit.lineno in firsts:
            found.update(smells(unit))
    for unit in before:
        found.subtract(smells(unit))
    return +found


def smells(tree: ast.AST) -> Iterator[Smell]:
    """Those of a function, with what is in it."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                yield from (("unused", name) for name in _unread(node, _parameters(node)))
                yield from _mixed(node)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                targets = [name for part in node.generators for name in _stored(part.target)]
                yield from (("unused", name) for name in _unread(node, targets))
            case ast.BinOp(left=left, right=right, op=op) if isinstance(op, _MEANT):
                yield from _same(left, right)
            case ast.Compare(left=left, comparators=[right]):
                yield from _same(left, right)
            case ast.BoolOp(values=values):
                for one, other in pairwise(values):
                    yield from _same(one, other)
            case ast.IfExp(body=one, orelse=other):
                yield from _same(one, other)
            case ast.Call(func=ast.Name(id=name), args=[one, other], keywords=[]) if name in _CHOOSING:
                yield from _same(one, other)
            case ast.Assign(targets=[target], value=value) | ast.AugAssign(target=target, value=value):
                yield from _same(target, value)


def _mixed(function: ast.AST) -> Iterator[Smell]:
    """Yes or no from a function that calculates."""
    results = [r.value for r in _inside(function) if isinstance(r, ast.Return) and r.value is not None]
    if any(_is_number(r) for r in results):
        yield from (("mixed", ast.unparse(r)) for r in results if _is_truth(r))


def _is_number(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=value):
            return type(value) in (int, float)
        case ast.Call(func=ast.Name(id=name)):
            return name in _CALCULATING
    return isinstance(node, ast.BinOp)


def _is_truth(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, bool)


def _same(one: ast.AST, other: ast.AST) -> Iterator[Smell]:
    if isinstance(one, ast.Constant) or isinstance(other, ast.Constant):
        return
    text = ast.unparse(one)
    if text == ast.unparse(other):
        yield "same", text


def _parameters(function: ast.AST) -> list[str]:
    """A local that is not read any more says little: what was wrong is often left behind so."""
    assert isinstance(function, FUNCTIONS)
    return [a.arg for a in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]


def _inside(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function's body without those of comprehensions, functions and classes in it."""
    assert isinstance(function, FUNCTIONS)
    left: list[ast.AST] = list(function.body) if isinstance(function.body, list) else [function.body]
    while left:
        node = left.pop()
        if not isinstance(node, (*FUNCTIONS, *COMPREHENSIONS, ast.ClassDef)):
            yield node
            left += ast.iter_child_nodes(node)


def _stored(target: ast.AST) -> list[str]:
    return [n.id for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]


def _unread(tree: ast.AST, names: list[str]) -> list[str]:
    read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    return sorted({n for n in names if n not in read and not n.startswith("_") and n not in ("self", "cls")})


def _line(source: Source, offset: int) -> int:
    return source.data.count(b"\n", 0, offset) + 1


def _units(tree: ast.Module, lines: list[int]) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [u for u in _outermost(tree) if any(u.lineno <= line <= (u.end_lineno or line) for line in lines)]


def _outermost(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
        elif isinstance(node, ast.stmt | ast.ExceptHandler):
            yield from _outermost(node)
