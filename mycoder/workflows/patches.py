"""When two patches are the same: formatting, comments, docstrings and the names of local variables do not count."""

import ast
import difflib
import re
from collections.abc import Iterable
from hashlib import blake2b

import msgspec

_COMMENTS = {
    **dict.fromkeys((".js", ".ts", ".tsx", ".jsx", ".go", ".rs", ".java", ".c", ".h", ".cpp", ".cs", ".kt"), "//"),
    **dict.fromkeys((".sh", ".rb", ".toml", ".yaml", ".yml", ".pl", ".r"), "#"),
    **dict.fromkeys((".sql", ".lua", ".hs"), "--"),
}  # fmt: skip
_INDENTED = (".yaml", ".yml", ".md", ".rst", ".pug", ".haml", ".coffee", ".nim")
"""Endings of files in which the indentation of a line says something."""
_LOOKS_AT_NAMES = frozenset({"locals", "vars", "eval", "exec", "dir"})
MOST_DIFF = 400_000
"""Characters of a file that are compared line by line; of a larger one only the difference in length counts."""


class Version(msgspec.Struct, frozen=True):
    """One file of a patch. A text is None where there is no such file; bytes that are no text are held as latin-1."""

    path: str
    before: str | None
    after: str | None


def fingerprint(files: Iterable[Version]) -> str:
    """Equal for patches (of one and the same project) that do the same to code."""
    digest = blake2b(digest_size=16)
    for file in sorted(files, key=lambda file: file.path):
        after = None if file.after is None else normalised(file.path, file.after)
        if file.before is not None and after == normalised(file.path, file.before):
            continue  # nothing but form was changed in it
        held = "-" if after is None else "+" + after
        for part in (file.path, held):
            data = part.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def size(files: Iterable[Version]) -> int:
    """Lines that a patch takes away and adds."""
    return sum(_size(file.before or "", file.after or "") for file in files)


def _size(before: str, after: str) -> int:
    old, new = before.splitlines(), after.splitlines()
    if len(before) + len(after) > MOST_DIFF:
        return max(abs(len(old) - len(new)), 1)
    return sum(
        (b2 - b1) + (a2 - a1)
        for kind, a1, a2, b1, b2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if kind != "equal"
    )


def normalised(path: str, text: str) -> str:
    """`text` without what does not count. Python that cannot be parsed is taken like any other text."""
    ending = "." + path.rpartition(".")[2].lower()
    if ending in (".py", ".pyi"):
        try:
            return _python(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            ending = ".yaml"  # indentation and # as there
    mark = _COMMENTS.get(ending, "")
    lines: list[str] = []
    for line in text.splitlines():
        words = re.sub(r"[ \t]+", " ", line.strip())
        if not words or (mark and words.startswith(mark)):
            continue
        indent = len(line) - len(line.lstrip()) if ending in _INDENTED else 0
        lines.append(" " * indent + words)
    return "\n".join(lines)


def _python(text: str) -> str:
    tree = ast.parse(text)
    _Plain().visit(tree)
    _rename(tree, {})
    return ast.dump(tree, annotate_fields=False)


class _Plain(ast.NodeTransformer):
    """Takes docstrings and other bare texts out."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                kept = [item for item in block if not _is_bare_text(item)]
                empty: list[ast.stmt] = [ast.Pass()] if block and name == "body" else []
                setattr(node, name, kept or empty)
        return super().generic_visit(node)


def _is_bare_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def _rename(node: ast.AST, names: dict[str, str]) -> None:
    """Gives local variables of functions names by the order of their first use. `names` are those of around."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _Function):
            inner = {**names, **dict.fromkeys(_parameters(child), "")}
            if not _looks_at_names(child):
                for name in _bound(child):
                    inner[name] = f"\x00{len(inner)}"
            _rename(child, inner)
        elif isinstance(child, ast.ClassDef):
            _rename(child, names)
        else:
            _rename_one(child, names)
            _rename(child, names)


def _rename_one(node: ast.AST, names: dict[str, str]) -> None:
    match node:
        case ast.Name():
            node.id = names.get(node.id) or node.id
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            node.name = names.get(name) or name
        case ast.Nonlocal():
            node.names = [names.get(name) or name for name in node.names]


def _parameters(node: _Function) -> list[str]:
    """They are part of how a function is called, so they keep their names."""
    a = node.args
    rest = [arg for arg in (a.vararg, a.kwarg) if arg is not None]
    return [arg.arg for arg in (*a.posonlyargs, *a.args, *a.kwonlyargs, *rest)]


def _looks_at_names(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Name) and part.id in _LOOKS_AT_NAMES for part in ast.walk(node))


def _bound(function: _Function) -> list[str]:
    """Names that are local variables of `function`, in the order in which they stand there."""
    found: dict[str, None] = {}
    outside = set(_parameters(function))

    def look(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            match child:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    outside.add(child.name)  # its name stands in its own node, which is not renamed
                    continue
                case ast.Lambda():
                    continue
                case ast.Import() | ast.ImportFrom():
                    outside.update((alias.asname or alias.name).partition(".")[0] for alias in child.names)
                case ast.Global() | ast.Nonlocal():
                    outside.update(child.names)
                case ast.Name(ctx=ast.Store()):
                    found.setdefault(child.id)
                case (
                    ast.ExceptHandler(name=str(name))
                    | ast.MatchAs(name=str(name))
                    | ast.MatchStar(name=str(name))
                ):
                    found.setdefault(name)
                case ast.MatchMapping(rest=str(name)):
                    outside.add(name)
            look(child)

    look(function)
    return [name for name in found if name not in outside]
