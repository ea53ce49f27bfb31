"""Assertions that note their outcome and go on, to see how much of a failing test a candidate gets right."""

from __future__ import annotations

import ast
import builtins
import types
from typing import Any, NamedTuple

from mycoder.repair.worker.apply import Key, Swap, tree
from mycoder.repair.worker.items import Outcome, Runner
from mycoder.repair.worker.telling import Telling
from mycoder.repair.worker.testfile import placed, tree_of

NAME = "__mycoder_noted__"
MOST = 20_000
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_STRAIGHT = (ast.If, ast.Module, ast.ClassDef, ast.Assert, ast.Expr)
"""What an assertion may be in and still run once at most when its function does."""


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


class Place(NamedTuple):
    """Where an assertion stands: its lines, the function around it with that one's last line, and whether it runs
    at most once in a run of that function."""

    first: int
    last: int
    function: Key
    end: int
    is_once: bool


class _Soften(ast.NodeTransformer):
    def __init__(self, path: str, places: dict[int, Place]) -> None:
        self._path = path
        self._places = places
        self._function: tuple[Key, int] = (None, 0)
        self._is_once = False

    def visit(self, node: ast.AST) -> Any:
        before = self._function, self._is_once
        if isinstance(node, _FUNCTIONS):
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            key = (self._path, first, getattr(node, "name", "<lambda>"))
            self._function, self._is_once = (key, node.end_lineno or first), True
        elif isinstance(node, ast.stmt) and not isinstance(node, _STRAIGHT):
            self._is_once = False
        try:
            return super().visit(node)
        finally:
            self._function, self._is_once = before

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
        number = len(self._places) + 1
        self._places[number] = Place(
            node.lineno, node.end_lineno or node.lineno, *self._function, self._is_once
        )
        name = ast.Name(id="Exception", ctx=ast.Load())
        handler = ast.ExceptHandler(type=name, name=None, body=[_noting(number, False)])
        noted = _noting(number, True)
        return placed(ast.Try(body=[node], handlers=[handler], orelse=[noted], finalbody=[]), node)


def _noting(number: int, held: bool) -> ast.stmt:
    given: list[ast.expr] = [ast.Constant(number), ast.Constant(held)]
    return ast.Expr(ast.Call(ast.Name(NAME, ast.Load()), given, []))


class Softening:
    """The functions of test files in two forms: `plain`, without pytest's rewriting (a failing assertion then
    costs no explanation, only tells its operands), and for each test with soft assertions (`on`, `off` again to the
    plain form)."""

    def __init__(
        self,
        paths: set[str],
        live: dict[Any, list[Any]],
        tests: list[Runner],
        spared: frozenset[Key] = frozenset(),
    ) -> None:
        """`spared` are the functions of tests that need neither form."""
        self.spared = spared
        self.notes = Notes()
        self.places: dict[int, Place] = {}
        setattr(builtins, NAME, self.notes.note)
        plain: list[tuple[Any, types.CodeType]] = []
        self._soft: list[tuple[Key, Any, types.CodeType]] = []
        for path in sorted(paths):
            try:
                plain_code = compile(Telling().visit(tree_of(path, spared)), path, "exec", 0, True)
                softened = _Soften(path, self.places).visit(tree_of(path, spared))
                soft_code = compile(softened, path, "exec", 0, True)
            except (OSError, SyntaxError, ValueError, RecursionError):
                continue
            plain += [(function, part) for _, function, part in _fitting(path, plain_code, live)]
            self._soft += [row for row in _fitting(path, soft_code, live) if NAME in row[2].co_names]
        self.plain = Swap(plain)
        self._before = {id(function): code for function, code in plain}
        self._own = {r.code for r in tests}
        self._swaps: dict[str, Swap] = {}

    def of(self, runner: Runner) -> Swap:
        """The soft form for one test: of its own function, and of all that are no other test's."""
        if runner.id not in self._swaps:
            others = self._own - {runner.code}
            pairs = [(function, code) for key, function, code in self._soft if key not in others]
            self._swaps[runner.id] = Swap(pairs, self._before)
        return self._swaps[runner.id]

    def may_gain(self, runner: Runner, before: dict[str, Any], outcome: Outcome) -> bool:
        """False when it is certain, without a soft run, that after this failure no assertion holds that failed in
        the original program. `before` is what noted the original: [held, failed] by number."""
        failed = {int(n): counts for n, counts in before.items() if counts[1]}
        if not failed:
            return False
        if (
            runner.code is None or len(outcome.where) != 2
        ):  # a function of the tests has assertions of its own
            return True
        line = outcome.where[1]  # of the only frame in a test file
        for number, counts in failed.items():
            place = self.places[number]
            is_certain = place.is_once and place.function == runner.code and counts == [0, 1]
            if not is_certain or not place.function[1] <= line <= place.end:
                return True
        here = [n for n, p in self.places.items() if p.function == runner.code and p.first <= line <= p.last]
        if here:  # a soft run goes on behind this assertion, which does not come again
            return list(failed) != here or len(here) > 1
        return any(self.places[number].first <= line for number in failed)


def _fitting(path: str, code: types.CodeType, live: dict[Any, list[Any]]) -> list[Any]:
    """(key, function, new code) of the functions alive of a test file."""
    found = []
    for part in tree(code):
        key = (path, part.co_firstlineno, part.co_name)
        for function in live.get(key, []):
            if function.__code__.co_freevars == part.co_freevars:
                found.append((key, function, part))
    return found
