"""Which names of a function are read without a value, as far as the text alone tells."""

import ast
from collections.abc import Iterable

from mycoder.repair.source import BUILTINS, FUNCTIONS, AnyFunction, Source, own_parameters, parameters

_MADE = frozenset(
    ("__class__", "__file__", "__name__", "__path__", "__module__", "__qualname__", "__builtins__")
)


def undefined(source: Source, nodes: Iterable[ast.AST]) -> list[str]:
    """Names that `nodes` read and that neither they, the module nor Python define; none in a file that imports all
    names of another one."""
    if _imports_all(source):
        return []
    nodes = list(nodes)
    known = {*source.module_names, *BUILTINS, *_MADE}
    for node in nodes:
        known.update(_bound(node))
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Global):
            known.update(node.names)
    read = [n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
    return [name for name in dict.fromkeys(read) if name not in known]


def early(function: AnyFunction) -> list[str]:
    """Locals of the function that are read in a statement above all those that give them a value: either that
    never happens, or the first value is missing."""
    skipped = set(parameters(function))
    read: dict[str, tuple[int, int]] = {}
    bound: dict[str, tuple[int, int]] = {}
    for node in _own(function):
        for name in _bound(node) if not isinstance(node, ast.Name) else ():
            skipped.add(name)
        if isinstance(node, ast.Name):
            place = (node.lineno, node.col_offset)
            into = read if isinstance(node.ctx, ast.Load) else bound
            into[node.id] = min(place, into.get(node.id, place))
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            place = (node.lineno, -1)  # it reads before it writes
            read[node.target.id] = min(place, read.get(node.target.id, place))
    found = [name for name in bound if name in read and name not in skipped]
    return [name for name in found if read[name][0] < bound[name][0] or read[name] == (bound[name][0], -1)]


def unchanged(function: AnyFunction, nodes: list[ast.AST]) -> list[tuple[str, object]]:
    """Locals with one constant as their only value that something reads, and that constant."""
    stored: dict[str, int] = {}
    values: dict[str, object] = {}
    read: set[str] = set()
    for node in nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                read.add(name)
            case ast.Name(id=name):
                stored[name] = stored.get(name, 0) + 1
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value)):
                values[name] = value
    asked = own_parameters(function)
    return [
        (n, v)
        for n, v in values.items()
        if stored.get(n) == 1 and n in read and n not in asked and not n.isupper()
    ]


def _own(function: AnyFunction) -> Iterable[ast.AST]:
    """What is run by the function itself: no inner functions, classes and comprehensions."""
    inner = (*FUNCTIONS, ast.ClassDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    pending: list[ast.AST] = list(function.body)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, inner):
            pending += ast.iter_child_nodes(node)


def _bound(node: ast.AST) -> list[str]:
    found: list[str] = []
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.ClassDef(name=name):
            found = [name]
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            found = [node.name, *parameters(node)]
        case ast.Lambda(args=asked):
            plain = [*asked.posonlyargs, *asked.args, *asked.kwonlyargs, asked.vararg, asked.kwarg]
            found = [a.arg for a in plain if a is not None]
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            found = [(alias.asname or alias.name).split(".")[0] for alias in aliases]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            found = [name]
        case ast.MatchMapping(rest=str(name)):
            found = [name]
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            found = names
    if type(node).__name__ in (
        "TypeVar",
        "ParamSpec",
        "TypeVarTuple",
    ):  # in brackets behind a name, from 3.12 on
        found = [str(getattr(node, "name", ""))]
    return found


def _imports_all(source: Source) -> bool:
    return any(
        alias.name == "*" for n in ast.walk(source.tree) if isinstance(n, ast.ImportFrom) for alias in n.names
    )
