"""What classes say about themselves in their source: fields with the words below them, and choices with the
words beside them. Python keeps neither, so the source is read."""

import ast
import inspect
import io
import tokenize
from collections.abc import Iterator
from types import ModuleType

import msgspec


class Field(msgspec.Struct, frozen=True):
    """One line of a class body, e.g. ``path: str = ""``; `default` is empty where the field is required."""

    name: str
    type: str
    default: str
    words: str


class Declared(msgspec.Struct, frozen=True):
    name: str
    bases: tuple[str, ...]
    words: str
    fields: tuple[Field, ...]


def classes(module: ModuleType) -> dict[str, Declared]:
    """The classes of a module by name, in the order of its source."""
    tree = ast.parse(inspect.getsource(module))
    return {node.name: _declared(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def choices(module: ModuleType, name: str) -> dict[str, str]:
    """The values of ``name = Literal[...]`` with the comment on the line of each."""
    source = inspect.getsource(module)
    comments = dict(_comments(source))
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            values = (item for item in ast.walk(node.value) if isinstance(item, ast.Constant))
            return {str(item.value): comments.get(item.lineno, "") for item in values}
    return {}


def _comments(source: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("# ")


def _declared(node: ast.ClassDef) -> Declared:
    fields = []
    for item, following in zip(node.body, [*node.body[1:], None], strict=True):
        match item:
            case ast.AnnAssign(target=ast.Name(id=name)):
                default = ast.unparse(item.value) if item.value is not None else ""
                fields.append(Field(name, ast.unparse(item.annotation), default, _words(following)))
            case ast.Assign(targets=[ast.Name(id=name)]):
                fields.append(Field(name, "", ast.unparse(item.value), _words(following)))
    bases = tuple(ast.unparse(base) for base in node.bases)
    return Declared(node.name, bases, ast.get_docstring(node) or "", tuple(fields))


def _words(node: ast.stmt | None) -> str:
    """The text that stands below a field as its documentation."""
    match node:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return inspect.cleandoc(text)
    return ""
