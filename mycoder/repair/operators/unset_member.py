"""An attribute of the object that its methods read and that nothing ever sets."""

import ast
from collections.abc import Iterator

from mycoder.repair.operators.insertion import first_statement, is_placeholder, is_room
from mycoder.repair.operators.usage import starts
from mycoder.repair.site import Edit, Site
from mycoder.repair.source import own_parameters

MOST_MEMBERS = 3
MOST_VALUES = 40
_MAKING = ("__init__", "__new__", "__post_init__", "setUp", "setup_method", "reset", "clear")


class UnsetMember:
    """Sets it where the object is made: to the parameter of that name, to what other classes give such an attribute,
    or to what is done with it tells."""

    name = "unset attribute"
    cost = 1.0
    nodes = (ast.stmt,)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        assert isinstance(node, ast.stmt)
        function, owner = site.source.function_of(node), site.source.class_of(node)
        if function is None or owner is None or function.name not in _MAKING or node not in function.body:
            return
        members = [] if "self" not in site.scope.locals else unset(site, owner)
        if not members or not is_room(site, node):
            return
        indent, line = site.source.indent(node), site.source.newline
        start, end = site.source.line_span(node)
        tail = "" if site.source.data[start:end].endswith(b"\n") else line
        for order, member in enumerate(members):
            for value, more in _values(site, owner, member, own_parameters(function)):
                text, cost = f"self.{member} = {value}", self.cost + 0.2 * order + more
                if is_placeholder(site, node):
                    yield Edit(*site.source.span(node), text, cost)
                    continue
                if first_statement(function) is node:
                    yield Edit(start, start, f"{indent}{text}{line}", cost + 0.02)
                if function.body[-1] is node and not isinstance(node, ast.Return):
                    yield Edit(end, end, f"{tail}{indent}{text}{line}", cost)


def unset(site: Site, owner: ast.ClassDef) -> list[str]:
    """Attributes that the class reads of ``self`` and that nothing in the file sets or defines."""
    made = site.scope.made_members
    read = [
        n.attr
        for n in ast.walk(owner)
        if isinstance(n, ast.Attribute)
        and isinstance(n.ctx, ast.Load)
        and isinstance(n.value, ast.Name)
        and n.value.id == "self"
        and not n.attr.startswith("__")
    ]
    found = [name for name in dict.fromkeys(read) if name not in made]
    lacking = site.literals.lacking
    if owner.bases:  # what the class above has is not known
        found = [name for name in found if name in lacking]
    return sorted(found, key=lambda name: name not in lacking)[:MOST_MEMBERS]


def _values(site: Site, owner: ast.ClassDef, member: str, asked: list[str]) -> Iterator[tuple[str, float]]:
    """What the attribute could be, with the extra cost: the parameter of its name before all others."""
    same = [name for name in asked if name.strip("_") == member.strip("_")]
    unused = [name for name in asked if name in site.scope.unused]
    known = site.scope.donors.values(member, site.scope.place)
    kinds = starts(site.source, ast.walk(owner), f"self.{member}")
    others = [*unused, *kinds[:1], *known[:12], *kinds, *asked]
    for name in same:
        yield name, 0.0
    for rank, text in enumerate(dict.fromkeys(others)):
        if text not in same and rank < MOST_VALUES:
            yield text, (0.3 if same else 0.1) + 0.04 * rank
