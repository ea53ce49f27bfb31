"""Questions about syntax trees that the grammars of several languages answer alike.

A name stands for what it was given: `Env` maps it to the expression and the names that were known there, so that
moving a value into a variable, or out of one, changes nothing of what a check says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tree_sitter import Node


def wordset(words: str) -> frozenset[str]:
    return frozenset(words.split())


MOST_DEPTH = 12
"""How many names in a row are followed to what they stand for."""
MOST_CONSTANTS = 400
"""Of one expression; what comes after says nothing more about it."""

LITERALS = wordset(
    """
    string template_string number regex true false null undefined string_literal raw_string_literal
    interpreted_string_literal rune_literal int_literal float_literal imaginary_literal nil iota
    integer_literal boolean_literal char_literal decimal_integer_literal hex_integer_literal
    octal_integer_literal binary_integer_literal decimal_floating_point_literal
    hex_floating_point_literal character_literal null_literal text_block
    """
)
IDENTIFIERS = frozenset(
    [
        "identifier",
        "field_identifier",
        "property_identifier",
        "shorthand_property_identifier",
        "type_identifier",
    ]
)
CONTAINERS = wordset(
    """
    array object literal_value array_expression tuple_expression array_initializer unit_expression
    """
)
CALLS = frozenset(["call_expression", "method_invocation", "macro_invocation"])
FUNCTIONS = frozenset(
    ["arrow_function", "function_expression", "func_literal", "closure_expression", "lambda_expression"]
)
_MEMBERS = {
    "member_expression": ("object", "property"),
    "selector_expression": ("operand", "field"),
    "field_expression": ("value", "field"),
    "scoped_identifier": ("path", "name"),
    "field_access": ("object", "field"),
}
_AROUND = wordset(
    """
    await_expression parenthesized_expression non_null_expression try_expression as_expression
    reference_expression unsafe_block satisfies_expression
    """
)
NO_VALUE = frozenset(["comment", "line_comment", "block_comment"])


class Bound(NamedTuple):
    """What a name stands for, in the names that were known there."""

    nodes: tuple[Node, ...]
    env: Env


Env = Mapping[str, Bound]


class Link(NamedTuple):
    """One word of ``a.b(1).c``; `arguments` is None where it is not called."""

    word: str
    arguments: tuple[Node, ...] | None
    node: Node


def text(node: Node | None) -> str:
    return node.text.decode("utf-8", "replace") if node is not None and node.text is not None else ""


def named(node: Node | None) -> list[Node]:
    """The children that say something."""
    return [child for child in node.named_children if child.type not in NO_VALUE] if node is not None else []


def field(node: Node, *names: str) -> Node | None:
    """The first of the fields that is there."""
    return next((found for name in names if (found := node.child_by_field_name(name)) is not None), None)


def below(node: Node) -> Iterator[Node]:
    """`node` and all below it."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        yield here
        waiting += reversed(here.children)


def unwrapped(node: Node) -> Node:
    """Without await, parentheses and the like."""
    while node.type in _AROUND and (inner := named(node)):
        node = inner[0]
    return node


def chain(node: Node) -> list[Link]:
    """The words of a call or a dotted name, from the left."""
    node = unwrapped(node)
    if node.type == "call_expression":
        inner = field(node, "function")
        links = chain(inner) if inner is not None else []
        arguments = tuple(named(field(node, "arguments")))
        if links and links[-1].arguments is None:
            return [*links[:-1], Link(links[-1].word, arguments, node)]
        return [*links, Link("", arguments, node)]
    if node.type == "method_invocation":
        of = field(node, "object")
        link = Link(text(field(node, "name")), tuple(named(field(node, "arguments"))), node)
        return [*(chain(of) if of is not None else ()), link]
    if node.type in _MEMBERS:
        of, last = (field(node, name) for name in _MEMBERS[node.type])
        return [*(chain(of) if of is not None else ()), Link(text(last), None, node)]
    if node.type == "generic_function" and (function := field(node, "function")) is not None:
        return chain(function)
    return [
        Link(text(node) if node.type in IDENTIFIERS or node.type in ("this", "self") else "?", None, node)
    ]


def words(node: Node) -> list[str]:
    return [link.word for link in chain(node)]


def literal(node: Node) -> str:
    """A constant, the same for every way to quote a text."""
    written = text(node)
    if node.type == "raw_string_literal":
        written = written.lstrip("r").strip("#")
    return repr(written.strip("`'\"")) if "string" in node.type or node.type == "text_block" else written


def constants(nodes: Sequence[Node], env: Env) -> tuple[str, ...]:
    """The constants in `nodes` and in what their names stand for; an empty container is one too."""
    return tuple(islice((leaf for leaf, is_name in _leaves(nodes, env, 0) if not is_name), MOST_CONSTANTS))


def names(nodes: Sequence[Node], env: Env) -> tuple[str, ...]:
    """What is called and read that is no name of the test's own, in its order."""
    return tuple(islice((leaf for leaf, is_name in _leaves(nodes, env, 0) if is_name), MOST_CONSTANTS))


def _leaves(nodes: Sequence[Node], env: Env, depth: int) -> Iterator[tuple[str, bool]]:
    """Constants and free names in their order, each with whether it is a name."""
    for node in nodes:
        if node.type in NO_VALUE:
            continue
        if (constant := _constant(node)) is not None:
            yield constant, False
        elif node.type in IDENTIFIERS:
            bound = env.get(text(node))
            if bound is None:
                yield text(node), True
            elif depth < MOST_DEPTH:
                yield from _leaves(bound.nodes, bound.env, depth + 1)
        else:
            yield from _leaves(_parts(node, env), env, depth)


def _constant(node: Node) -> str | None:
    """What the node itself says; None for one that is made of others."""
    if node.type in LITERALS and not any(n.type == "template_substitution" for n in node.named_children):
        return literal(node)
    inner = named(node)
    if node.type in CONTAINERS and not inner:
        return "empty"
    is_negative = node.type.startswith(("unary", "prefix_unary")) and text(node).startswith("-")
    if is_negative and len(inner) == 1 and inner[0].type in LITERALS:
        return f"-{literal(inner[0])}"
    return None


def _parts(node: Node, env: Env) -> list[Node]:
    """The children that count: of ``row.want`` only that field of the row, where the row names its fields; of
    ``a: 1`` only the value."""
    if node.type in ("selector_expression", "member_expression", "field_expression"):
        of, name = field(node, "operand", "object", "value"), text(field(node, "field", "property"))
        bound = env.get(text(of)) if of is not None else None
        if bound is not None and len(bound.nodes) == 1 and (kept := keyed(bound.nodes[0], name)) is not None:
            return [kept]
        if bound is not None and of is not None:
            return [of]
    if node.type in ("keyed_element", "pair"):
        return named(node)[-1:]
    return list(node.children)


def keyed(row: Node, name: str) -> Node | None:
    """The value that a literal has under the key `name`, also where the fields of a struct go by their order."""
    body = field(row, "body") or row
    items = named(body)
    for item in items:
        parts = named(item) if item.type in ("keyed_element", "pair") else []
        if len(parts) == 2 and text(parts[0]).strip("'\"") == name:
            return parts[1]
    if row.type != "literal_value" or any(item.type == "keyed_element" for item in items):
        return None
    order = _fields_of(row)
    return items[order.index(name)] if name in order and order.index(name) < len(items) else None


def _fields_of(row: Node) -> list[str]:
    """The names of the fields of the struct that a row of a Go table is, in their order."""
    above: Node | None = row
    while above is not None and above.type != "composite_literal":
        above = above.parent
    kind = field(above, "type") if above is not None else None
    if above is None or kind is None:
        return []
    struct = next((node for node in below(kind) if node.type == "struct_type"), None)
    if struct is None:
        while above.parent is not None:
            above = above.parent
        wanted = {text(node) for node in below(kind) if node.type == "type_identifier"}
        specs = [n for n in below(above) if n.type == "type_spec" and text(field(n, "name")) in wanted]
        struct = field(specs[0], "type") if specs else None
    if struct is None:
        return []
    return [text(n) for n in below(struct) if n.type == "field_identifier"]


def elements(node: Node, env: Env) -> list[Node] | None:
    """The elements of a literal list, or of the name of one; None for anything else."""
    node = unwrapped(node)
    for _ in range(MOST_DEPTH):
        if node.type in IDENTIFIERS and (bound := env.get(text(node))) is not None and len(bound.nodes) == 1:
            node, env = unwrapped(bound.nodes[0]), bound.env
    if node.type == "composite_literal":
        node = field(node, "body") or node
    if node.type in ("call_expression", "method_invocation") and words(node)[-1:] in (
        ["iter"],
        ["into_iter"],
        ["of"],
    ):
        last = chain(node)[-1]
        if last.word == "of" and last.arguments:
            return list(last.arguments)
        inner = field(node, "function") or node
        return elements(field(inner, "value", "object") or inner, {}) if inner is not node else None
    if node.type in CONTAINERS and node.type != "object":
        return [_element(item) for item in named(node)]
    return None


def _element(node: Node) -> Node:
    return named(node)[0] if node.type == "literal_element" and named(node) else node
