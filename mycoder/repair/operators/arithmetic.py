"""Another arithmetic operator, in expressions and in augmented assignments."""

import ast
from collections.abc import Iterator

from mycoder.repair.levels import level, text_level
from mycoder.repair.site import Edit, Site

WORDS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
}
_NEAR: dict[str, str] = {
    "+": "- * | /",
    "-": "+ % // *",
    "*": "** / + // -",
    "/": "// * % -",
    "//": "/ % * -",
    "%": "// / * -",
    "**": "* // %",
    "&": "| ^ + &~",
    "|": "& ^ +",
    "^": "& | **",
    "<<": ">> *",
    ">>": "<< //",
}


class Arithmetic:
    name = "arithmetic"
    cost = 1.1
    nodes = (ast.BinOp, ast.AugAssign)

    def edits(self, site: Site) -> Iterator[Edit]:
        node = site.node
        if isinstance(node, ast.AugAssign):
            word, left, right = WORDS[type(node.op)] + "=", node.target, node.value
        else:
            assert isinstance(node, ast.BinOp)
            word, left, right = WORDS[type(node.op)], node.left, node.right  # type: ignore[assignment]
        place = site.token(left, right, word) if not isinstance(node.op, ast.MatMult) else None
        if place is None:
            return
        bare = word.rstrip("=") if isinstance(node, ast.AugAssign) else word
        for rank, other in enumerate(_NEAR[bare].split()):
            if other == "&~":
                continue
            cost = self.cost + 0.35 * rank
            if isinstance(node, ast.AugAssign):
                yield Edit(*place, other + "=", cost)
                continue
            before, after = site.source.data[: place[0]], site.source.data[place[1] :]
            whole = site.source.span(node)
            text = (before[whole[0] :] + other.encode() + after[: whole[1] - place[1]]).decode("utf-8")
            if text_level(text) == level(node):
                yield Edit(*place, other, cost)
            else:
                text = f"{site.operand(left, 12)} {other} {site.operand(right, 12)}"
                yield site.put(node, text, cost + 0.3)
        if isinstance(node, ast.AugAssign):
            yield Edit(*place, "=", self.cost + 1.6)
