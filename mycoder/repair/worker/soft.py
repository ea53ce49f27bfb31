"""Assertions that note their outcome and go on, to see how much of a failing test a candidate gets right."""

from __future__ import annotations

import ast
import builtins
import types
from typing import Any

from mycoder.repair.worker.apply import Swap, tree

NAME = "__mycoder_noted__"
MOST = 20_000


class Notes:
    """What the softened assertions of one run noted: for each assertion how often it held and how often
    not."""

    def __init__(self) -> None:
        self.seen: dict[int, list[int]] = {}
        self.count = 0

    def clear(self) -> None:
        self.seen = {}
        self.count = 0

    def note(self, number: int, held: bool) -> None:
        self.count += 1
        if self.count > MOST:
            raise RuntimeError("too many assertions")
        self.seen.setdefault(number, [0, 0])[0 if held else 1] += 1


class _Soften(ast.NodeTransformer):
    def __init__(self, first: int) -> None:
        self.number = first

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        return self._wrapped(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        call = node.value
        is_check = (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and isinstance(call.func.value, ast.Name)
            and call.func.value.id == "self"
            and call.func.attr.startswith("assert")
        )
        return self._wrapped(node) if is_check else node

    def _wrapped(self, node: ast.stmt) -> ast.AST:
        self.number += 1
        noted = [ast.parse(f"{NAME}({self.number}, {held})").body[0] for held in (True, False)]
        handler = ast.ExceptHandler(type=ast.Name(id="Exception", ctx=ast.Load()), name=None, body=[noted[1]])
        wrapped = ast.Try(body=[node], handlers=[handler], orelse=[noted[0]], finalbody=[])
        for part in (*noted, handler, wrapped):
            ast.copy_location(part, node)
        return ast.fix_missing_locations(wrapped)


def test_swaps(paths: set[str], live: dict[Any, list[Any]], notes: Notes) -> tuple[Swap, Swap]:
    """Two swaps for the functions of the test files `paths`: without pytest's rewriting (a failing assertion
    then costs no explanation), and with every assertion a soft one."""
    setattr(builtins, NAME, notes.note)
    plain: list[tuple[Any, types.CodeType]] = []
    soft: list[tuple[Any, types.CodeType]] = []
    first = 0
    for path in sorted(paths):
        try:
            with open(path, "rb") as source:
                text = source.read()
            transformer = _Soften(first)
            plain_code = compile(text, path, "exec", 0, True)
            soft_code = compile(transformer.visit(ast.parse(text)), path, "exec", 0, True)
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue
        first = transformer.number
        for pairs, code in ((plain, plain_code), (soft, soft_code)):
            for part in tree(code):
                for function in live.get((path, part.co_firstlineno, part.co_name), []):
                    if function.__code__.co_freevars == part.co_freevars:
                        pairs.append((function, part))
    return Swap(plain), Swap(soft)
