"""Statements: deleted, swapped with a neighbour, moved into or out of the block above, copied from
elsewhere."""

import ast
from collections.abc import Iterator

from mycoder.repair.site import Edit, Site, is_shadowless, names_in
from mycoder.repair.source import FUNCTIONS

_SIMPLE = (ast.Assign, ast.AugAssign, ast.Expr, ast.Return, ast.Continue, ast.Break, ast.AnnAssign, ast.Raise)


class Statement:
    name = "statement"
    cost = 1.3
    _usual = 2.2
    nodes = (ast.stmt,)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        assert isinstance(node, ast.stmt)
        is_doc = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_doc or isinstance(node, (*FUNCTIONS, ast.ClassDef)) or site.source.function_of(node) is None:
            return
        if not site.source.is_alone(node):
            return
        yield from self._deleted(site, node)
        yield from self._swapped(site, node)
        yield from self._moved(site, node)
        yield from self._unwrapped(site, node)
        yield from self._flow(site, node)
        yield from self._copied(site, node)

    def _deleted(self, site: Site, node: ast.stmt) -> Iterator[Edit]:
        block = site.source.block_of(node)
        start, end = site.source.line_span(node)
        if len(block) > 1:
            more = 0.2 if isinstance(node, ast.AugAssign | ast.Expr | ast.Continue | ast.Break) else 0.9
            yield Edit(start, end, "", self._usual + more)
        else:
            inner = site.source.span(node)
            yield Edit(*inner, "pass", self._usual + 0.8)

    def _swapped(self, site: Site, node: ast.stmt) -> Iterator[Edit]:
        block = site.source.block_of(node)
        place = block.index(node) if node in block else 0
        if place + 1 >= len(block) or not site.source.is_alone(block[place + 1]):
            return
        start, middle = site.source.line_span(node)
        following, end = site.source.line_span(block[place + 1])
        data = site.source.data
        one, gap, two = (
            data[a:b].decode("utf-8") for a, b in ((start, middle), (middle, following), (following, end))
        )
        if not two.endswith("\n"):
            two += site.source.newline
        yield Edit(start, end, two + gap + one, self._usual + 0.3)

    def _moved(self, site: Site, node: ast.stmt) -> Iterator[Edit]:
        """Out of the block that it ends (one step to the left), and into the block that ends above it."""
        parent, block = site.source.parents.get(node), site.source.block_of(node)
        start, end = site.source.line_span(node)
        text = site.source.data[start:end].decode("utf-8")
        step = site.source.unit
        if '"""' in text or not text.startswith(site.source.indent(node)):
            return
        lines = text.splitlines(keepends=True)
        is_inner = isinstance(parent, ast.For | ast.While | ast.If | ast.With | ast.Try)
        if is_inner and block[-1] is node and len(block) > 1 and site.source.indent(node).endswith(step):
            yield Edit(start, end, "".join(_outdented(part, step) for part in lines), self._usual - 0.2)
        place = block.index(node) if node in block else 0
        if place:
            before = block[place - 1]
            if isinstance(before, ast.For | ast.While | ast.If | ast.With):
                deeper = "".join(step + part if part.strip() else part for part in lines)
                yield Edit(start, end, deeper, self._usual)
            for back in range(max(0, place - 4), place - 1):
                at = site.source.line_span(block[back])[0]
                middle = site.source.data[at:start].decode("utf-8")
                yield Edit(at, end, text + middle, self._usual + 1.2)
        if is_inner and isinstance(parent, ast.stmt) and place == 0 and len(block) > 1:
            at = site.source.line_span(parent)[0]
            middle = site.source.data[at:start].decode("utf-8")
            moved = "".join(_outdented(part, step) for part in lines)
            yield Edit(at, end, moved + middle, self._usual + 1.0)

    def _unwrapped(self, site: Site, node: ast.stmt) -> Iterator[Edit]:
        """The body of an if, loop or with without its head."""
        if (
            not isinstance(node, ast.If | ast.For | ast.While | ast.With)
            or node.body[0].lineno == node.lineno
        ):
            return
        start, end = site.source.line_span(node)
        step = site.source.unit
        blocks: list[list[ast.stmt]] = [node.body]
        if isinstance(node, ast.If) and node.orelse and not _is_elif(site, node.orelse):
            blocks.append(node.orelse)
        for rank, block in enumerate(blocks):
            first, last = site.source.line_span(block[0])[0], site.source.line_span(block[-1])[1]
            body = site.source.data[first:last].decode("utf-8")
            if '"""' not in body and not _is_elif(site, [node]):
                text = "".join(_outdented(part, step) for part in body.splitlines(keepends=True))
                yield Edit(start, end, text, self._usual + 0.9 + 0.3 * rank)

    def _flow(self, site: Site, node: ast.stmt) -> Iterator[Edit]:
        place = site.source.span(node)
        match node:
            case ast.Break():
                yield Edit(*place, "continue", self._usual - 0.9)
                yield Edit(*place, "return", self._usual + 0.6)
            case ast.Continue():
                yield Edit(*place, "break", self._usual - 0.9)
            case ast.Pass():  # a place that is kept for something
                yield Edit(*place, "continue", self._usual - 0.8)
                yield Edit(*place, "break", self._usual - 0.7)
            case ast.While():
                yield Edit(place[0], place[0] + 5, "if", self._usual + 0.3)
            case ast.If() if not _is_elif(site, [node]):
                yield Edit(place[0], place[0] + 2, "while", self._usual + 0.5)
                block = site.source.block_of(node)
                at = block.index(node) if node in block else 0
                if at and isinstance(block[at - 1], ast.If) and not _last(block[at - 1]).orelse:
                    yield Edit(place[0], place[0] + 2, "elif", self._usual + 0.1)
            case ast.If():
                yield Edit(place[0], place[0] + 4, "if", self._usual + 0.1)

    def _copied(self, site: Site, node: ast.stmt) -> Iterator[Edit]:
        """Plastic surgery: simple statements of the same function, put before this one or in its place."""
        indent, line = site.source.indent(node), site.source.newline
        start, end = site.source.line_span(node)
        inner = site.source.span(node)
        for rank, text in enumerate(simple_statements(site)):
            more = 0.9 + 0.06 * min(rank, 20)
            yield Edit(start, start, f"{indent}{text}{line}", self._usual + more)
            if site.source.block_of(node)[-1] is node:
                tail = "" if site.source.data[start:end].endswith(b"\n") else line
                yield Edit(end, end, f"{tail}{indent}{text}{line}", self._usual + more)
            if isinstance(node, _SIMPLE) and text != site.of(node):
                yield Edit(*inner, text, self._usual + more + 0.2)


def _is_elif(site: Site, block: list[ast.stmt]) -> bool:
    start = site.source.span(block[0])[0]
    return len(block) == 1 and isinstance(block[0], ast.If) and site.source.data[start : start + 4] == b"elif"


def _last(node: ast.stmt) -> ast.If:
    assert isinstance(node, ast.If)
    while len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
        node = node.orelse[0]
    return node


def _outdented(line: str, step: str) -> str:
    return line[len(step) :] if line.startswith(step) else line


_UPDATES = (
    "{0}.sort()",
    "{0}.reverse()",
    "{0} = sorted({0})",
    "{0} = list({0})",
    "{0} = {0}[::-1]",
    "{0} = {0}.lower()",
    "{0} = {0}.strip()",
    "{0} = abs({0})",
    "{0} = {0}[1:]",
    "{0} = {0}[:-1]",
    "{0}.pop()",
)


def simple_statements(site: Site) -> list[str]:
    texts: dict[str, None] = {}
    for node in site.scope.nodes:
        if isinstance(node, _SIMPLE) and not (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ):
            text = site.of(node)
            if "\n" not in text and len(text) < 80 and is_shadowless(names_in(node), site.scope, site.source):
                texts[text] = None
    extra = _variants(site)
    extra += [f"return {name}" for name in site.scope.locals[:6]]
    for name in site.scope.locals[:6]:
        extra += [f"{name} += 1", f"{name} -= 1"]
    for name in site.scope.locals[:4]:
        extra += [form.format(name) for form in _UPDATES]
    for one in site.scope.locals[:5]:
        for other in site.scope.locals[:6]:
            if one != other:
                extra += [f"{one} = {other}", f"{one}.append({other})"]
    return [*texts, *[e for e in extra if e not in texts]][:120]


def _variants(site: Site) -> list[str]:
    """Calls like ``found.append(x)`` of the function with another argument."""
    found: dict[str, None] = {}
    for node in site.scope.nodes:
        match node:
            case ast.Expr(value=ast.Call(func=ast.Attribute() as method, args=[argument], keywords=[])):
                for name in [n for n in site.scope.locals[:5] if n != site.of(method.value)]:
                    for text in (name, f"{name}[-1]", f"{name}[0]"):
                        if text != site.of(argument):
                            found[f"{site.of(method)}({text})"] = None
    return list(found)[:16]
