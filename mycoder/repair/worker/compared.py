"""What the failing assertions of the original program compared: the whole values, as texts.

Messages are cut short and shaped for people; the values are taken where they are compared. Functions of test files
are compiled once more so that ``==`` and ``in`` in assertions tell what they saw, and so that an assertion which
fails does not end the test; what unittest and pytest compare is read from the frames and the words of their errors.
"""

from __future__ import annotations

import ast
import builtins
import re
import sys
import time
import types
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from mycoder.repair.worker.apply import Swap, live_functions, tree
from mycoder.repair.worker.testfile import placed, tree_of

NAME = "__mycoder_compared__"
MOST_PAIRS = 60
MOST_OF_ONE = 8
"""Pairs of texts that one comparison of containers may tell."""
MOST_SECONDS = 2.0
LONGEST = 2_000
BEFORE = 300
"""Letters kept before the first difference of long texts."""
MOST_DEPTH = 6
_OPERATORS = {ast.Eq: "==", ast.In: "in"}
_TEXT_CALLS = ("startswith", "endswith")
_REGEX = re.compile(r"(?:Expected regex|Regex): (.+)\n\s*(?:Actual message|Input): (.+)", re.S)


class Compared:
    """Pairs [kind, actual, expected]; kind is "==", "in" (`expected` should be in `actual`) or "re"."""

    def __init__(self, paths: set[str], spared: frozenset[Any] = frozenset()) -> None:
        """`spared` are the functions of tests that are not asked."""
        self.pairs: list[list[str]] = []
        setattr(builtins, NAME, self)
        live = live_functions(paths)
        self._swap = Swap([pair for path in sorted(paths) for pair in _telling_functions(path, live, spared)])

    def of(self, runners: list[Any], timed: Callable[[Any, float], Any], most: float) -> list[list[str]]:
        """What the failing assertions of these tests compare; each test may take `most` seconds."""
        begun = time.perf_counter()
        self._swap.on()
        for runner in runners:
            if time.perf_counter() - begun > MOST_SECONDS:
                break
            try:
                outcome = timed(runner, most)[0]
                if outcome.error is not None:
                    self._of_error(outcome.error)
            except Exception:
                continue
        self._swap.off()
        return self.pairs

    def failed(self) -> None:
        """Called where an assertion failed, while its error is at hand."""
        error = sys.exc_info()[1]
        if error is not None:
            self._of_error(error)

    def compare(self, left: Any, kind: str, right: Any) -> Any:
        result = left in right if kind == "in" else left == right
        if not _is_true(result):
            self._add(kind, right if kind == "in" else left, left if kind == "in" else right)
        return result

    def call(self, method: str, owner: Any, *given: Any) -> Any:
        result = getattr(owner, method)(*given)
        if not result and len(given) == 1 and isinstance(given[0], (str, bytes)):
            size = len(given[0]) + 4
            self._add("in", owner[:size] if method == "startswith" else owner[-size:], given[0])
        return result

    def _of_error(self, error: BaseException) -> None:
        trace = error.__traceback__
        while trace is not None:
            code, values = trace.tb_frame.f_code, trace.tb_frame.f_locals
            if code.co_filename.replace("\\", "/").endswith("unittest/case.py"):
                self._of_unittest(code, values)
                return
            trace = trace.tb_next
        found = _REGEX.search(str(error))
        if found:
            try:
                self._add(
                    "re", ast.literal_eval(found.group(2).strip()), ast.literal_eval(found.group(1).strip())
                )
            except (ValueError, SyntaxError):
                return
        for failure in getattr(error, "failures", [error]):
            if hasattr(failure, "example") and hasattr(failure, "got"):  # of doctest
                self._add("==", failure.got, failure.example.want)

    def _of_unittest(self, code: Any, values: dict[str, Any]) -> None:
        if code.co_name == "__exit__" and "exc_value" in values:
            regex = getattr(values.get("self"), "expected_regex", None)
            if regex is not None:
                self._add("re", str(values["exc_value"]), regex.pattern)
            return
        names = code.co_varnames[1:3]
        if not code.co_name.startswith("assert") or "Not" in code.co_name or len(names) < 2:
            return
        one, other = values.get(names[0]), values.get(names[1])
        if code.co_name == "assertIn":
            self._add("in", other, one)
        elif code.co_name == "assertRegex":
            self._add("re", one, getattr(other, "pattern", other))
        else:
            self._add("==", one, other)

    def _add(self, kind: str, actual: Any, expected: Any) -> None:
        if len(self.pairs) >= MOST_PAIRS:
            return
        for one, other in islice(_texts(actual, expected, kind, 0), MOST_OF_ONE):
            row = [kind if kind != "in" or one is actual else "==", *_cut(_plain(one), _plain(other))]
            if row[1] != row[2] and row not in self.pairs:
                self.pairs.append(row)


def _telling_functions(
    path: str, live: dict[Any, list[Any]], spared: frozenset[Any]
) -> list[tuple[Any, types.CodeType]]:
    """Every function of a test file with the code that tells what its assertions compare."""
    try:
        code = compile(_Comparing().visit(tree_of(path, spared)), path, "exec", 0, True)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return []
    found = []
    for part in tree(code):
        for function in live.get((path, part.co_firstlineno, part.co_name), []):
            if function.__code__.co_freevars == part.co_freevars:
                found.append((function, part))
    return found


class _Comparing(ast.NodeTransformer):
    """Assertions that tell what they compare, and after which the test goes on."""

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        node.test = _Telling().visit(node.test)
        return _going_on(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        call = node.value
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            return node
        return _going_on(node) if call.func.attr.startswith("assert") else node


def _going_on(node: ast.stmt) -> ast.AST:
    failed = ast.Attribute(ast.Name(NAME, ast.Load()), "failed", ast.Load())
    handler = ast.ExceptHandler(
        type=ast.Name(id="Exception", ctx=ast.Load()), name=None, body=[ast.Expr(ast.Call(failed, [], []))]
    )
    return placed(ast.Try(body=[node], handlers=[handler], orelse=[], finalbody=[]), node)


class _Telling(ast.NodeTransformer):
    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        kind = _OPERATORS.get(type(node.ops[0]))
        if len(node.ops) != 1 or kind is None:
            return node
        return _told(node, "compare", [node.left, ast.Constant(kind), node.comparators[0]])

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        method = node.func
        if not isinstance(method, ast.Attribute) or method.attr not in _TEXT_CALLS or node.keywords:
            return node
        return _told(node, "call", [ast.Constant(method.attr), method.value, *node.args])


def _told(node: ast.expr, name: str, given: list[ast.expr]) -> ast.AST:
    function = ast.Attribute(ast.Name(NAME, ast.Load()), name, ast.Load())
    call = ast.Call(function, given, [])
    return placed(call, node)


def _is_true(result: Any) -> bool:
    try:
        return bool(result)
    except Exception:  # an array that says it for each element
        return True


def _texts(actual: Any, expected: Any, kind: str, depth: int) -> Iterator[tuple[Any, Any]]:
    """Pairs of texts at the places where two values differ."""
    is_text = isinstance(actual, (str, bytes))
    if is_text and isinstance(expected, (str, bytes)):
        yield actual, expected
    elif depth > MOST_DEPTH:
        return
    elif kind == "in":
        if isinstance(actual, (list, tuple, set, frozenset, dict)):
            for other in list(actual)[:MOST_OF_ONE]:
                yield from _texts(other, expected, "==", depth + 1)
    elif isinstance(actual, BaseException) and isinstance(expected, BaseException):
        yield str(actual), str(expected)
    elif isinstance(actual, dict) and isinstance(expected, dict):
        yield from _of_dicts(actual, expected, depth)
    elif isinstance(actual, (list, tuple)) and isinstance(expected, (list, tuple)):
        yield from _of_lists(list(actual), list(expected), depth)
    elif isinstance(actual, (set, frozenset)) and isinstance(expected, (set, frozenset)):
        yield from _crossed(list(actual - expected), list(expected - actual), depth)
    elif type(actual) is type(expected) and not isinstance(actual, (int, float, complex, type(None))):
        shown = repr(actual), repr(expected)
        if " at 0x" not in shown[0] + shown[1]:
            yield shown


def _of_dicts(actual: dict[Any, Any], expected: dict[Any, Any], depth: int) -> Iterator[tuple[Any, Any]]:
    for key in actual:
        if key in expected and actual[key] != expected[key]:
            yield from _texts(actual[key], expected[key], "==", depth + 1)
    more = [k for k in actual if k not in expected]
    yield from _crossed(more, [k for k in expected if k not in actual], depth)


def _of_lists(actual: list[Any], expected: list[Any], depth: int) -> Iterator[tuple[Any, Any]]:
    while actual and expected and actual[0] == expected[0]:
        actual, expected = actual[1:], expected[1:]
    while actual and expected and actual[-1] == expected[-1]:
        actual, expected = actual[:-1], expected[:-1]
    if len(actual) == len(expected):
        for place, one in enumerate(actual):
            if one != expected[place]:
                yield from _texts(one, expected[place], "==", depth + 1)
    else:
        yield from _crossed(actual, expected, depth)


def _crossed(actual: list[Any], expected: list[Any], depth: int) -> Iterator[tuple[Any, Any]]:
    """Every one with every other, of a few that have no partner."""
    for one in actual[:3]:
        for other in expected[:3]:
            yield from _texts(one, other, "==", depth + 1)


def _plain(text: Any) -> str:
    return text.decode("latin-1") if isinstance(text, bytes) else str(text)


def _cut(actual: str, expected: str) -> tuple[str, str]:
    """Long texts from a little before where they begin to differ."""
    if len(actual) <= LONGEST and len(expected) <= LONGEST:
        return actual, expected
    low, high = 0, min(len(actual), len(expected))
    while low < high:
        middle = (low + high + 1) // 2
        if actual[:middle] == expected[:middle]:
            low = middle
        else:
            high = middle - 1
    first = max(0, low - BEFORE)
    return actual[first : first + LONGEST], expected[first : first + LONGEST]
