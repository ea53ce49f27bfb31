"""Binding strength of expressions: where a new expression needs parentheses and where it does not."""

import ast

ATOM = 14
COMPARE = 4
SUM = 9
_BINARY = {
    ast.BitOr: 5,
    ast.BitXor: 6,
    ast.BitAnd: 7,
    ast.LShift: 8,
    ast.RShift: 8,
    ast.Add: 9,
    ast.Sub: 9,
    ast.Mult: 10,
    ast.MatMult: 10,
    ast.Div: 10,
    ast.FloorDiv: 10,
    ast.Mod: 10,
    ast.Pow: 12,
}


def level(node: ast.AST) -> int:
    """How strongly an expression holds together: 0 (lambda, conditional) to 14 (atom)."""
    match node:
        case ast.Tuple() | ast.Yield() | ast.YieldFrom() | ast.NamedExpr():
            return -1
        case ast.Lambda() | ast.IfExp():
            return 0
        case ast.BoolOp():
            return 1 if isinstance(node.op, ast.Or) else 2
        case ast.UnaryOp():
            return 3 if isinstance(node.op, ast.Not) else 11
        case ast.Compare():
            return COMPARE
        case ast.BinOp():
            return _BINARY[type(node.op)]
        case ast.Await():
            return 13
    return ATOM


def text_level(text: str) -> int:
    """The level of an expression given as text; -1 when it is none."""
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        return -1
    if isinstance(node, ast.Tuple) and text.strip().startswith("("):
        return ATOM
    return level(node)


def needed(parent: ast.AST | None, child: ast.AST) -> int:
    """The least level that an expression in the place of `child` must have to go without parentheses."""
    match parent:
        case ast.BoolOp() | ast.UnaryOp():
            return level(parent) + isinstance(parent, ast.BoolOp)
        case ast.BinOp(op=ast.Pow()):
            return 13 if child is parent.left else 11
        case ast.BinOp():
            return level(parent) + (child is parent.right)
        case ast.Attribute() | ast.Await():
            return ATOM
        case ast.Subscript(value=first) | ast.Call(func=first):
            return ATOM if child is first else 0
        case ast.Starred() | ast.Compare():
            return 5
        case ast.IfExp():
            return 0 if child is parent.orelse else 1
        case ast.comprehension():
            return 1
    return 0
