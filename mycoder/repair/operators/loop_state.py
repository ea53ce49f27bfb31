"""What a loop keeps: made anew before each round, and left over at the end."""

import ast
from collections.abc import Iterator

from mycoder.repair.site import Edit, Scope, Site, names_in

MOST = 8
_EMPTY = (ast.Constant, ast.List, ast.Dict, ast.Set, ast.Name, ast.UnaryOp)
Loop = ast.For | ast.While | ast.AsyncFor


class LoopState:
    """Two slips of beginners' loops: a counter that is not set back for the next round, and the last group that is
    never handed in. That a loop goes on after it is done is a missing `early_exit`."""

    name = "loop state"
    cost = 2.1
    nodes = (ast.For, ast.While, ast.AsyncFor)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        assert isinstance(node, ast.stmt)
        if not site.source.is_alone(node) or site.source.function_of(node) is None:
            return
        if isinstance(node, Loop):
            yield from self._set_back(site, node)
            yield from self._handed_in(site, node)

    def _set_back(self, site: Site, node: Loop) -> Iterator[Edit]:
        """What is set before a loop is set again in each of its rounds; what an earlier loop has used up is set
        again before this one."""
        head = names_in(node.test if isinstance(node, ast.While) else node.iter)
        start, outer = site.source.line_span(node)[0], site.source.indent(node)
        for rank, text in enumerate(_starts(site, node, head)):
            yield Edit(start, start, f"{outer}{text}{site.source.newline}", self.cost + 0.1 * rank)
        first = node.body[0]
        if first.lineno == node.lineno:
            return
        at, indent = site.source.line_span(first)[0], site.source.indent(first)
        for rank, text in enumerate(_starts(site, node, _changed(node))):
            yield Edit(at, at, f"{indent}{text}{site.source.newline}", self.cost + 0.1 * rank)

    def _handed_in(self, site: Site, node: Loop) -> Iterator[Edit]:
        """A statement of the loop once more behind it, for what the last round left over."""
        end = site.source.line_span(node)[1]
        indent, step, line = site.source.indent(node), site.source.unit, site.source.newline
        tail = "" if site.source.data[:end].endswith(b"\n") else line
        for rank, (text, names) in enumerate(_kept(site, node)):
            yield Edit(end, end, f"{tail}{indent}{text}{line}", self.cost + 0.5 + 0.08 * rank)
            for more, name in enumerate(names):
                guarded = f"{tail}{indent}if {name}:{line}{indent}{step}{text}{line}"
                yield Edit(end, end, guarded, self.cost + 0.3 + 0.08 * rank + 0.1 * more)


def _starts(site: Site, node: Loop, names: set[str]) -> list[str]:
    """Assignments of plain values to `names` before the loop; nearest first."""
    found: dict[str, None] = {}
    for other in site.scope.nodes:
        match other:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if other.lineno < node.lineno:
                if name in names and isinstance(value, _EMPTY):
                    found[site.of(other)] = None
    return [t for t in reversed(found) if "\n" not in t][:MOST]


def _changed(node: ast.AST) -> set[str]:
    """Names that are bound, or things of which a method is called or an item set, somewhere in `node`."""
    found: set[str] = set()
    for part in ast.walk(node):
        match part:
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case ast.Attribute(value=ast.Name(id=name)) | ast.Subscript(value=ast.Name(id=name)):
                found.add(name)
    return found


def _kept(site: Site, node: Loop) -> list[tuple[str, list[str]]]:
    """Simple statements of the loop that add to something, and decisions around one, with the names that may be
    empty at the end; those that do not speak of the loop's own variable first."""
    own = names_in(node.target) if not isinstance(node, ast.While) else set()
    found: dict[str, tuple[bool, list[str]]] = {}
    for part in ast.walk(node):
        if not isinstance(part, ast.stmt) or part is node or not site.source.is_alone(part):
            continue
        match part:
            case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Expr(value=ast.Yield()):
                text, names = site.of(part), _asked(site.scope, part)
            case ast.If(body=[ast.Assign() | ast.AugAssign() | ast.Expr()], orelse=[]):
                text, names = _moved(site, part, node), []
            case _:
                continue
        if text and not _is_docstring(part):
            found[text] = bool(names_in(part) & own), names
    return [(t, names) for t, (_, names) in sorted(found.items(), key=lambda pair: pair[1][0])][:MOST]


def _moved(site: Site, node: ast.If, loop: Loop) -> str:
    """The text of a decision inside of `loop` as it is written behind it; empty where that is not plain."""
    text = site.of(node)
    depth = len(site.source.indent(node)) - len(site.source.indent(loop))
    lines = text.splitlines(keepends=True)
    if not text.startswith("if ") or len(lines) > 3 or any(part[:depth].strip() for part in lines[1:]):
        return ""
    return lines[0] + "".join(part[depth:] for part in lines[1:])


def _asked(scope: Scope, node: ast.stmt) -> list[str]:
    """Locals that a statement reads, but for what it adds to."""
    value = node.value if isinstance(node, ast.AugAssign | ast.Expr) else node
    parts = value.args if isinstance(value, ast.Call) else [value]
    names = [n for part in parts if part is not None for n in sorted(names_in(part))]
    return [n for n in dict.fromkeys(names) if n in scope.locals][:2]


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
