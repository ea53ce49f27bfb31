"""A call put around an expression, or taken away from it."""

import ast
from collections.abc import Iterator

from mycoder.repair.site import Edit, Site

_FUNCTIONS = (
    ("abs", 0.0),
    ("str", 0.2),
    ("int", 0.2),
    ("len", 0.2),
    ("list", 0.3),
    ("sorted", 0.3),
    ("set", 0.4),
    ("float", 0.6),
    ("tuple", 0.7),
    ("sum", 0.9),
    ("max", 1.1),
    ("min", 1.1),
    ("round", 1.1),
    ("bool", 1.2),
    ("dict", 1.6),
    ("reversed", 1.6),
    ("any", 1.7),
    ("all", 1.7),
    ("repr", 2.0),
    ("ord", 1.8),
    ("chr", 1.8),
    ("range", 1.5),
    ("enumerate", 1.8),
    ("next", 2.2),
)
_METHODS = (
    "lower()",
    "strip()",
    "upper()",
    "copy()",
    "items()",
    "values()",
    "keys()",
    "split()",
    "rstrip()",
    "swapcase()",
    "title()",
    "capitalize()",
    "lstrip()",
    "isdigit()",
    "isalpha()",
    "isalnum()",
)
_FORMS = (
    ("sorted({}, key=len)", 0.7),
    ("sorted({}, reverse=True)", 0.7),
    ("sorted(set({}))", 0.9),
    ("list(set({}))", 1.1),
    ("len(set({}))", 1.1),
    ("round({}, 2)", 1.6),
    ("list(reversed({}))", 1.6),
    ("sorted({}, key=abs)", 1.8),
    ("sorted({}, key=str.lower)", 1.8),
    ("str({})[::-1]", 1.9),
)


_CHANGING = (
    *("add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem", "popleft"),
    *("remove", "reverse", "setdefault", "sort", "update"),
)


class Wrap:
    name = "wrap"
    cost = 1.6
    _usual = 1.9
    nodes = (
        ast.Name,
        ast.BinOp,
        ast.Call,
        ast.Subscript,
        ast.Attribute,
        ast.ListComp,
        ast.GeneratorExp,
        ast.Constant,
    )

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del) or isinstance(site.parent, ast.Expr):
            return
        if isinstance(node, ast.Call):
            yield from self._unwrapped(site, node)
        if isinstance(site.parent, ast.Call) and node is site.parent.func:
            return
        if isinstance(site.parent, ast.Attribute) and site.parent.attr in _CHANGING:
            return  # what is changed would be thrown away
        if isinstance(node, ast.Constant) and not (
            isinstance(node.value, str | int) and node.value is not True
        ):
            return
        if isinstance(site.parent, ast.JoinedStr | ast.FormattedValue | ast.keyword) and isinstance(
            node, ast.Constant
        ):
            return
        text = site.of(node)
        inner = text[1:-1] if isinstance(node, ast.GeneratorExp) and text.startswith("(") else text
        weight = 1.4 if isinstance(node, ast.Constant) else 0.0
        for function, more in _FUNCTIONS:
            if not text.startswith(f"{function}("):
                yield site.put(node, f"{function}({inner})", self._usual + more + weight, 14)
        base = site.operand(node, 14)
        if weight:
            return
        for rank, method in enumerate(_METHODS):
            yield site.put(node, f"{base}.{method}", self._usual + 0.7 + 0.12 * rank, 14)
        for form, more in _FORMS:
            yield site.put(node, form.format(inner), self._usual + more, 14)
        yield site.put(node, f"-{site.operand(node, 11)}", self._usual + 0.6, 11)
        yield site.put(node, f"max({inner}, 0)", self._usual + 1.6, 14)
        yield site.put(node, f"min({inner}, 0)", self._usual + 2.4, 14)
        yield site.put(node, f"[{inner}]", self._usual + 1.2, 14)
        yield site.put(node, f"{site.operand(node, 11)} * 2", self._usual + 1.9, 10)
        yield site.put(node, f"{site.operand(node, 11)} / 2", self._usual + 1.9, 10)
        yield site.put(node, f"{site.operand(node, 11)} % 2", self._usual + 2.2, 10)
        yield site.put(node, f"{site.operand(node, 12)} ** 2", self._usual + 2.0, 12)
        for rank, name in enumerate(_mappings(site)):
            yield site.put(node, f"sorted({inner}, key={name}.get)", self._usual + 0.9 + 0.1 * rank, 14)
        for rank, name in enumerate(self._own_functions(site)):
            more = 0.0 if name in site.scope.unused_functions else 0.9
            yield site.put(node, f"{name}({inner})", self._usual + more + 0.1 * rank, 14)

    def _own_functions(self, site: Site) -> list[str]:
        own = [n for n, kind in site.source.module_names.items() if kind == "function"]
        inner = [
            n.name
            for n in site.scope.nodes
            if isinstance(n, ast.FunctionDef) and n is not site.scope.function
        ]
        return [*inner, *own][:10]

    def _unwrapped(self, site: Site, node: ast.Call) -> Iterator[Edit]:
        if len(node.args) >= 1 and not isinstance(node.args[0], ast.Starred):
            text = site.of(node.args[0])
            cost = self._usual - 0.3 if len(node.args) == 1 and not node.keywords else self._usual + 0.8
            if isinstance(node.args[0], ast.GeneratorExp) and len(node.args) == 1:
                yield site.put(node, "[" + text[1:-1] + "]", cost + 0.8, 14)
            else:
                yield site.put(node, text, cost)
            for other in node.args[1:3]:
                if not isinstance(other, ast.Starred):
                    yield site.put(node, site.of(other), self._usual + 1.0)
        if isinstance(node.func, ast.Attribute):
            yield site.put(node, site.of(node.func.value), self._usual - 0.1)


def _mappings(site: Site) -> list[str]:
    """Local names that hold a dictionary display."""
    names = []
    for node in site.scope.nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict | ast.DictComp):
            names += [t.id for t in node.targets if isinstance(t, ast.Name)]
    return list(dict.fromkeys(names))[:3]
