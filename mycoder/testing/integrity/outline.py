"""What the tests of a Python file check: its tests with their checks, its hooks and its fixtures."""

import ast
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from mycoder.testing.integrity.play import MOST_CASES, Check, Env, Play
from mycoder.testing.integrity.syntax import (
    Function,
    class_skips,
    constants,
    is_automatic,
    is_test_case,
    last_word,
    patched,
    returned,
    skips_in,
    stores,
    words_of,
)


class Case(msgspec.Struct, frozen=True):
    """One test: `skips` are what keeps it from running or from failing, `patched` the names it replaces."""

    name: str
    line: int
    checks: tuple[Check, ...]
    skips: tuple[str, ...] = ()
    patched: tuple[str, ...] = ()


class Outline(msgspec.Struct, frozen=True):
    """A file: tests by qualified name, hooks and fixtures by name with a digest of their constants."""

    cases: dict[str, Case]
    hooks: dict[str, str]
    fixtures: dict[str, tuple[str, ...]]
    automatic: tuple[str, ...] = ()
    """Fixtures that run without being asked for."""
    problem: str = ""


def outline(text: str) -> Outline:
    """What the file with `text` tests; `problem` where it is no Python that this version can read."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as wrong:
        return Outline({}, {}, {}, problem=str(wrong))
    reader = _File(tree)
    return Outline(
        {case.name: case for case in reader.cases()},
        {name: ast.dump(node) for name, node in reader.hooks.items()},
        {name: constants(node) for name, node in reader.fixtures.items()},
        tuple(name for name, node in reader.fixtures.items() if is_automatic(node)),
    )


class _File:
    """The parts of one file that its tests can refer to."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.functions: dict[str, Function] = {}
        self.fixtures: dict[str, Function] = {}
        self.hooks: dict[str, ast.stmt] = {}
        self.values: dict[str, ast.expr] = {}
        self.marks: list[str] = []
        assigned = stores(tree.body)
        for node in tree.body:
            self._note(node, assigned)
        for name, fixture in self.fixtures.items():
            if (value := returned(fixture)) is not None:
                self.values.setdefault(f"fixture {name}", value)

    def _note(self, node: ast.stmt, assigned: Mapping[str, int]) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.functions[node.name] = node
                if any(last_word(d) == "fixture" for d in node.decorator_list):
                    self.fixtures[node.name] = node
                if node.name.startswith("pytest_"):
                    self.hooks[node.name] = node
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                if name in ("collect_ignore", "collect_ignore_glob"):
                    self.hooks[name] = node
                elif name == "pytestmark":
                    self.marks += skips_in([value])
                elif assigned[name] == 1:
                    self.values[name] = value

    def cases(self) -> Iterator[Case]:
        yield from self._in(self.tree.body, "", self.marks)

    def _in(self, body: Sequence[ast.stmt], prefix: str, marks: Sequence[str]) -> Iterator[Case]:
        for node in body:
            if isinstance(node, ast.ClassDef) and (node.name.startswith("Test") or is_test_case(node)):
                below = [*marks, *skips_in(node.decorator_list), *class_skips(node)]
                yield from self._in(node.body, f"{prefix}{node.name}::", below)
            elif isinstance(node, Function) and node.name.startswith("test"):
                yield self._case(node, prefix, marks)

    def _case(self, node: Function, prefix: str, marks: Sequence[str]) -> Case:
        found: list[Check] = []
        skips = [*marks, *skips_in(node.decorator_list)]
        for env in self._played(node):
            play = Play(self, env, stores(node.body))
            found += play.block(node.body, ())
            skips += play.skips
        replaced = tuple(sorted(set(patched(node))))
        return Case(prefix + node.name, node.lineno, tuple(found), tuple(dict.fromkeys(skips)), replaced)

    def _played(self, node: Function) -> list[Env]:
        """One environment for each set of parameters."""
        arguments = [a.arg for a in node.args.args]
        known = {a: self.values[f"fixture {a}"] for a in arguments if f"fixture {a}" in self.values}
        envs: list[Env] = [known]
        for decorator in node.decorator_list:
            if not (isinstance(decorator, ast.Call) and last_word(decorator.func) == "parametrize"):
                continue
            rows = self._rows(decorator)
            if rows is not None and 0 < len(rows) * len(envs) <= MOST_CASES:
                envs = [{**env, **row} for env in envs for row in rows]
            elif rows is not None and not rows:
                return []
        return envs

    def _rows(self, call: ast.Call) -> list[dict[str, ast.expr]] | None:
        given = [*call.args, *(k.value for k in call.keywords if k.arg in ("argnames", "argvalues"))]
        if len(given) < 2:
            return None
        names = words_of(given[0])
        values = given[1]
        if isinstance(values, ast.Name):
            values = self.values.get(values.id, values)
        if names is None or not isinstance(values, ast.List | ast.Tuple):
            return None
        rows = []
        for value in values.elts:
            if isinstance(value, ast.Call) and last_word(value.func) == "param":
                if any(skips_in([k.value]) for k in value.keywords if k.arg == "marks"):
                    continue
                value = value.args[0] if len(value.args) == 1 else ast.Tuple(value.args, ast.Load())
            if len(names) == 1:
                rows.append({names[0]: value})
            elif isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(names):
                rows.append(dict(zip(names, value.elts, strict=True)))
            else:
                return None
        return rows
