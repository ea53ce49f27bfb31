"""Another exception type in ``raise`` and ``except``, and calls that were left out or are too many."""

import ast
from collections.abc import Iterator

from mycoder.repair.site import Edit, Site

_KIN = (
    "KeyError IndexError LookupError",
    "ValueError TypeError AttributeError",
    "OSError IOError FileNotFoundError PermissionError",
    "ImportError ModuleNotFoundError",
    "StopIteration StopAsyncIteration GeneratorExit",
    "ZeroDivisionError ArithmeticError OverflowError",
    "UnicodeDecodeError UnicodeEncodeError UnicodeError ValueError",
    "NotImplementedError RuntimeError RecursionError",
    "TimeoutError ConnectionError OSError",
)


class Exceptions:
    name = "exception"
    cost = 2.0
    nodes = (ast.ExceptHandler, ast.Raise)

    def edits(self, site: Site) -> Iterator[Edit]:
        match site.node:
            case ast.ExceptHandler(type=ast.Name() as named):
                yield from self._others(site, named)
                yield Edit(*site.source.span(named), "Exception", self.cost + 0.6)
                for other in ("KeyError", "ValueError", "TypeError", "IndexError", "AttributeError"):
                    if other != named.id:
                        yield Edit(*site.source.span(named), f"({named.id}, {other})", self.cost + 0.7)
            case ast.ExceptHandler(type=ast.Tuple(elts=elements)):
                for element in elements:
                    if isinstance(element, ast.Name):
                        yield from self._others(site, element)
            case ast.Raise(exc=ast.Call(func=ast.Name() as named)) | ast.Raise(exc=ast.Name() as named):
                yield from self._others(site, named)

    def _others(self, site: Site, named: ast.Name) -> Iterator[Edit]:
        place = site.source.span(named)
        known = {named.id}
        for family in _KIN:
            if named.id in family.split():
                for other in family.split():
                    if other not in known:
                        known.add(other)
                        yield Edit(*place, other, self.cost)
        own = [n for n in site.source.module_names if n.endswith(("Error", "Exception", "Warning"))]
        for other in [
            *own,
            "ValueError",
            "TypeError",
            "KeyError",
            "IndexError",
            "RuntimeError",
            "AttributeError",
        ]:
            if other not in known:
                known.add(other)
                yield Edit(*place, other, self.cost + 0.5)
