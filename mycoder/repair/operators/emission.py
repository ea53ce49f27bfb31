"""A piece of output that a failing assertion misses, given out as the function gives out its other pieces."""

import ast

from mycoder.repair.operators.insertion import Insertion, Texts
from mycoder.repair.site import Site

LONGEST = 24
MOST_PIECES = 6
MOST_WAYS = 4
MOST_CONTRASTS = 20
_GIVING = ("append", "write", "add", "push", "emit")


class Emission(Insertion):
    """``out += ","`` or ``out.append(",")``, where the expected text has just that more than what came out. Pieces of
    words are left to the program: they are what the test put in."""

    name = "missing output"
    usual = 1.9

    def texts(self, site: Site) -> Texts:
        if not site.literals.contrasts:
            return
        ways = _ways(site)
        for order, piece in enumerate(missing(site) if ways else ()):
            for rank, way in enumerate(ways):
                yield way.format(_written(piece)), 0.1 * order + 0.05 * rank


def missing(site: Site) -> list[str]:
    """What the expected texts have more than the actual ones, without words that only the tests know; the most
    frequent first."""
    found: dict[str, int] = {}
    for contrast in site.literals.contrasts[:MOST_CONTRASTS]:
        pieces = {h.text for hunks in contrast.readings for h in hunks if h.start == h.end}
        for piece in pieces:
            is_sign = not any(c.isalnum() for c in piece)
            if 0 < len(piece) <= LONGEST and (is_sign or piece in site.source.text):
                found[piece] = found.get(piece, 0) + 1
    return sorted(found, key=lambda piece: -found[piece])[:MOST_PIECES]


def _ways(site: Site) -> list[str]:
    """How the function gives out pieces: texts that it adds to, lists that it appends to, what it writes and
    yields."""
    found: dict[str, None] = {}
    for node in site.scope.nodes:
        match node:
            case ast.AugAssign(op=ast.Add(), target=ast.Name() | ast.Attribute() as target, value=value):
                if not isinstance(value, ast.Constant) or isinstance(value.value, str):
                    found[_plain(site.of(target)) + " += {}"] = None
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name) as method, args=[_])) if (
                name in _GIVING
            ):
                found[_plain(site.of(method)) + "({})"] = None
            case ast.Yield(value=ast.expr()):
                found["yield {}"] = None
    texts = {name for name, value in site.scope.unchanged if isinstance(value, str)}
    found.update(dict.fromkeys(f"{name} += {{}}" for name in texts))
    return [way for way in found if "\n" not in way][:MOST_WAYS]


def _plain(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _written(piece: str) -> str:
    """The literal, in double quotes where nothing has to be escaped for that."""
    text = repr(piece)
    return f'"{text[1:-1]}"' if text.startswith("'") and '"' not in piece else text
