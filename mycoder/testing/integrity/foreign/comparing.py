"""What a condition says, for assertions of conditions and for an `if` whose body fails the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mycoder.testing.integrity.foreign.playing import Said
from mycoder.testing.integrity.foreign.trees import CALLS, chain, field, named, text, unwrapped
from mycoder.testing.integrity.syntax import NEGATED

if TYPE_CHECKING:
    from tree_sitter import Node

_COMPARED = {"===": "==", "!==": "!=", "==": "==", "!=": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">="}
_COMPARED |= {"instanceof": "isinstance"}
_EQUAL = frozenset(["equals", "Equal", "DeepEqual", "EqualFold", "eq", "is", "isEqual"])
_CONTAINS = frozenset(
    ["includes", "contains", "Contains", "HasPrefix", "HasSuffix", "startsWith", "endsWith"]
)
_CONTAINS |= frozenset(["starts_with", "ends_with", "containsKey", "has"])
MOST = 20
"""Parts of one condition."""


def conditions(node: Node, *, is_negated: bool = False) -> list[Said]:
    """What must hold for `node` to be true, or with `is_negated` to be false."""
    node = unwrapped(node)
    inner = named(node)
    if node.type.startswith("unary") and text(node).startswith("!") and inner:
        return conditions(inner[-1], is_negated=not is_negated)
    if node.type in ("binary_expression", "instanceof_expression"):
        left, right = field(node, "left"), field(node, "right")
        operator = text(field(node, "operator")) or ("instanceof" if node.type.startswith("inst") else "")
        if left is not None and right is not None:
            if operator == ("||" if is_negated else "&&"):
                return [*conditions(left, is_negated=is_negated), *conditions(right, is_negated=is_negated)][
                    :MOST
                ]
            if operator in ("||", "&&"):
                return [Said("or", ([left], [right]))]
            if operator in _COMPARED:
                return [_turned(Said(_COMPARED[operator], ([left], [right])), is_negated)]
    if node.type in CALLS:
        return [_turned(_called(node), is_negated)]
    return [_turned(Said("true", ([node],)), is_negated)]


def _called(node: Node) -> Said:
    """Equality and containment that are asked by a call."""
    last = chain(node)[-1]
    arguments = list(last.arguments or ())
    if last.word in _EQUAL | _CONTAINS:
        kind = "==" if last.word in _EQUAL else "in"
        of = field(field(node, "function") or node, "object", "value", "operand")
        if len(arguments) == 1 and of is not None:
            return Said(kind, ([of], arguments))
        if len(arguments) >= 2:
            return Said(kind, (arguments[:1], arguments[1:2]))
    return Said("true", ([node],))


def _turned(said: Said, is_negated: bool) -> Said:
    return said._replace(kind=NEGATED.get(said.kind, f"not {said.kind}")) if is_negated else said
