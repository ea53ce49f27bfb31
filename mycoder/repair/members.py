"""What a file says about the attributes of its objects."""

import ast

from mycoder.repair.source import FUNCTIONS


def made(tree: ast.AST) -> frozenset[str]:
    """Attributes that anything in the file sets, and names that its classes define."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name, ctx=ast.Store()):
                found.add(name)
            case ast.ClassDef(body=body):
                found.update(part.name for part in body if isinstance(part, (*FUNCTIONS, ast.ClassDef)))
                stored = [n for part in body for n in ast.walk(part) if isinstance(n, ast.Name)]
                found.update(n.id for n in stored if isinstance(n.ctx, ast.Store))
            case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value=str(name)), *_]):
                found.add(name)
    return frozenset(found)


def constant_marks(tree: ast.AST) -> list[tuple[str, bool]]:
    """Attributes that are only ever set to the same truth value and that something reads."""
    found: dict[str, set[object]] = {}
    read: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name, ctx=ast.Load()):
                read.add(name)
            case ast.Assign(targets=[ast.Attribute(attr=name)], value=ast.Constant(value=bool() as value)):
                found.setdefault(name, set()).add(value)
            case ast.Assign(targets=targets) | ast.For(target=ast.expr() as targets):
                for part in targets if isinstance(targets, list) else [targets]:
                    for n in ast.walk(part):
                        if isinstance(n, ast.Attribute):
                            found.setdefault(n.attr, set()).add(None)
    once = {name: next(iter(values)) for name, values in found.items() if len(values) == 1 and name in read}
    return [(name, value is True) for name, value in once.items() if value is not None]


_FILLING = frozenset(("append", "extend", "insert", "add", "update", "setdefault", "appendleft"))


def unfilled(tree: ast.AST) -> list[tuple[str, str]]:
    """Attributes that are set to an empty list, dict or set and that nothing fills, with that kind."""
    kinds: dict[str, str] = {}
    filled: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case (
                ast.Assign(targets=[ast.Attribute(attr=name)], value=value)
                | ast.AnnAssign(target=ast.Attribute(attr=name), value=value)
            ):
                kind = _empty(value)
                if kind:
                    kinds[name] = kind
                else:
                    filled.add(name)
            case ast.Call(func=ast.Attribute(attr=method, value=ast.Attribute(attr=name))) if (
                method in _FILLING
            ):
                filled.add(name)
            case ast.Subscript(value=ast.Attribute(attr=name), ctx=ast.Store()):
                filled.add(name)
            case ast.AugAssign(target=ast.Attribute(attr=name)):
                filled.add(name)
    return [(name, kind) for name, kind in kinds.items() if name not in filled]


def _empty(value: ast.expr | None) -> str:
    match value:
        case ast.List(elts=[]):
            return "list"
        case ast.Dict(keys=[]):
            return "dict"
        case ast.Call(func=ast.Name(id="list" | "dict" | "set" as kind), args=[], keywords=[]):
            return kind
    return ""
