"""An argument that a call leaves out although its function asks for it, or although other calls give it."""

import ast
from collections.abc import Iterator

from mycoder.repair.site import Edit, Site

MOST_WAYS = 3


class OmittedArgument:
    """Gives a parameter what has its name, by its place or by keyword, and what other calls give by keyword."""

    name = "omitted argument"
    cost = 1.1
    _usual = 1.9
    nodes = (ast.Call,)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        assert isinstance(node, ast.Call)
        callee = _called(node)
        if not callee or any(isinstance(a, ast.GeneratorExp | ast.Starred) for a in node.args):
            return
        parts: list[ast.AST] = [*node.args, *node.keywords]
        end = site.source.span(parts[-1])[1] if parts else site.source.span(node)[1] - 1
        comma = ", " if parts else ""
        keys = {k.arg for k in node.keywords}
        for asked, needed in site.scope.donors.asked(callee)[:MOST_WAYS]:
            yield from self._by_parameters(site, node, asked, needed)
        for rank, text in enumerate(site.scope.donors.given(callee, site.scope.place)[:12]):
            if None not in keys and text.split("=")[0] not in keys:
                yield Edit(end, end, f"{comma}{text}", self._usual + 0.2 + 0.08 * rank)

    def _by_parameters(
        self, site: Site, node: ast.Call, asked: tuple[str, ...], needed: int
    ) -> Iterator[Edit]:
        given = {site.of(a) for a in node.args}
        keys = {k.arg for k in node.keywords}
        if None in keys or len(asked) <= len(node.args) + len(keys):
            return
        is_short = len(node.args) + len(keys & set(asked[:needed])) < needed
        cost = self.cost if is_short else self._usual
        for place, name in enumerate(asked):
            if name in keys:
                continue
            for rank, text in enumerate(_called_so(site, name)):
                if text in given:
                    continue
                more = 0.15 * rank + 0.03 * place
                if place <= len(node.args):
                    yield _inserted(site, node, place, text, cost + more)
                if place >= len(node.args):
                    yield _inserted(
                        site, node, len(node.args) + len(keys), f"{name}={text}", cost + 0.05 + more
                    )


def _called_so(site: Site, name: str) -> list[str]:
    """What is in scope under the name of a parameter."""
    scope, stem = site.scope, name.strip("_")
    known = [n for n in (*scope.locals, *site.source.module_names) if n.strip("_") == stem]
    own = scope.attributes.get("self", []) if "self" in scope.locals else []
    held = [f"self.{a}" for a in own if a.strip("_") == stem]
    of_others = [
        f"{owner}.{name}"
        for owner in scope.locals[:6]
        if owner not in ("self", "cls") and name in scope.attributes.get(owner, [])
    ]
    return list(dict.fromkeys([*known, *held, *of_others]))[:4]


def _inserted(site: Site, node: ast.Call, place: int, text: str, cost: float) -> Edit:
    parts: list[ast.AST] = [*node.args, *node.keywords]
    if place < len(parts):
        start = site.source.span(parts[place])[0]
        return Edit(start, start, f"{text}, ", cost)
    end = site.source.span(parts[-1])[1] if parts else site.source.span(node)[1] - 1
    return Edit(end, end, f"{', ' if parts else ''}{text}", cost)


def _called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
