"""What is looped over: another range, order or view, and how comprehensions collect."""

import ast
from collections.abc import Iterator

from mycoder.repair.site import Edit, Site


class Loop:
    name = "loop"
    cost = 2.0
    nodes = (ast.For, ast.comprehension, ast.Call, ast.ListComp, ast.SetComp, ast.GeneratorExp)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        match node:
            case ast.For() | ast.comprehension():
                yield from self._iterated(site, node.iter)
            case ast.Call(func=ast.Name(id="range")) if not node.keywords:
                yield from self._range(site, node)
            case ast.ListComp() | ast.SetComp():
                inner = site.of(node)[1:-1]
                other = "{" + inner + "}" if isinstance(node, ast.ListComp) else f"[{inner}]"
                yield site.put(node, other, self.cost + 0.8, 14)

    def _iterated(self, site: Site, node: ast.expr) -> Iterator[Edit]:
        text = site.of(node)
        base = site.operand(node, 14)
        for rank, other in enumerate(
            (
                f"range(len({text}))",
                f"reversed({text})",
                f"sorted({text})",
                f"enumerate({text})",
                f"{base}.items()",
                f"list({text})",
                f"set({text})",
                f"{base}[::-1]",
                f"{base}.values()",
                f"range({text})",
            )
        ):
            yield site.put(node, other, self.cost + 0.12 * rank, 14)

    def _range(self, site: Site, node: ast.Call) -> Iterator[Edit]:
        texts = [site.of(a) for a in node.args]
        options: list[tuple[str, float]] = []
        match texts:
            case [stop]:
                options = [
                    (f"range(1, {stop})", 0.0),
                    (f"range(1, {stop} + 1)", 0.0),
                    (f"range(2, {stop})", 0.5),
                    (f"range(0, {stop}, 2)", 1.0),
                    (f"range({stop} - 1, -1, -1)", 0.6),
                    (f"range({stop}, 0, -1)", 0.8),
                    (f"range(2, {stop} + 1)", 0.7),
                    (f"range(1, {stop}, 2)", 1.2),
                ]
                options += [(f"range({name}, {stop})", 0.9) for name in site.scope.locals[:6]]
            case [start, stop]:
                options = [
                    (f"range({stop})", 0.0),
                    (f"range({start}, {stop} + 1)", 0.0),
                    (f"range({start} + 1, {stop})", 0.0),
                    (f"range({start} + 1, {stop} + 1)", 0.3),
                    (f"range({start} - 1, {stop})", 0.5),
                    (f"range({stop}, {start}, -1)", 0.6),
                    (f"range({stop} - 1, {start} - 1, -1)", 0.7),
                    (f"range({start}, {stop}, 2)", 1.0),
                    (f"range({start}, {stop}, -1)", 0.8),
                ]
            case [start, stop, step]:
                options = [
                    (f"range({start}, {stop})", 0.3),
                    (f"range({start}, {stop}, -{step})", 0.5),
                    (f"range({start}, {stop} - 1, {step})", 0.3),
                    (f"range({start}, {stop} + 1, {step})", 0.3),
                    (f"range({start} - 1, {stop}, {step})", 0.4),
                    (f"range({stop}, {start}, {step})", 0.8),
                ]
        for text, more in options:
            yield site.put(node, text, self.cost + more, 14)
