"""Bugs seeded into passing projects, by rules of its own that share nothing with the repair operators."""

import ast
from collections.abc import Iterator

import msgspec

from mycoder.repair.source import AnyFunction, Source


class Bug(msgspec.Struct, frozen=True):
    """Replace the bytes from `start` to `end` of `path` by `text`."""

    path: str
    line: int
    start: int
    end: int
    text: str
    kind: str


def bugs_of(source: Source, lines: set[int]) -> Iterator[Bug]:
    """Every bug that the rules can seed on the given lines (those that tests run)."""
    for node in ast.walk(source.tree):
        line = getattr(node, "lineno", 0)
        statement = source.statement_of(node) if isinstance(node, ast.expr | ast.stmt) else None
        unit = source.unit_of(node)
        if line not in lines or statement is None or unit is None or source.function_of(node) is None:
            continue
        for text, kind, target in _rules(source, node):
            start, end = source.span(target)
            if _is_valid(source, unit, start, end, text):
                yield Bug(source.path, statement.lineno, start, end, text, kind)


def _is_valid(source: Source, unit: AnyFunction, start: int, end: int, text: str) -> bool:
    """The function can be parsed with the bug in it; parsing the whole file for each would take minutes."""
    first, last = source.line_span(unit)
    body = source.data[first:start] + text.encode("utf-8") + source.data[end:last]
    try:
        ast.parse(b"if 1:\n" + body if unit.col_offset else body)
    except SyntaxError:
        return False
    return True


def _rules(source: Source, node: ast.AST) -> Iterator[tuple[str, str, ast.AST]]:
    yield from _operator_rules(source, node)
    yield from _other_rules(source, node)


def _operator_rules(source: Source, node: ast.AST) -> Iterator[tuple[str, str, ast.AST]]:
    match node:
        case ast.Compare(ops=[op], left=left, comparators=[right]):
            word = {
                ast.Lt: ">=",
                ast.LtE: "<",
                ast.Gt: ">=",
                ast.GtE: ">",
                ast.Eq: "!=",
                ast.NotEq: "==",
            }.get(type(op))
            word = word or {ast.In: "not in", ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is"}.get(
                type(op), "=="
            )
            yield f"{source.of(left)} {word} {source.of(right)}", "comparison", node
        case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.FloorDiv() | ast.Mod()):
            word = {ast.Add: "-", ast.Sub: "+", ast.Mult: "+", ast.FloorDiv: "*", ast.Mod: "//"}[
                type(node.op)
            ]
            yield f"({source.of(node.left)} {word} {source.of(node.right)})", "arithmetic", node
        case ast.BoolOp():
            word = " and " if isinstance(node.op, ast.Or) else " or "
            yield word.join(source.of(v) for v in node.values), "boolean operator", node
            yield source.of(node.values[0]), "missing condition", node
        case ast.UnaryOp(op=ast.Not()):
            yield source.of(node.operand), "missing not", node
        case ast.AugAssign(op=ast.Add()):
            yield f"{source.of(node.target)} -= {source.of(node.value)}", "augmented assignment", node


def _other_rules(source: Source, node: ast.AST) -> Iterator[tuple[str, str, ast.AST]]:
    match node:
        case ast.Constant(value=bool() as value):
            yield repr(not value), "wrong boolean", node
        case ast.Constant(value=int() as value) if not isinstance(source.parents.get(node), ast.JoinedStr):
            yield repr(value + 1), "off by one", node
        case ast.Constant(value=str() as value) if _is_plain(source, node) and value:
            yield repr(value + "x"), "wrong text", node
        case ast.Call(args=[first, second, *_], keywords=[]) if not _has_star(node):
            start, end = source.of(first), source.of(second)
            rest = "".join(f", {source.of(a)}" for a in node.args[2:])
            if start != end:
                yield f"{source.of(node.func)}({end}, {start}{rest})", "swapped arguments", node
        case ast.If() if not node.orelse and not _is_elif(source, node):
            yield f"not ({source.of(node.test)})", "inverted condition", node.test
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield "return None", "lost return value", node
        case ast.Expr(value=ast.Call()):
            yield "pass", "missing statement", node
        case ast.Name(ctx=ast.Load()):
            yield from _wrong_names(source, node)
        case ast.Slice(lower=ast.expr() as lower) if node.upper is None:
            yield f"{source.of(lower)} + 1:", "slice bound", node


def _wrong_names(source: Source, node: ast.Name) -> Iterator[tuple[str, str, ast.AST]]:
    function = source.function_of(node)
    if function is None or isinstance(source.parents.get(node), ast.Call | ast.Attribute):
        return
    names = sorted({a.arg for a in function.args.args} - {node.id, "self", "cls"})
    if names and node.id in {a.arg for a in function.args.args}:
        yield names[0], "wrong name", node


def _is_plain(source: Source, node: ast.AST) -> bool:
    return not isinstance(source.parents.get(node), ast.Expr | ast.JoinedStr | ast.FormattedValue)


def _is_elif(source: Source, node: ast.If) -> bool:
    start = source.span(node)[0]
    return source.data[start : start + 4] == b"elif"


def _has_star(node: ast.Call) -> bool:
    return any(isinstance(a, ast.Starred) for a in node.args)
