"""Questions about the syntax of Python tests."""

import ast
from collections.abc import Iterator, Sequence

Function = ast.FunctionDef | ast.AsyncFunctionDef


SKIPS = ("skip", "skipif", "skipIf", "skipUnless", "xfail", "expectedFailure", "importorskip", "skipTest")


SWALLOWED = frozenset({"AssertionError", "Exception", "BaseException", ""})


WRAPPERS = frozenset(
    [
        "sorted",
        "set",
        "frozenset",
        "len",
        "str",
        "repr",
        "bool",
        "int",
        "float",
        "abs",
        "round",
        "any",
        "all",
        "type",
        "isinstance",
        "min",
        "max",
        "list",
        "tuple",
        "lower",
        "upper",
        "casefold",
        "strip",
        "lstrip",
        "rstrip",
        "get",
        "startswith",
        "endswith",
        "replace",
        "approx",
        "issubset",
        "hasattr",
        "getattr",
        "search",
        "findall",
    ]
)
"""Calls that take something away from what is compared."""


COMPARED = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}


NEGATED = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "is": "is not"}


NEGATED |= {"is not": "is", "in": "not in", "not in": "in", "true": "false", "false": "true"}


def constants(node: ast.AST) -> tuple[str, ...]:
    """The constants of `node` in their order; an empty container is one too."""
    found: list[str] = []

    def visit(part: ast.AST) -> None:
        match part:
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)):
                found.append(f"-{value!r}")
                return
            case ast.Constant(value=value):
                found.append(repr(value))
            case ast.List(elts=[]) | ast.Tuple(elts=[]) | ast.Dict(keys=[]):
                found.append(type(part).__name__)
            case ast.JoinedStr(values=values) if all(isinstance(v, ast.Constant) for v in values):
                found.append(repr("".join(v.value for v in values if isinstance(v, ast.Constant))))  # type: ignore[misc]
                return
        for child in ast.iter_child_nodes(part):
            visit(child)

    visit(node)
    return tuple(found)


def compared(test: ast.expr) -> tuple[str, tuple[ast.expr, ...]]:
    test = unwrapped(test)
    match test:
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return COMPARED[type(op)], (left, right)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            kind, sides = compared(operand)
            return NEGATED.get(kind, f"not {kind}"), sides
        case ast.BoolOp(op=ast.Or(), values=values):
            return "or", tuple(values)
        case ast.Call(func=ast.Name(id="bool"), args=[inner]):
            return compared(inner)
    return "true", (test,)


def cannot_fail(kind: str, sides: Sequence[ast.expr]) -> bool:
    """Whether the check says nothing: constants only, or something compared with itself."""
    if not any(isinstance(n, ast.Name | ast.Attribute | ast.Call) for side in sides for n in ast.walk(side)):
        return True
    if kind == "or":
        return any(isinstance(side, ast.Constant) and side.value for side in sides)
    if len(sides) < 2:
        return False
    is_same = ast.dump(sides[0]) == ast.dump(sides[1])
    has_call = any(isinstance(n, ast.Call) for n in ast.walk(sides[0]))
    return is_same and kind in ("==", "is", "<=") and not has_call


def wrappers(node: ast.expr) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and last_word(part.func) in WRAPPERS:
            yield last_word(part.func)
        elif isinstance(part, ast.Subscript) and isinstance(part.slice, ast.Slice):
            yield "slice"


def unwrapped(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Await | ast.NamedExpr):
        node = node.value
    return node


def stores(body: Sequence[ast.AST]) -> dict[str, int]:
    """How often each name is assigned to in `body`, without nested functions."""
    counts: dict[str, int] = {}
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
                counts[node.id] = counts.get(node.id, 0) + 1
    return counts


def last_word(node: ast.AST) -> str:
    """The last word of a dotted name or of what is called."""
    if isinstance(node, ast.Call):
        return last_word(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def words_of(node: ast.expr) -> list[str] | None:
    match node:
        case ast.Constant(value=str() as text):
            return [word.strip() for word in text.split(",") if word.strip()]
        case ast.Tuple(elts=elts) | ast.List(elts=elts):
            return [e.value for e in elts if isinstance(e, ast.Constant) and isinstance(e.value, str)]
    return None


def literal_rows(target: ast.expr, over: ast.expr) -> list[dict[str, ast.expr]] | None:
    match over:
        case ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts):
            values = list(elts)
        case ast.Call(func=ast.Attribute(value=ast.Dict(keys=keys, values=held), attr="items"), args=[]):
            values = [ast.Tuple([k, v], ast.Load()) for k, v in zip(keys, held, strict=True) if k]
        case _:
            return None
    rows = []
    for value in values:
        match target, value:
            case ast.Name(id=name), _:
                rows.append({name: value})
            case (ast.Tuple(elts=names), ast.Tuple(elts=parts) | ast.List(elts=parts)) if len(names) == len(
                parts
            ):
                rows.append({n.id: p for n, p in zip(names, parts, strict=True) if isinstance(n, ast.Name)})
            case _:
                return None
    return rows


def skips_in(nodes: Sequence[ast.expr]) -> list[str]:
    return [
        last_word(part)
        for node in nodes
        for part in ast.walk(node)
        if isinstance(part, ast.Name | ast.Attribute) and last_word(part) in SKIPS
    ]


def class_skips(node: ast.ClassDef) -> list[str]:
    found = []
    for item in node.body:
        match item:
            case ast.Assign(targets=[ast.Name(id="__test__")], value=ast.Constant(value=False)):
                found.append("__test__ = False")
            case ast.Assign(targets=[ast.Name(id="pytestmark")], value=value):
                found += skips_in([value])
    return found


def is_test_case(node: ast.ClassDef) -> bool:
    return any(last_word(parent).endswith("TestCase") for parent in node.bases)


def is_automatic(node: Function) -> bool:
    return any(
        keyword.arg == "autouse" and isinstance(keyword.value, ast.Constant) and bool(keyword.value.value)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call)
        for keyword in decorator.keywords
    )


def returned(node: Function) -> ast.expr | None:
    """What a fixture of one statement gives."""
    body = [n for n in node.body if not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant))]
    match body:
        case [ast.Return(value=ast.expr() as value)] | [ast.Expr(value=ast.Yield(value=ast.expr() as value))]:
            return value
    return None


def caught(handler: ast.ExceptHandler) -> list[ast.AST]:
    match handler.type:
        case None:
            return [ast.Name("", ast.Load())]
        case ast.Tuple(elts=elts):
            return list(elts)
        case kind:
            return [kind]


def lets_out(body: Sequence[ast.stmt]) -> bool:
    """Whether the handler fails the test after all."""
    return any(
        isinstance(n, ast.Raise | ast.Assert)
        or (isinstance(n, ast.Call) and last_word(n) in ("fail", "skip"))
        for statement in body
        for n in ast.walk(statement)
    )


def patched(node: Function) -> Iterator[str]:
    """Last words of what the test replaces by something else."""
    for part in ast.walk(node):
        if not isinstance(part, ast.Call) or last_word(part.func) not in (
            "setattr",
            "patch",
            "object",
            "setitem",
        ):
            continue
        words = [a.value for a in part.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        yield from (word.rpartition(".")[2] for word in words[:1])
