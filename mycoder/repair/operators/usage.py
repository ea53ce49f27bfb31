"""Of what kind a value is, told by what is done with it."""

import ast
from collections.abc import Iterable

from mycoder.repair.source import Source

_BY_METHOD = {
    "append": "[]",
    "extend": "[]",
    "insert": "[]",
    "sort": "[]",
    "add": "set()",
    "discard": "set()",
    "update": "{}",
    "setdefault": "{}",
    "items": "{}",
    "get": "{}",
    "keys": "{}",
    "values": "{}",
    "popleft": "[]",
    "join": '""',
    "strip": '""',
    "split": '""',
    "startswith": '""',
}
_USUAL = ("None", "[]", "{}", "0", "False", '""', "True", "set()", "1")


def starts(source: Source, nodes: Iterable[ast.AST], name: str) -> list[str]:
    """Values that a name or an attribute, as `name` is written, could begin with: first those that fit to what is
    done with it."""
    found: dict[str, None] = {}
    for node in nodes:
        text = source.of(node) if isinstance(node, ast.Name | ast.Attribute) else ""
        if text == name:
            found.update(dict.fromkeys(_told(node, source)))
    return list(dict.fromkeys([*found, *_USUAL]))


def _told(node: ast.AST, source: Source) -> tuple[str, ...]:
    found: tuple[str, ...] = ()
    match source.parents.get(node):
        case ast.Attribute(attr=method) if method in _BY_METHOD:
            found = (_BY_METHOD[method],)
        case ast.Subscript(value=value) if value is node:
            found = ("{}", "[]")
        case ast.AugAssign(value=ast.JoinedStr() | ast.Constant(value=str())):
            found = ('""',)
        case ast.AugAssign(value=ast.List() | ast.ListComp()):
            found = ("[]",)
        case ast.AugAssign(op=operation):
            found = ("1",) if isinstance(operation, ast.Mult) else ("0", '""', "[]")
        case ast.Compare(ops=[ast.Is() | ast.IsNot()]):
            found = ("None",)
        case ast.Compare(ops=[ast.In() | ast.NotIn()], left=left) if left is not node:
            found = ("set()", "[]", "{}")
        case ast.Compare():
            found = ("0", "None")
        case ast.UnaryOp(op=ast.Not()) | ast.If() | ast.While() | ast.IfExp() | ast.BoolOp():
            found = ("False", "None", "True")
        case ast.For() | ast.comprehension():
            found = ("[]", "()")
    return found
