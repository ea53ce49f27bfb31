"""A name that is read where nothing has given it a value: the statement that defines it is missing."""

import ast
from collections.abc import Iterator

from mycoder.repair.operators.insertion import is_placeholder, is_room
from mycoder.repair.operators.usage import starts
from mycoder.repair.site import Edit, Site, names_in
from mycoder.repair.source import own_parameters

MOST_NAMES = 4
MOST_VALUES = 60


class Undefined:
    """Gives it the value that the same name has elsewhere, that an attribute or function of its name holds, that
    what is done with it tells, or an expression at hand."""

    name = "missing definition"
    cost = 1.0
    nodes = (ast.stmt,)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        assert isinstance(node, ast.stmt)
        lost = _lost(site)
        if not lost or not is_room(site, node):
            return
        indent, line = site.source.indent(node), site.source.newline
        start = site.source.line_span(node)[0]
        for order, name in enumerate(lost):
            for rank, value in enumerate(_values(site, name)):
                more = 0.2 * order + 0.03 * rank
                if is_placeholder(site, node):
                    yield Edit(*site.source.span(node), f"{name} = {value}", self.cost + more)
                elif name in names_in(node):
                    yield Edit(start, start, f"{indent}{name} = {value}{line}", self.cost + more)


def _lost(site: Site) -> list[str]:
    """Names of nobody, then those that the failing tests found without a value, then those that are read above all
    places where they are given one."""
    local = set(site.scope.locals)
    named = [n for n in site.literals.lacking if n in local]
    return list(dict.fromkeys([*site.scope.undefined, *named, *site.scope.early]))[:MOST_NAMES]


def _values(site: Site, name: str) -> list[str]:
    scope, source = site.scope, site.source
    function = source.function_of(site.node)
    values = [text for text in scope.donors.values(name, scope.place) if name not in text.split()]
    owners = [n for n in ("self", *(own_parameters(function) if function else ())) if n in scope.locals]
    held = [
        f"{owner}.{attribute}"
        for owner in owners[:6]
        for attribute in scope.attributes.get(owner, [])
        if attribute.strip("_") == name.strip("_")
    ]
    calls = scope.donors.calls(scope.place, returns=True)
    calls.sort(key=lambda text: name.rstrip("s") not in text)
    known = [n for n in scope.locals if n not in (name, "self", "cls")]
    near = [f"{function}({n})" for function in _makers(site, name) for n in known[:6]]
    other = [text for text in scope.expressions if name not in text]
    texts = [*values, *held, *near, *starts(source, scope.nodes, name)[:6], *calls, *known[:8], *other]
    is_own = [f"{known[0]}.{name}"] if known else []
    return list(dict.fromkeys([*texts, *is_own]))[:MOST_VALUES]


def _makers(site: Site, name: str) -> list[str]:
    """Functions and classes of the module that are called after what they make."""
    stem = name.lower().strip("_").rstrip("s")
    kinds = ("function", "class", "import")
    found = [n for n, kind in site.source.module_names.items() if kind in kinds and n != name]
    if len(stem) < 3:
        return []
    return [n for n in found if stem in n.lower()][:6]
