"""What a failing test shows beside its line: the values of the assertion that failed. A mutant after which they are
the same has changed nothing that the test looks at."""

from __future__ import annotations

import ast
import re
import sys
import traceback
import zlib
from typing import Any

LEFT, RIGHT = "__mycoder_left__", "__mycoder_right__"
LONGEST = 20_000
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Telling(ast.NodeTransformer):
    """Gives the assertions of functions their operands as a message, which costs nothing while they hold:
    ``assert f(x) == 3`` becomes ``assert (left := f(x)) == 3, (left,)``."""

    def __init__(self) -> None:
        self._is_inside = False

    def visit(self, node: ast.AST) -> Any:
        before = self._is_inside
        if isinstance(node, _FUNCTIONS):
            self._is_inside = True
        elif isinstance(node, ast.ClassDef):
            self._is_inside = False  # there the names would become attributes
        try:
            return super().visit(node)
        finally:
            self._is_inside = before

    def visit_Assert(self, node: ast.Assert) -> Any:
        if node.msg is not None or not self._is_inside:
            return node
        names: list[str] = []
        test = node.test
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            test.left = _kept(test.left, LEFT, names)
            test.comparators = [_kept(test.comparators[0], RIGHT, names)]
        elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test.operand = _kept(test.operand, LEFT, names)
        elif not isinstance(test, ast.BoolOp):
            node.test = _kept(test, LEFT, names)
        if names:
            values: list[ast.expr] = [ast.Name(id=name, ctx=ast.Load()) for name in names]
            node.msg = ast.Tuple(elts=values, ctx=ast.Load())
            for part in ast.walk(node.msg):
                ast.copy_location(part, node)
            return [node, _forgotten(names, node)]
        return node


def _forgotten(names: list[str], node: ast.Assert) -> ast.stmt:
    """Lets go of the operands of an assertion that holds: a test may be about what is alive."""
    targets: list[ast.expr] = [ast.Name(id=name, ctx=ast.Store()) for name in names]
    made = ast.Assign(targets=targets, value=ast.Constant(value=None))
    for part in ast.walk(made):
        ast.copy_location(part, node)
    return made


def _kept(value: ast.expr, name: str, names: list[str]) -> ast.expr:
    if isinstance(value, (ast.Constant, ast.NamedExpr, ast.Starred, ast.Await, ast.Yield, ast.YieldFrom)):
        return value
    names.append(name)
    kept = ast.NamedExpr(target=ast.Name(id=name, ctx=ast.Store()), value=value)
    ast.copy_location(kept.target, value)
    return ast.copy_location(kept, value)


def hush_doctests() -> None:
    """From now on doctests write no traceback of what a candidate raises: it takes several times as long as the
    test, since Python looks for names that are nearly the one that was not found."""
    doctest: Any = sys.modules.get("doctest")
    if hasattr(doctest, "_exception_traceback"):
        doctest._exception_traceback = _last_words


def _last_words(info: tuple[Any, ...]) -> str:
    return "Traceback (most recent call last):\n" + "".join(traceback.format_exception_only(*info[:2]))


def told(error: BaseException | None) -> int | None:
    """A number for what the failure says, without addresses; None where it says nothing."""
    if error is None or not error.args:
        return None
    try:
        text = repr(error.args)[:LONGEST]
    except Exception:  # of an object that is not whole
        return None
    return zlib.crc32(_ADDRESS.sub("", text).encode("utf-8", "backslashreplace"))
