"""What the statements of a test check, in a form that refactoring leaves alone.

A test is read as the checks that it makes when it runs: local names stand for what they were given, helpers of the
same file and fixtures that return a value are put in place, parameters and loops over literals are played out, and
what cannot fail any more (behind a return, in a `try` that swallows it, under `if False`) is left out. Two versions of
a test can then be compared check by check.
"""

import ast
import copy
from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from mycoder.testing.integrity.syntax import (
    COMPARED,
    SKIPS,
    SWALLOWED,
    Function,
    cannot_fail,
    caught,
    compared,
    constants,
    last_word,
    lets_out,
    literal_rows,
    stores,
    unwrapped,
    wrappers,
)


class Source(Protocol):
    """The file that a test is in, as far as its statements can refer to it."""

    functions: dict[str, Function]
    values: dict[str, ast.expr]


MOST_NODES = 400
"""Of an expression that names are replaced in; a larger one keeps its names."""


MOST_CASES = 400
"""Of parameters or loops that are played out in one test."""


UNITTEST = {
    "assertEqual": "==", "assertEquals": "==", "assertListEqual": "==", "assertDictEqual": "==",
    "assertTupleEqual": "==", "assertSetEqual": "==", "assertSequenceEqual": "==", "assertMultiLineEqual": "==",
    "assertNotEqual": "!=", "assertIs": "is", "assertIsNot": "is not", "assertIn": "in", "assertNotIn": "not in",
    "assertLess": "<", "assertLessEqual": "<=", "assertGreater": ">", "assertGreaterEqual": ">=",
    "assertIsInstance": "isinstance", "assertAlmostEqual": "almost", "assertCountEqual": "count",
}  # fmt: skip


RAISES = ("raises", "warns", "assertRaises", "assertRaisesRegex", "assertWarns")


class Check(msgspec.Struct, frozen=True):
    """One check. `sides` are the constants of what is compared, in an order that does not depend on which side stands
    left; `names` what it calls and reads that is not local; `limits` what weakens it (wrappers and conditions)."""

    kind: str
    sides: tuple[tuple[str, ...], ...]
    limits: tuple[str, ...]
    names: tuple[str, ...] = ()
    line: int = 0

    @property
    def sign(self) -> tuple[str, tuple[tuple[str, ...], ...], tuple[str, ...]]:
        return self.kind, self.sides, self.limits


Env = Mapping[str, ast.expr]


class Play:
    """Plays the statements of one test and collects what they check."""

    def __init__(self, file: Source, env: Env, stores: Mapping[str, int], depth: int = 0) -> None:
        self._file, self._env, self._stores, self._depth = file, dict(env), stores, depth
        self.skips: list[str] = []
        self._local = set(stores)

    def block(self, body: Sequence[ast.stmt], limits: tuple[str, ...]) -> list[Check]:
        found: list[Check] = []
        for node in body:
            found += self._statement(node, limits)
            if self._is_end(node):
                break
            if isinstance(node, ast.If) and not node.orelse and any(self._is_end(n) for n in node.body):
                if self._truth(node.test) is True:
                    break
                if self._truth(node.test) is None:
                    limits = (*limits, "if")
        return found

    def _statement(self, node: ast.stmt, limits: tuple[str, ...]) -> list[Check]:
        found: list[Check] = []
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self._bind(name, value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                self._bind(name, value)
            case ast.Assert(test=test):
                found = self._asserted(test, limits, node.lineno)
            case ast.Expr(value=value):
                found = self._expression(value, limits)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                found = self._with(items, body, limits)
            case ast.If():
                found = self._if(node, limits)
            case ast.For(target=target, iter=over, body=body):
                found = self._for(target, over, body, limits)
            case ast.AsyncFor(body=body) | ast.While(body=body):
                found = self.block(body, (*limits, "loop"))
            case ast.Try():
                found = self._try(node, limits)
        return found

    def _is_end(self, node: ast.stmt) -> bool:
        match node:
            case ast.Return():
                return True
            case ast.Raise():
                return True
            case ast.Expr(value=ast.Call(func=func)) if last_word(func) in (
                "skip",
                "skipTest",
                "xfail",
                "exit",
            ):
                return True
        return False

    def _bind(self, name: str, value: ast.expr) -> None:
        if self._stores.get(name, 0) == 1:
            self._env[name] = self._filled(value)
        else:
            self._env.pop(name, None)

    def _filled(self, node: ast.expr) -> ast.expr:
        """`node` with local names replaced by what they stand for."""
        known = self._env
        if not any(
            isinstance(n, ast.Name) and (n.id in known or n.id in self._file.values) for n in ast.walk(node)
        ):
            return node
        filled = _Fill(known, self._file.values).visit(copy.deepcopy(node))
        return filled if sum(1 for _ in ast.walk(filled)) <= MOST_NODES else node

    def _truth(self, test: ast.expr) -> bool | None:
        match self._filled(test):
            case ast.Constant(value=value):
                return bool(value)
            case ast.UnaryOp(op=ast.Not(), operand=ast.Constant(value=value)):
                return not value
            case ast.Name(id="TYPE_CHECKING"):
                return False
        return None

    def _asserted(self, test: ast.expr, limits: tuple[str, ...], line: int) -> list[Check]:
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            return [check for value in test.values for check in self._asserted(value, limits, line)]
        match unwrapped(test):
            case ast.UnaryOp(op=ast.Not(), operand=ast.BoolOp(op=ast.Or(), values=values)):
                return [c for v in values for c in self._asserted(ast.UnaryOp(ast.Not(), v), limits, line)]
            case ast.Compare(left=left, ops=[first, second], comparators=[middle, right]):
                return [
                    *self._made(COMPARED[type(first)], (left, middle), limits, line),
                    *self._made(COMPARED[type(second)], (middle, right), limits, line),
                ]
            case ast.Call(func=ast.Name(id="all"), args=[ast.GeneratorExp() | ast.ListComp() as made]):
                return self._each(made, limits, line)
        kind, sides = compared(test)
        return self._made(kind, sides, limits, line)

    def _each(self, made: ast.GeneratorExp | ast.ListComp, limits: tuple[str, ...], line: int) -> list[Check]:
        """`all(check for x in literal)` is a loop of checks."""
        body = ast.Assert(test=made.elt, msg=None, lineno=line, col_offset=0)
        if len(made.generators) != 1 or made.generators[0].ifs:
            return self._asserted(made.elt, (*limits, "loop"), line)
        return self._for(made.generators[0].target, made.generators[0].iter, [body], limits)

    def _made(
        self, kind: str, sides: tuple[ast.expr, ...], limits: tuple[str, ...], line: int
    ) -> list[Check]:
        filled = tuple(unwrapped(self._filled(side)) for side in sides)
        if kind in (">", ">="):
            kind, filled = ("<", "<=")[kind == ">="], filled[::-1]
        if cannot_fail(kind, filled):
            return []
        shown = tuple(constants(side) for side in filled)
        if kind in ("==", "!=", "is", "is not", "count"):
            shown = tuple(sorted(shown))
        wrapped = [name for side in filled for name in wrappers(side)]
        names = [name for side in filled for name in self._names(side)]
        return [Check(kind, shown, tuple(sorted([*limits, *wrapped])), tuple(names), line)]

    def _names(self, node: ast.expr) -> list[str]:
        """Attributes and names that are not the test's own."""
        found = []
        for part in ast.walk(node):
            if isinstance(part, ast.Attribute):
                found.append(part.attr)
            elif isinstance(part, ast.Name) and part.id not in self._local and part.id != "self":
                found.append(part.id)
        return found

    def _expression(self, value: ast.expr, limits: tuple[str, ...]) -> list[Check]:
        call = unwrapped(value)
        if not isinstance(call, ast.Call):
            return []
        name = last_word(call.func)
        if name in SKIPS:
            self.skips.append(name)
            return []
        if name == "fail":
            return [Check("fail", (), limits, (), call.lineno)]
        if name in RAISES:
            return [self._raised(call, limits)]
        if name.startswith("assert"):
            return self._asserting(call, name, limits)
        return self._helped(call, name, limits)

    def _asserting(self, call: ast.Call, name: str, limits: tuple[str, ...]) -> list[Check]:
        """A call that checks by itself, e.g. of unittest."""
        line, arguments = call.lineno, call.args
        match name, arguments:
            case "assertTrue", [test, *_]:
                return self._asserted(test, limits, line)
            case "assertFalse", [test, *_]:
                return self._asserted(ast.UnaryOp(ast.Not(), test), limits, line)
            case (("assertIsNone" | "assertIsNotNone"), [value, *_]):
                kind = "is" if name == "assertIsNone" else "is not"
                return self._made(kind, (value, ast.Constant(None)), limits, line)
            case "assertIsInstance", [_, _, *_]:
                made = ast.Call(ast.Name("isinstance", ast.Load()), arguments[:2], [])
                return self._made("true", (made,), limits, line)
            case _, [_, _, *_] if name in UNITTEST:
                exact = [k.value for k in call.keywords if k.arg in ("places", "delta")]
                more = (ast.Tuple(exact, ast.Load()),) if exact else ()
                return self._made(UNITTEST[name], (*arguments[:2], *more), limits, line)
        owner = call.func.value if isinstance(call.func, ast.Attribute) else call.func
        return self._made(f"call {name}", (owner, ast.Tuple(arguments, ast.Load())), limits, line)

    def _helped(self, call: ast.Call, name: str, limits: tuple[str, ...]) -> list[Check]:
        """The checks of a helper of the same file, with the arguments of this call."""
        helper = self._file.functions.get(name)
        if helper is None or self._depth >= 3 or name.startswith("test"):
            return []
        parameters = [a.arg for a in helper.args.args if a.arg not in ("self", "cls")]
        env = {p: self._filled(a) for p, a in zip(parameters, call.args, strict=False)}
        env |= {k.arg: self._filled(k.value) for k in call.keywords if k.arg}
        defaults = helper.args.defaults
        for p, default in zip(parameters[len(parameters) - len(defaults) :], defaults, strict=False):
            env.setdefault(p, default)
        play = Play(self._file, env, stores(helper.body), self._depth + 1)
        return play.block(helper.body, limits)

    def _raised(self, call: ast.Call, limits: tuple[str, ...]) -> Check:
        kinds = call.args[0] if call.args else ast.Constant(None)
        names = tuple(
            sorted(last_word(n) for n in ast.walk(kinds) if isinstance(n, ast.Name | ast.Attribute))
        )
        match = [k.value for k in call.keywords if k.arg in ("match", "expected_regex")]
        if last_word(call.func).endswith("Regex") and len(call.args) > 1:
            match = [call.args[1]]
        words = constants(ast.Tuple([self._filled(m) for m in match], ast.Load())) if match else ()
        return Check("raises", (names, words), limits, (), call.lineno)

    def _with(
        self, items: Sequence[ast.withitem], body: Sequence[ast.stmt], limits: tuple[str, ...]
    ) -> list[Check]:
        found: list[Check] = []
        for item in items:
            call = item.context_expr
            name = last_word(call.func) if isinstance(call, ast.Call) else ""
            if name == "suppress" and isinstance(call, ast.Call):
                if {last_word(a) for a in call.args} & SWALLOWED:
                    return found
            elif isinstance(call, ast.Call) and name in RAISES:
                found.append(self._raised(call, limits))
                if {"Exception", "BaseException", "AssertionError"} & set(found[-1].sides[0]):
                    return found  # a check inside that fails would be taken for the error
        return found + self.block(body, limits)

    def _if(self, node: ast.If, limits: tuple[str, ...]) -> list[Check]:
        truth = self._truth(node.test)
        if truth is not None:
            return self.block(node.body if truth else node.orelse, limits)
        under = (*limits, "if")
        skipped = [n for n in node.body if isinstance(n, ast.Expr) and self._is_end(n)]
        self.skips += [f"{last_word(n.value.func)} if" for n in skipped if isinstance(n.value, ast.Call)]
        body = [n for n in node.body if n not in skipped]
        return self.block(body, under) + self.block(node.orelse, under)

    def _for(
        self, target: ast.expr, over: ast.expr, body: Sequence[ast.stmt], limits: tuple[str, ...]
    ) -> list[Check]:
        rows = literal_rows(target, self._filled(over))
        if rows is None or len(rows) > MOST_CASES:
            return self.block(body, (*limits, "loop"))
        found: list[Check] = []
        for row in rows:
            inner = Play(self._file, {**self._env, **row}, self._stores, self._depth)
            found += inner.block(body, limits)
            self.skips += inner.skips
        return found

    def _try(self, node: ast.Try, limits: tuple[str, ...]) -> list[Check]:
        swallows = any(
            {last_word(n) for n in caught(handler)} & SWALLOWED and not lets_out(handler.body)
            for handler in node.handlers
        )
        found = [] if swallows else self.block(node.body, limits)
        for handler in node.handlers:
            found += self.block(handler.body, (*limits, "except"))
        return found + self.block(node.orelse, limits) + self.block(node.finalbody, limits)


class _Fill(ast.NodeTransformer):
    def __init__(self, env: Env, values: Env) -> None:
        self._env, self._values = env, values

    def visit_Name(self, node: ast.Name) -> ast.AST:
        value = self._env.get(node.id)
        if value is None:
            value = self._values.get(node.id)
            if value is not None and any(isinstance(n, ast.Call | ast.Name) for n in ast.walk(value)):
                return node  # of the file's names only plain values are put in place
        return copy.deepcopy(value) if value is not None else node
