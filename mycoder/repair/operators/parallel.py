"""Assignments that need each other's old values, made at once: the lost update."""

import ast
from collections.abc import Iterator

from mycoder.repair.site import Edit, Site, names_in


class Parallel:
    name = "parallel assignment"
    cost = 1.5
    nodes = (ast.Assign,)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        assert isinstance(node, ast.Assign)
        run = _run(site, node)
        for count in range(2, len(run) + 1):
            part = run[:count]
            start, end = site.source.span(part[0])[0], site.source.span(part[-1])[1]
            if not _is_read_later(part) or b"#" in site.source.data[start:end]:
                continue
            targets = ", ".join(site.of(a.targets[0]) for a in part)
            values = ", ".join(site.operand(a.value, 1) for a in part)
            yield Edit(start, end, f"{targets} = {values}", self.cost + 0.2 * (count - 2))


def _run(site: Site, node: ast.Assign) -> list[ast.Assign]:
    """This and the next two statements, as far as they are plain assignments of one value each."""
    block = site.source.block_of(node)
    place = block.index(node) if node in block else 0
    found: list[ast.Assign] = []
    for other in block[place : place + 3]:
        if not isinstance(other, ast.Assign) or len(other.targets) != 1:
            break
        is_plain = isinstance(other.targets[0], ast.Name | ast.Subscript | ast.Attribute)
        if not is_plain or isinstance(other.value, ast.Tuple) or not site.source.is_alone(other):
            break
        found.append(other)
    return found


def _is_read_later(part: list[ast.Assign]) -> bool:
    """One of the values reads what an earlier one of these assignments has overwritten."""
    written: set[str] = set()
    for node in part:
        if written & names_in(node.value):
            return True
        written |= names_in(node.targets[0])
    return False
