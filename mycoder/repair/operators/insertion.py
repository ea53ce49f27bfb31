"""What the operators have in common that put a missing statement somewhere."""

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterator

from mycoder.repair.site import Edit, Site
from mycoder.repair.source import FUNCTIONS, AnyFunction

Texts = Iterator[tuple[str, float]]
"""Statements of one line, each with what it costs more than the least."""
PLACEHOLDER = 1.2
"""By so much sooner comes what takes the place of a ``pass``: it is kept for something."""
_LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)


class Insertion(ABC):
    """Puts statements before another one, behind the last one of a block, or in the place of a ``pass``."""

    usual: float
    nodes = (ast.stmt,)

    @property
    def cost(self) -> float:
        return self.usual - PLACEHOLDER

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        assert isinstance(node, ast.stmt)
        if not is_room(site, node):
            return
        if is_placeholder(site, node):
            for text, more in self.texts(site):
                yield Edit(*site.source.span(node), text, self.cost + more)
            return
        indent, line = site.source.indent(node), site.source.newline
        start, end = site.source.line_span(node)
        is_last = site.source.block_of(node)[-1] is node and not isinstance(node, _LEAVING)
        tail = "" if site.source.data[start:end].endswith(b"\n") else line
        for text, more in self.texts(site):
            yield Edit(start, start, f"{indent}{text}{line}", self.usual + more)
            if is_last:
                yield Edit(end, end, f"{tail}{indent}{text}{line}", self.usual + more + 0.05)

    @abstractmethod
    def texts(self, site: Site) -> Texts:
        """The statements that may be missing there."""


def is_room(site: Site, node: ast.stmt) -> bool:
    """A statement of a function with nothing else on its lines, no docstring and no ``elif``."""
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)) or site.source.function_of(node) is None:
        return False
    if site.source.data.startswith(b"elif", site.source.span(node)[0]):
        return False
    is_doc = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return site.source.is_alone(node) and (not is_doc or is_placeholder(site, node))


def is_placeholder(site: Site, node: ast.stmt) -> bool:
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and site.of(node) == "...")


def first_statement(function: AnyFunction) -> ast.stmt:
    """The first statement behind the docstring."""
    body = function.body
    is_doc = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    return body[1] if is_doc and len(body) > 1 else body[0]


def loop_around(site: Site) -> ast.For | ast.While | ast.AsyncFor | None:
    """The innermost loop around a node in its own function."""
    for outer in site.source.up(site.node):
        if isinstance(outer, ast.For | ast.While | ast.AsyncFor):
            return outer
        if isinstance(outer, FUNCTIONS):
            return None
    return None
