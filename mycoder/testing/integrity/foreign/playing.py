"""What a test in another language than Python checks: its statements are played as far as they can be read.

Names stand for what they were given, functions of the same file are put in place, loops over literal lists are played
out, and what cannot fail any more (behind a return, in a `try` that swallows it) is left out. What a call asserts is
the matter of each language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from mycoder.testing.integrity.foreign import trees
from mycoder.testing.integrity.foreign.trees import Bound, Env, Link, below, chain, named, text
from mycoder.testing.integrity.play import Check

if TYPE_CHECKING:
    from tree_sitter import Node

MOST_DEPTH = 6
"""Helpers that call helpers."""
MOST_CASES = 400
_IF = ("if_statement", "if_expression")
_LOOPS = trees.wordset(
    """
    for_in_statement for_statement while_statement do_statement for_expression while_expression loop_expression
    enhanced_for_statement
    """
)
_ENDS = ("return_statement", "return_expression", "throw_statement")
_TRY = ("try_statement", "try_with_resources_statement")
_BINDINGS = trees.wordset(
    """
    variable_declarator short_var_declaration var_spec const_spec let_declaration const_item static_item
    assignment_expression assignment_statement
    """
)
_TARGETS = ("name", "left", "pattern")
_VALUES = ("value", "right")


class Said(NamedTuple):
    """What a call asserts. `sides` are what is compared; `given` sides that are no expressions of the file."""

    kind: str
    sides: tuple[Sequence[Node], ...]
    given: tuple[tuple[str, ...], ...] = ()
    limits: tuple[str, ...] = ()


class Helper(NamedTuple):
    """A function of the file: the names of its parameters and its body."""

    parameters: tuple[str, ...]
    body: Node


@dataclass(slots=True)
class Reading:
    """How a language is read. `asserts` says what a call asserts (empty: it is an assertion that says nothing; None: it
    is none), `fails` what an `if` asserts whose body fails the test, `skips` what a call leaves out."""

    asserts: Callable[[list[Link]], list[Said] | None]
    skips: Callable[[list[Link]], str]
    weakening: frozenset[str]
    """Words that take something away from what is compared."""
    fails: Callable[[Node], list[Said] | None] = lambda node: None


@dataclass(slots=True)
class Player:
    """Plays one test of one file."""

    reading: Reading
    helpers: Mapping[str, Helper]
    skips: list[str] = field(default_factory=list)
    _depth: int = 0
    _count: int = 0

    def block(self, nodes: Sequence[Node], env: Env, limits: tuple[str, ...] = ()) -> list[Check]:
        found: list[Check] = []
        known = dict(env)
        for node in nodes:
            found += self._statement(node, known, limits)
            if _is_end(node):
                break
        return found

    def body(self, node: Node | None, env: Env, limits: tuple[str, ...] = ()) -> list[Check]:
        """Of a block, or of an expression in the place of one."""
        if node is None:
            return []
        inner = named(node)
        if node.type in ("statement_block", "block", "statement_list", "class_body", "constructor_body"):
            if len(inner) == 1 and inner[0].type == "statement_list":
                inner = named(inner[0])
            return self.block(inner, env, limits)
        return self.block([node], env, limits)

    def _statement(self, node: Node, env: dict[str, Bound], limits: tuple[str, ...]) -> list[Check]:
        kind = node.type
        if kind in _IF:
            return self._if(node, env, limits)
        if kind in _LOOPS:
            return self._loop(node, env, limits)
        if kind in _TRY:
            return self._try(node, env, limits)
        if kind in trees.CALLS or (kind == "member_expression" and trees.words(node)[0] == "expect"):
            return self._call(node, env, limits)
        if kind in trees.FUNCTIONS or kind in ("function_declaration", "function_item", "class_declaration"):
            return []
        found: list[Check] = []
        for child in named(node):
            found += self._statement(child, env, limits)
        if kind in _BINDINGS:
            bind(node, env)
        return found

    def _call(self, node: Node, env: Env, limits: tuple[str, ...]) -> list[Check]:
        links = chain(node)
        if skip := self.reading.skips(links):
            self.skips.append(skip)
            return []
        said = self.reading.asserts(links)
        if said is not None:
            if any(link.word == "catch" for link in links):
                limits = (*limits, "caught")
            made = [self._check(each, env, limits, node) for each in said]
            return [check for check in made if check is not None]
        helper = (
            self.helpers.get(links[-1].word) if len(links) == 1 or links[0].word in ("self", "this") else None
        )
        if helper is not None and self._depth < MOST_DEPTH:
            return self._helped(helper, links[-1].arguments or (), env, limits)
        return self._callbacks(links, env, limits)

    def _helped(
        self, helper: Helper, arguments: Sequence[Node], env: Env, limits: tuple[str, ...]
    ) -> list[Check]:
        inside = {
            name: Bound((value,), env) for name, value in zip(helper.parameters, arguments, strict=False)
        }
        self._depth += 1
        try:
            return self.body(helper.body, {**env, **inside}, limits)
        finally:
            self._depth -= 1

    def _callbacks(self, links: list[Link], env: Env, limits: tuple[str, ...]) -> list[Check]:
        """Checks in the functions that are handed over; `rows.forEach` plays each row."""
        found: list[Check] = []
        for position, link in enumerate(links):
            for argument in link.arguments or ():
                if argument.type in trees.CALLS:
                    found += self._call(argument, env, limits)
                if argument.type not in trees.FUNCTIONS:
                    continue
                if link.word == "catch_unwind":
                    continue
                rows = None
                if link.word in ("forEach", "for_each") and position:
                    inner = trees.field(link.node, "function", "object")
                    of = trees.field(inner, "object", "value") if inner is not None else None
                    rows = trees.elements(of, env) if of is not None else None
                body = trees.field(argument, "body")
                for inside in rows_of(parameters(argument), rows, env) if rows is not None else [dict(env)]:
                    found += self.body(body, inside, limits)
        return found

    def _check(self, said: Said, env: Env, limits: tuple[str, ...], node: Node) -> Check | None:
        sides = tuple(sorted((*(trees.constants(side, env) for side in said.sides), *said.given)))
        nodes = [part for side in said.sides for part in side]
        read = trees.names(nodes, env)
        if said.kind == "raises":
            sides = said.given
            read = read or ("raises",)
        elif not read or (len(said.sides) == 2 and _is_same(said) and not said.given):
            return None
        wrapped = [name for name in read if name in self.reading.weakening]
        kept = tuple(sorted((*limits, *said.limits, *wrapped)))
        return Check(said.kind, sides, kept, read, node.start_point[0] + 1)

    def _if(self, node: Node, env: Env, limits: tuple[str, ...]) -> list[Check]:
        inside = dict(env)
        if (first := trees.field(node, "initializer")) is not None:
            self._statement(first, inside, limits)
        if (said := self.reading.fails(node)) is not None:
            made = [self._check(each, inside, limits, node) for each in said]
            return [check for check in made if check is not None]
        condition = trees.field(node, "condition")
        written = text(trees.unwrapped(condition)) if condition is not None else ""
        found: list[Check] = []
        if written != "false":
            more = limits if written == "true" else (*limits, "if")
            found += self.body(trees.field(node, "consequence"), inside, more)
        other = trees.field(node, "alternative")
        if other is not None and written != "true":
            for part in named(other) if other.type == "else_clause" else [other]:
                found += self.body(part, inside, (*limits, "if"))
        return found

    def _loop(self, node: Node, env: Env, limits: tuple[str, ...]) -> list[Check]:
        head = next((child for child in node.named_children if child.type == "range_clause"), node)
        over = trees.field(head, "right", "value")
        target = trees.field(head, "left", "pattern", "name")
        rows = trees.elements(over, env) if over is not None else None
        body = trees.field(node, "body")
        if rows is None or target is None or len(rows) > MOST_CASES or self._count > MOST_CASES:
            return self.body(body, env, (*limits, "loop"))
        self._count += len(rows)
        targets = [target]
        if head.type == "range_clause":  # index and value
            targets = named(target)[1:] or [target]
        return [c for inside in rows_of(targets, rows, env) for c in self.body(body, inside, limits)]

    def _try(self, node: Node, env: Env, limits: tuple[str, ...]) -> list[Check]:
        found: list[Check] = []
        catches = [child for child in node.children if child.type == "catch_clause"]
        if all(_lets_out(child) for child in catches):
            found += self.body(trees.field(node, "body"), env, limits)
        for child in node.children:
            if child.type == "finally_clause":
                found += self.body(trees.field(child, "body") or named(child)[-1], env, limits)
            elif child.type == "catch_clause":
                found += self.body(trees.field(child, "body"), env, (*limits, "caught"))
        return found


def bind(node: Node, env: dict[str, Bound]) -> None:
    """Takes a declaration or an assignment into `env`."""
    target, value = trees.field(node, *_TARGETS), trees.field(node, *_VALUES)
    if target is None or value is None or trees.words(value)[0] in ("require", "import"):
        return
    left = named(target) if target.type == "expression_list" else [target]
    right = named(value) if value.type == "expression_list" else [value]
    before = dict(env)
    for position, name in enumerate(left):
        given = right[position] if len(left) == len(right) else right[0]
        bind_to(name, given, before, env)


def bind_to(target: Node, value: Node, known: Env, env: dict[str, Bound]) -> None:
    """Binds a name, or the names of a pattern each to its own element where `value` is a literal."""
    if target.type in trees.IDENTIFIERS or target.type == "_":
        env[text(target)] = Bound((value,), known)
        return
    inner = [child for child in named(target) if child.type != "type_annotation"]
    parts = trees.elements(value, known)
    by_key = target.type == "object_pattern"
    for position, child in enumerate(inner):
        own = trees.keyed(value, text(child)) if by_key else None
        if own is None:
            own = parts[position] if parts is not None and position < len(parts) and not by_key else value
        for name in [n for n in below(child) if n.type in (*trees.IDENTIFIERS, _SHORT)][:1]:
            env[text(name)] = Bound((own,), known)


_SHORT = "shorthand_property_identifier_pattern"


def rows_of(targets: Sequence[Node], rows: Sequence[Node], env: Env) -> list[dict[str, Bound]]:
    """What is known in each turn of a loop, or in each case of a table."""
    found = []
    for row in rows:
        inside = dict(env)
        parts = trees.elements(row, env)
        if len(targets) > 1 and parts is not None:
            for target, part in zip(targets, parts, strict=False):
                bind_to(target, part, env, inside)
        else:
            for target in targets:
                bind_to(target, row, env, inside)
        found.append(inside)
    return found


def parameters(function: Node) -> list[Node]:
    """The patterns or names of the parameters."""
    single = trees.field(function, "parameter")
    if single is not None:
        return [single]
    listed = named(trees.field(function, "parameters"))
    found = []
    for each in listed:
        if each.type in ("parameter_declaration",):  # Go: several names of one type
            found += [n for n in named(each) if n.type == "identifier"]
            continue
        found.append(trees.field(each, "pattern", "name") or each)
    return found


def helper(function: Node) -> Helper | None:
    body = trees.field(function, "body")
    if body is None:
        return None
    return Helper(tuple(text(each) for each in parameters(function)), body)


def _is_same(said: Said) -> bool:
    one, two = ("".join(text(node) for node in side) for side in said.sides)
    return one == two and said.kind in ("==", "<=", "in") and "(" not in one


def _is_end(node: Node) -> bool:
    if node.type in _ENDS:
        return True
    inner = named(node)
    return node.type == "expression_statement" and len(inner) == 1 and inner[0].type in _ENDS


def _lets_out(clause: Node) -> bool:
    """Whether a catch fails the test after all."""
    return any(
        node.type == "throw_statement" or (node.type in trees.CALLS and trees.words(node)[-1] == "fail")
        for node in below(clause)
    )
