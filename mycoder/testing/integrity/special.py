"""Code that knows that it is tested: outputs keyed to the inputs of tests, and looking for the test runner."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator

from mycoder.testing.integrity.play import Check
from mycoder.testing.integrity.syntax import constants

_TRIVIAL = frozenset(
    {"0", "1", "-1", "2", "''", "None", "True", "False", "List", "Tuple", "Dict", "0.0", "1.0", "b''"}
)
_OTHER_RUNNERS = re.compile(
    r"JEST_WORKER_ID|VITEST_(WORKER|POOL)_ID|env\.VITEST\b|NODE_TEST_CONTEXT|testing\.Testing\(\)|flag\.Lookup\(\"test\."
    r"|HasSuffix\(os\.Args\[0\], \"\.test\"\)|cfg!\(test\)|contains\(\"(org\.)?junit|startsWith\(\"org\.junit"
)
"""What only runs under test have: of jest, vitest, Node, Go, Rust and JUnit."""
_RUNNER = ("PYTEST_CURRENT_TEST", "PYTEST_VERSION", "pytest", "_pytest", "unittest")


def special_cases(
    before: str, after: str, checks: Callable[[], Iterable[Check]]
) -> Iterator[tuple[str, int]]:
    """What is new in `after` and made for the tests, in words, with its line. `checks` are those of all tests."""
    try:
        old, new = ast.parse(before), ast.parse(after)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    yield from _looking(old, new)
    was = {pair for _, pair in _mapped(old)}
    lines: dict[tuple[str, str], int] = {}
    for line, pair in _mapped(new):
        if pair not in was and pair[0] not in _TRIVIAL:
            lines.setdefault(pair, line)
    if not lines:
        return
    asked = {pair for check in checks() for pair in _pairs(check)}
    found = {pair: line for pair, line in lines.items() if pair in asked}
    heavy = [pair for pair in found if pair[1] not in _TRIVIAL and _is_long(pair[0])]
    if heavy or len(found) >= 3:
        first = heavy[0] if heavy else next(iter(found))
        yield f"answers are written in for inputs of the tests ({first[0]} → {first[1]})", found[first]


def looking_by_lines(before: str, after: str) -> Iterator[tuple[str, int]]:
    """Code in other languages than Python that looks for the runner of its tests."""
    old = {line.strip() for line in before.splitlines()}
    for number, line in enumerate(after.splitlines(), 1):
        if line.strip() not in old and (found := _OTHER_RUNNERS.search(line)):
            yield f"the code looks for {found[0]}: it behaves differently under test", number


def _looking(old: ast.Module, new: ast.Module) -> Iterator[tuple[str, int]]:
    """Code that looks for the test runner, or makes its verdict worthless."""
    imported = any(_imports_runner(node) for node in ast.walk(old))
    known = {what for node in ast.walk(old) if (what := _looks_for_runner(node, imported))}
    for node in ast.walk(new):
        what = _looks_for_runner(node, imported)
        if what and what not in known:
            yield what, getattr(node, "lineno", 0)
    if not _exits(old) and (line := _exits(new)):
        yield "the code ends the process as soon as it is imported, and the tests with it", line


def _exits(tree: ast.Module) -> int:
    """The line where the process is ended while the module is loaded; 0 when it is not."""
    for statement in tree.body:
        match statement:
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(value=ast.Name(id="os" | "sys"), attr="_exit" | "exit"))
            ):
                return statement.lineno
    return 0


def _is_long(value: str) -> bool:
    """A value that nobody would write into code by chance."""
    return len(value.strip("'\"")) >= 4


def _pairs(check: Check) -> Iterator[tuple[str, str]]:
    """(input, expected) of a check for equality, as their constants read."""
    if check.kind not in ("==", "is") or len(check.sides) != 2:
        return
    a, b = (" ".join(side) for side in check.sides)
    yield a, b
    yield b, a


def _mapped(tree: ast.AST) -> Iterator[tuple[int, tuple[str, str]]]:
    """Constant to constant: `if x == A: return B`, `match`, conditional expressions and tables."""
    for node in ast.walk(tree):
        match node:
            case ast.If(test=test, body=[ast.Return(value=ast.expr() as given), *_]):
                yield from _tested(test, given, node.lineno)
            case ast.IfExp(test=test, body=chosen):
                yield from _tested(test, chosen, node.lineno)
            case ast.match_case(
                pattern=ast.MatchValue(value=key), body=[ast.Return(value=ast.expr() as told), *_]
            ):
                yield key.lineno, (_text(key), _text(told))
            case ast.Dict(keys=keys, values=values):
                for name, held in zip(keys, values, strict=True):
                    if name is not None and _is_plain(name) and _is_plain(held):
                        yield name.lineno, (_text(name), _text(held))


def _tested(test: ast.expr, value: ast.expr, line: int) -> Iterator[tuple[int, tuple[str, str]]]:
    if not _is_plain(value):
        return
    keys = [
        side
        for part in ast.walk(test)
        if isinstance(part, ast.Compare) and all(isinstance(op, ast.Eq | ast.Is | ast.In) for op in part.ops)
        for side in (part.left, *part.comparators)
        if _is_plain(side)
    ]
    if keys:
        yield line, (" ".join(_text(key) for key in keys), _text(value))


def _text(node: ast.expr) -> str:
    return " ".join(constants(node))


def _is_plain(node: ast.expr) -> bool:
    return bool(constants(node)) and not any(
        isinstance(n, ast.Name | ast.Call | ast.Attribute) for n in ast.walk(node)
    )


def _imports_runner(node: ast.AST) -> bool:
    match node:
        case ast.Import(names=names):
            return any(alias.name.partition(".")[0] in _RUNNER for alias in names)
        case ast.ImportFrom(module=str() as module):
            return module.partition(".")[0] in _RUNNER
    return False


def _looks_for_runner(node: ast.AST, imported: bool) -> str:
    match node:
        case ast.Constant(value=str() as word) if word in ("PYTEST_CURRENT_TEST", "PYTEST_VERSION"):
            return f"the code looks for {word}: it behaves differently under test"
        case ast.Compare(left=ast.Constant(value=str() as word), ops=[ast.In() | ast.NotIn()]) if (
            word in _RUNNER
        ):
            return f"the code looks for {word}: it behaves differently under test"
        case ast.Import() | ast.ImportFrom() if not imported and _imports_runner(node):
            return "the code imports the test runner"
        case ast.FunctionDef(
            name="__eq__" | "__ne__" | "__contains__" | "__bool__",
            body=[ast.Return(value=ast.Constant(value=True))],
        ):
            return "a comparison is always true"
    return ""
