"""The neighbour that was forgotten: one more cell of the same table where several are compared or added."""

import ast
from collections.abc import Iterator
from itertools import product

from mycoder.repair.levels import SUM
from mycoder.repair.site import Edit, Site

MOST = 16
Cell = tuple[str, tuple[str, ...]]


class Neighbour:
    """Cells are seen as alike as CP-Miner (Li et al., 2004) sees copied code: the same table, other indices."""

    name = "neighbour"
    cost = 2.2
    nodes = (ast.Call, ast.BinOp)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        match node:
            case ast.Call(func=ast.Name(id="max" | "min"), keywords=[]):
                cells = [
                    _cell(site, n) for a in node.args for n in ast.walk(a) if isinstance(n, ast.Subscript)
                ]
                end = site.source.span(node)[1] - 1
                for rank, text in enumerate(_others(site, cells)):
                    yield Edit(end, end, f", {text}", self.cost + 0.06 * rank)
            case ast.BinOp(op=ast.Add()) if not isinstance(site.parent, ast.BinOp):
                cells = [_cell(site, n) for n in ast.walk(node) if isinstance(n, ast.Subscript)]
                own = site.operand(node, SUM)
                for rank, text in enumerate(_others(site, cells)):
                    for more, word in enumerate("+-"):
                        cost = self.cost + 0.1 + 0.06 * rank + 0.1 * more
                        yield site.put(node, f"{own} {word} {text}", cost, SUM)


def _cell(site: Site, node: ast.Subscript) -> Cell:
    """The table and the indices of ``table[i][j - 1]``."""
    indices: list[str] = []
    base: ast.expr = node
    while isinstance(base, ast.Subscript):
        indices.insert(0, site.of(base.slice))
        base = base.value
    return site.of(base), tuple(indices)


def _others(site: Site, cells: list[Cell]) -> list[str]:
    """Cells of the table that has most of `cells`, by indices that these have and their neighbours; most alike
    first."""
    deepest = [c for c in cells if len(c[1]) == max((len(i) for t, i in cells if t == c[0]), default=0)]
    if len(deepest) < 2 or any("\n" in text for _, indices in deepest for text in indices):
        return []
    table = max((t for t, _ in deepest), key=[t for t, _ in deepest].count)
    known = [indices for t, indices in deepest if t == table]
    if len(known) < 2:
        return []
    seen = [list(dict.fromkeys(row[place] for row in known)) for place in range(len(known[0]))]
    near = [list(dict.fromkeys([*texts, *(s for t in texts for s in _beside(t))]))[:4] for texts in seen]

    steps = {_step(text) for row in known for text in row}
    counts = {sum(_step(text) != "" for text in row) for row in known}

    def strangeness(indices: tuple[str, ...]) -> int:
        """How much the cell is unlike the others: steps that none of them makes, and another number of steps."""
        own = [_step(text) for text in indices]
        return sum(s not in steps for s in own) + (sum(s != "" for s in own) not in counts)

    rows = sorted((r for r in product(*near) if r not in known), key=strangeness)
    return [table + "".join(f"[{i}]" for i in row) for row in rows[:MOST]]


def _step(index: str) -> str:
    """The part of ``i - 1`` behind the name."""
    head, sign, rest = index.partition(" ")
    return sign + rest if head.isidentifier() else ""


def _beside(index: str) -> list[str]:
    if index.isdigit():
        return [str(int(index) + 1)]
    if index.isidentifier():
        return [f"{index} - 1", f"{index} + 1"]
    head, _, step = index.rpartition(" - ")
    return [f"{head} - {int(step) + 1}", head] if head and step.isdigit() else []
