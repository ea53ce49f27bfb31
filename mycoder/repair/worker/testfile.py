"""Test files as syntax trees, for the forms of their assertions in which the failing tests run."""

from __future__ import annotations

import ast
from typing import Any, TypeVar

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_Node = TypeVar("_Node", bound=ast.AST)


def tree_of(path: str, spared: frozenset[Any] = frozenset()) -> ast.Module:
    """The syntax of a test file, without the functions whose keys (file, first line, name) are in `spared`: those
    of tests that nobody will run in another form, mostly nearly all of a file. Raises OSError, SyntaxError or
    ValueError."""
    with open(path, "rb") as source:
        tree = ast.parse(source.read())
    if spared:
        _without(tree, path, spared)
    return tree


def _without(owner: Any, path: str, spared: frozenset[Any]) -> None:
    """Functions of modules and classes close over nothing, so that the others are compiled to the same code."""
    kept = [n for n in owner.body if not isinstance(n, _FUNCTIONS) or _key(path, n) not in spared]
    for node in kept:
        if isinstance(node, ast.ClassDef):
            _without(node, path, spared)
    owner.body = kept or [ast.copy_location(ast.Pass(), owner.body[0])]


def _key(path: str, node: Any) -> tuple[str, int, str]:
    return path, min([node.lineno, *(d.lineno for d in node.decorator_list)]), node.name


def placed(node: _Node, at: ast.AST) -> _Node:
    """`node`, newly made, with all that is new in it at the place of `at`. What has a place keeps it."""
    pending: list[ast.AST] = [node]
    while pending:
        part = pending.pop()
        if hasattr(part, "lineno"):
            continue
        if "lineno" in part._attributes:
            ast.copy_location(part, at)
        pending += ast.iter_child_nodes(part)
    return node
