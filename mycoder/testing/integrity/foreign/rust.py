"""Tests of Rust: functions with the attribute `test` and those of other crates that end in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mycoder.testing.integrity.foreign import trees
from mycoder.testing.integrity.foreign.comparing import conditions
from mycoder.testing.integrity.foreign.playing import (
    Helper,
    Player,
    Reading,
    Said,
    bind,
    helper,
    parameters,
    rows_of,
)
from mycoder.testing.integrity.foreign.trees import Bound, Link, below, named, text, wordset
from mycoder.testing.integrity.outline import Case, Outline
from mycoder.testing.integrity.play import Check
from mycoder.workspace.grammars import parse

if TYPE_CHECKING:
    from tree_sitter import Node

_WEAKENING = wordset(
    """
    len trim to_lowercase to_uppercase sort sorted is_some is_ok is_empty is_none is_err round floor abs contains
    starts_with ends_with unwrap_or_default filter map
    """
)


def outline_of(root: Node) -> Outline:
    cases = {case.name: case for case in _in(root, "", ())}
    return Outline(cases, {}, {}, problem="it does not parse" if root.has_error else "")


def _in(node: Node, prefix: str, marks: tuple[str, ...]) -> Iterator[Case]:
    helpers: dict[str, Helper] = {}
    env: dict[str, Bound] = {}
    tests: list[tuple[Node, list[Node]]] = []
    attributes: list[Node] = []
    for child in named(node):
        if child.type in ("attribute_item", "inner_attribute_item"):
            attributes.append(child)
            continue
        if child.type == "mod_item" and (body := trees.field(child, "body")) is not None:
            name = text(trees.field(child, "name"))
            yield from _in(body, f"{prefix}{name}::", (*marks, *_left_out(attributes)))
        elif child.type == "function_item":
            if any(
                _word(attribute) in ("test", "rstest", "test_case", "quickcheck") for attribute in attributes
            ):
                tests.append((child, attributes))
            elif made := helper(child):
                helpers[text(trees.field(child, "name"))] = made
        elif child.type in ("const_item", "static_item"):
            bind(child, env)
        attributes = []
    for function, its in tests:
        yield _case(function, its, prefix, helpers, env, marks)


def _case(
    node: Node,
    attributes: list[Node],
    prefix: str,
    helpers: dict[str, Helper],
    env: dict[str, Bound],
    marks: tuple[str, ...],
) -> Case:
    player = Player(READING, helpers)
    rows = [
        named(_arguments(a))[0] if len(named(_arguments(a))) == 1 else _arguments(a)
        for a in _rows(attributes)
    ]
    body = trees.field(node, "body")
    line = node.start_point[0] + 1
    checks: list[Check] = []
    for inside in rows_of(parameters(node), [row for row in rows if row is not None], env) if rows else [env]:
        checks += player.body(body, inside)
    skips = [*marks, *_left_out(attributes), *player.skips]
    for attribute in attributes:
        if _word(attribute) == "should_panic":
            skips.append("should_panic")
            said = trees.constants([attribute], {})
            checks.append(Check("raises", (("Exception",), said), (), ("panics",), line))
    return Case(
        f"{prefix}{text(trees.field(node, 'name'))}", line, tuple(checks), tuple(dict.fromkeys(skips))
    )


def _word(attribute: Node) -> str:
    inner = named(attribute)[0] if named(attribute) else attribute
    head = text(named(inner)[0]) if named(inner) else ""
    return head.rpartition("::")[2]


def _arguments(attribute: Node) -> Node | None:
    return trees.field(named(attribute)[0], "arguments") if named(attribute) else None


def _rows(attributes: list[Node]) -> list[Node]:
    return [a for a in attributes if _word(a) in ("case", "test_case") and _arguments(a) is not None]


def _left_out(attributes: list[Node]) -> list[str]:
    found = []
    for attribute in attributes:
        written = " ".join(text(attribute).split())
        if _word(attribute) == "ignore":
            found.append("#[ignore]")
        elif _word(attribute) == "cfg" and written.replace(" ", "") not in ("#[cfg(test)]",):
            found.append(written)
    return found


def _asserts(links: list[Link]) -> list[Said] | None:
    """Macros hold tokens, which are read again as the arguments of a call."""
    node = links[-1].node
    if node.type != "macro_invocation":
        return None
    word = text(trees.field(node, "macro")).rpartition("::")[2].removeprefix("debug_")
    if not word.startswith(("assert", "matches", "panic", "unreachable")):
        return None
    arguments = _read_again(node)
    if word in ("assert", "assert_true") and arguments:
        return conditions(arguments[0])
    if word in ("panic", "unreachable"):
        return [Said("fail", ([node],))]
    kind = {"assert_eq": "==", "assert_ne": "!=", "assert_matches": "in"}.get(word, word)
    return [Said(kind, (arguments[:1], arguments[1:2]))]


def _read_again(macro: Node) -> list[Node]:
    tokens = next((child for child in macro.children if child.type == "token_tree"), None)
    inside = text(tokens)[1:-1] if tokens is not None else ""
    tree = parse("a.rs", f"fn a() {{ b({inside}); }}".encode())
    if tree is None:
        return []
    call = next((n for n in below(tree.root_node) if n.type == "call_expression"), None)
    return named(trees.field(call, "arguments")) if call is not None else []


def _skips(links: list[Link]) -> str:
    return ""


READING = Reading(_asserts, _skips, _WEAKENING)
