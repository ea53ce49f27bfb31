"""What the errors of the failing tests name, and which errors these tests wait for."""

import ast
import re
from collections.abc import Iterable

LONGEST = 4_000
"""Letters of the end of a report that are looked at."""
_LACKING = re.compile(
    r"local variable '(\w+)'|variable '(\w+)' referenced|name '(\w+)' is not defined"
    r"|has no attribute '(\w+)'|^E?\s*AttributeError: (\w+)$",
    re.M,
)
_WAITING = ("raises", "assertRaises", "assertRaisesRegex")


def lacking(messages: Iterable[str]) -> tuple[str, ...]:
    """Names and attributes that CPython's own words say are not there."""
    found: dict[str, None] = {}
    for message in messages:
        for match in _LACKING.finditer(message[-LONGEST:]):
            found.update(dict.fromkeys(name for name in match.groups() if name))
    return tuple(found)


def awaited(nodes: Iterable[ast.AST]) -> tuple[str, ...]:
    """Names of the exceptions that tests wait for, without what they are taken from."""
    found: dict[str, None] = {}
    for node in nodes:
        for part in ast.walk(node):
            match part:
                case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=[first, *_]) if (
                    name in _WAITING
                ):
                    found.update(dict.fromkeys(_exceptions(first)))
    return tuple(found)


def _exceptions(node: ast.expr) -> list[str]:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return [name]
        case ast.Tuple(elts=elements):
            return [name for element in elements for name in _exceptions(element)]
    return []
