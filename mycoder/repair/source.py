"""A Python file as bytes with the positions of its syntax: edits are spans, all other bytes stay as they
are."""

import ast
import builtins
from collections.abc import Iterator
from functools import cached_property

from mycoder.repair.fstring import settle

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef
BOM = b"\xef\xbb\xbf"
BUILTINS = frozenset(dir(builtins))


class UnreadableError(Exception):
    """The file is not UTF-8, has lone carriage returns, or is no Python that this interpreter can parse."""


class Source:
    """`path` is relative to the root, with forward slashes. Offsets count bytes from the start of the
    file."""

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.data = data
        base = len(BOM) if data.startswith(BOM) else 0
        try:
            self.text = data[base:].decode("utf-8")
            self.tree = ast.parse(self.text)
        except (SyntaxError, ValueError, RecursionError) as error:
            raise UnreadableError(f"{path}: {error}") from error
        if b"\r" in data.replace(b"\r\n", b""):
            raise UnreadableError(f"{path}: lone carriage returns")
        self.newline = "\r\n" if b"\r\n" in data else "\n"
        self.starts = [base]
        at = data.find(b"\n")
        while at >= 0:
            self.starts.append(at + 1)
            at = data.find(b"\n", at + 1)
        self.parents: dict[ast.AST, ast.AST] = {}
        self.nodes: list[ast.AST] = [self.tree]
        """All nodes in the order of `ast.walk`, which would take its time again for every question."""
        for parent in self.nodes:
            for child in ast.iter_child_nodes(parent):
                self.parents[child] = parent
                self.nodes.append(child)
        self.unplaced = settle(self.nodes, data, self.starts)
        """f-strings of which the places of the parts are not known."""

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Start and end of a node that has a position."""
        line, column = node.lineno, node.col_offset  # type: ignore[attr-defined]
        end_line, end_column = node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]
        return self.starts[line - 1] + column, self.starts[end_line - 1] + end_column

    def of(self, node: ast.AST) -> str:
        """The source text of a node."""
        start, end = self.span(node)
        return self.data[start:end].decode("utf-8")

    def line_span(self, node: ast.stmt) -> tuple[int, int]:
        """From the start of the first line of a statement (with its decorators) to the end of its last line,
        the newline included."""
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        last = node.end_lineno or node.lineno
        end = self.starts[last] if last < len(self.starts) else len(self.data)
        return self.starts[first - 1], end

    def is_alone(self, node: ast.stmt) -> bool:
        """True when nothing but this statement (and a comment) is on its lines."""
        start, end = self.span(node)
        first, last = self.line_span(node)
        before, after = self.data[first:start].strip(), self.data[end:last].strip()
        return (not before or before.startswith(b"@")) and (not after or after.startswith(b"#"))

    def indent(self, node: ast.stmt) -> str:
        start = self.starts[node.lineno - 1]
        line = self.data[start : start + node.col_offset]
        return line.decode("utf-8") if not line.strip() else " " * node.col_offset

    @cached_property
    def unit(self) -> str:
        """One step of indentation as the file has it."""
        for node in self.nodes:
            if isinstance(node, (*FUNCTIONS, ast.If, ast.For, ast.While)):
                inner = node.body[0]
                if inner.lineno != node.lineno and inner.col_offset > node.col_offset:
                    return self.indent(inner)[len(self.indent(node)) :]
        return "    "

    def up(self, node: ast.AST) -> Iterator[ast.AST]:
        """The parents of a node, nearest first."""
        here = self.parents.get(node)
        while here is not None:
            yield here
            here = self.parents.get(here)

    def function_of(self, node: ast.AST) -> AnyFunction | None:
        """The innermost function around a node; for a function itself the one outside of it."""
        for outer in self.up(node):
            if isinstance(outer, FUNCTIONS):
                return outer
        return None

    def unit_of(self, node: ast.AST) -> AnyFunction | None:
        """The outermost function around a node: the piece that is compiled on its own."""
        found = node if isinstance(node, FUNCTIONS) else None
        for outer in self.up(node):
            if isinstance(outer, FUNCTIONS):
                found = outer
        return found

    def class_of(self, node: ast.AST) -> ast.ClassDef | None:
        for outer in self.up(node):
            if isinstance(outer, ast.ClassDef):
                return outer
        return None

    def statement_of(self, node: ast.AST) -> ast.stmt | None:
        """The innermost statement that holds a node, or the node itself."""
        if isinstance(node, ast.stmt):
            return node
        for outer in self.up(node):
            if isinstance(outer, ast.stmt):
                return outer
        return None

    def block_of(self, statement: ast.stmt) -> list[ast.stmt]:
        """The list of statements that `statement` is in."""
        parent = self.parents.get(statement)
        for field in ("body", "orelse", "finalbody"):
            block = getattr(parent, field, None)
            if isinstance(block, list) and statement in block:
                return block
        return [statement]

    @cached_property
    def functions(self) -> list[AnyFunction]:
        return [node for node in self.nodes if isinstance(node, FUNCTIONS)]

    @cached_property
    def units(self) -> list[AnyFunction]:
        """The outermost functions."""
        return [node for node in self.functions if self.unit_of(node) is node]

    @cached_property
    def literals(self) -> frozenset[str]:
        """The texts of all constants."""
        return frozenset(self.of(node) for node in self.nodes if isinstance(node, ast.Constant))

    @cached_property
    def module_names(self) -> dict[str, str]:
        """Names bound at module level: name -> kind (function, class, import, value)."""
        names: dict[str, str] = {}
        for node in self.tree.body:
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    names[node.name] = "function"
                case ast.ClassDef():
                    names[node.name] = "class"
                case ast.Import() | ast.ImportFrom():
                    for alias in node.names:
                        names[(alias.asname or alias.name).split(".")[0]] = "import"
                case _:
                    for name, kind in _within(node):
                        names.setdefault(name, kind)
        names.pop("*", None)
        return names

    def apply(self, edits: "tuple[tuple[int, int, str], ...]") -> bytes:
        """The file's bytes after edits that do not overlap."""
        data = self.data
        for start, end, text in sorted(edits, reverse=True):
            data = data[:start] + text.encode("utf-8") + data[end:]
        return data


def _within(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    """Names that a statement of a module binds, also in its branches: ``try: import json``."""
    pending: list[ast.AST] = [statement]
    while pending:
        match pending.pop(0):
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, "function"
            case ast.ClassDef(name=name):
                yield name, "class"
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                yield from (((alias.asname or alias.name).split(".")[0], "import") for alias in aliases)
            case ast.Name(id=name, ctx=ast.Store()):
                yield name, "value"
            case node:
                pending += ast.iter_child_nodes(node)


def parameters(function: AnyFunction) -> list[str]:
    args = function.args
    named = [a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
    return named + [a.arg for a in (args.vararg, args.kwarg) if a]


def own_parameters(function: AnyFunction) -> list[str]:
    """The parameters of a method without ``self``."""
    return [p for p in parameters(function) if p not in ("self", "cls")]
