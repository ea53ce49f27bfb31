"""Conditions of edges: a tiny language over the typed state of a run. Nothing is ever evaluated as Python.

    tests.green and not review.ran
    iteration < limits.max_iterations or cost >= 0.5
    "TimeoutError" in tests.digest

Names are dotted paths of the state; values are true, false, whole and decimal numbers and quoted text. From weak
to strong: or, and, not, comparisons (== != < <= > >= in, not in). A condition is true or false: a number or a
text alone is a mistake that `check` tells.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

Kind = Literal["bool", "number", "text", "list"]

MOST_CHARACTERS = 2_000
MOST_DEPTH = 50

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>"[^"]*"|'[^']*')|(?P<sign>==|!=|<=|>=|<|>|\(|\))"""
    r"""|(?P<name>[A-Za-z_][\w-]*(?:\.[\w-]+)*))"""
)
_COMPARE = {"==", "!=", "<", "<=", ">", ">="}
_KEYWORDS = {"and", "or", "not", "in", "true", "false"}


class ExpressionError(ValueError):
    """`column` is from 1; `name` is the unknown name, where it is about one."""

    def __init__(self, message: str, column: int = 0, name: str = "") -> None:
        super().__init__(message)
        self.message, self.column, self.name = message, column, name


class Node(msgspec.Struct, frozen=True):
    """A part of a condition: `op` is value, name, not, and, or, in, or a sign of comparison."""

    op: str
    parts: tuple["Node", ...] = ()
    value: Any = None
    column: int = 0


def parse(text: str) -> Node:
    """The tree of a condition. Raises ExpressionError."""
    if len(text) > MOST_CHARACTERS:
        raise ExpressionError(f"a condition has at most {MOST_CHARACTERS} characters")
    parser = _Parser(_tokens(text))
    tree = parser.either(0)
    parser.expect_end()
    return tree


def check(tree: Node, kind_of: Callable[[str], Kind | None]) -> None:
    """Raises ExpressionError for a name that `kind_of` does not know and for types that do not fit."""
    if (kind := _kind(tree, kind_of)) != "bool":
        raise ExpressionError(f"{_words(tree)} is a {kind}, not a condition: compare it", tree.column)


def evaluate(tree: Node, state: Mapping[str, Any] | Callable[[str], Any]) -> Any:
    """The value of a checked tree; `state` gives the value of a dotted name."""
    look = state if callable(state) else state.__getitem__
    match tree.op:
        case "value":
            return tree.value
        case "name":
            return look(tree.value)
        case "not":
            return not evaluate(tree.parts[0], look)
        case "and":
            return all(evaluate(part, look) for part in tree.parts)
        case "or":
            return any(evaluate(part, look) for part in tree.parts)
    left, right = (evaluate(part, look) for part in tree.parts)
    return _compared(tree.op, left, right)


def _compared(op: str, left: Any, right: Any) -> bool:
    match op:
        case "==":
            return bool(left == right)
        case "!=":
            return bool(left != right)
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
        case ">":
            return bool(left > right)
        case ">=":
            return bool(left >= right)
    return left in right


def _kind(tree: Node, kind_of: Callable[[str], Kind | None]) -> Kind:
    match tree.op:
        case "value":
            return _kind_of_value(tree.value)
        case "name":
            kind = kind_of(tree.value)
            if kind is None:
                raise ExpressionError(f"there is no {tree.value!r} in the state", tree.column, tree.value)
            return kind
        case "not" | "and" | "or":
            for part in tree.parts:
                if (kind := _kind(part, kind_of)) != "bool":
                    raise ExpressionError(f"{_words(part)} is a {kind}: compare it", part.column)
            return "bool"
    left, right = (_kind(part, kind_of) for part in tree.parts)
    fits = (
        (right == "list" and left == "text") or (left == right == "text")
        if tree.op == "in"
        else left == right and (tree.op in ("==", "!=") or left in ("number", "text"))
    )
    if not fits:
        raise ExpressionError(f"a {left} and a {right} cannot stand at the sides of {tree.op!r}", tree.column)
    return "bool"


def _kind_of_value(value: Any) -> Kind:
    if isinstance(value, bool):
        return "bool"
    return "text" if isinstance(value, str) else "number"


def _words(tree: Node) -> str:
    return str(tree.value) if tree.op in ("name", "value") else "this"


class _Parser:
    """Recursive descent; a token is (kind, text, column)."""

    def __init__(self, tokens: list[tuple[str, str, int]]) -> None:
        self._tokens, self._at = tokens, 0

    def either(self, depth: int) -> Node:
        parts = [self._both(depth)]
        while self._takes("or"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else Node("or", tuple(parts), column=parts[0].column)

    def expect_end(self) -> None:
        kind, text, column = self._now()
        if kind != "end":
            raise ExpressionError(f"did not expect {text!r}", column)

    def _both(self, depth: int) -> Node:
        parts = [self._negated(depth)]
        while self._takes("and"):
            parts.append(self._negated(depth))
        return parts[0] if len(parts) == 1 else Node("and", tuple(parts), column=parts[0].column)

    def _negated(self, depth: int) -> Node:
        if depth > MOST_DEPTH:
            raise ExpressionError("is nested too deeply", self._now()[2])
        column = self._now()[2]
        if self._takes("not"):
            return Node("not", (self._negated(depth + 1),), column=column)
        return self._comparison(depth)

    def _comparison(self, depth: int) -> Node:
        left = self._single(depth)
        kind, text, column = self._now()
        if kind == "sign" and text in _COMPARE:
            self._at += 1
            return Node(text, (left, self._single(depth)), column=column)
        if self._takes("in"):
            return Node("in", (left, self._single(depth)), column=column)
        if text == "not" and self._tokens[self._at + 1][1] == "in":
            self._at += 2
            return Node("not", (Node("in", (left, self._single(depth)), column=column),), column=column)
        return left

    def _single(self, depth: int) -> Node:
        kind, text, column = self._now()
        self._at += 1
        match kind:
            case "number":
                return Node("value", value=float(text) if "." in text else int(text), column=column)
            case "text":
                return Node("value", value=text[1:-1], column=column)
            case "name" if text in ("true", "false"):
                return Node("value", value=text == "true", column=column)
            case "name" if text not in _KEYWORDS:
                return Node("name", value=text, column=column)
            case "sign" if text == "(":
                inner = self.either(depth + 1)
                if self._now()[1] != ")":
                    raise ExpressionError("a ) is missing", self._now()[2])
                self._at += 1
                return inner
        raise ExpressionError("ends too early" if kind == "end" else f"did not expect {text!r}", column)

    def _now(self) -> tuple[str, str, int]:
        return self._tokens[min(self._at, len(self._tokens) - 1)]

    def _takes(self, word: str) -> bool:
        if self._now()[:2] != ("name", word):
            return False
        self._at += 1
        return True


def _tokens(text: str) -> list[tuple[str, str, int]]:
    found: list[tuple[str, str, int]] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            rest = text[at:].lstrip()
            raise ExpressionError(
                f"cannot be read from {rest[:12]!r} on", at + 1 + len(text[at:]) - len(rest)
            )
        kind = match.lastgroup or ""
        found.append((kind, match[kind], match.start(kind) + 1))
        at = match.end()
    return [*found, ("end", "", end + 1)]
