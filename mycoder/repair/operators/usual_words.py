"""Words that a call of the standard library understands at this place: modes, codecs, ways to treat errors."""

import ast

from mycoder.repair.literal import Run, TextNode
from mycoder.repair.operators.text import TextOperator, Wanted
from mycoder.repair.site import Site
from mycoder.repair.vocabulary import distance

_MODES = ("r", "w", "a", "rb", "wb", "ab", "x", "r+", "w+", "rb+", "wb+", "xb")
_CODECS = ("utf-8", "ascii", "latin-1", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252")
_ERRORS = (
    "strict",
    "ignore",
    "replace",
    "surrogateescape",
    "backslashreplace",
    "xmlcharrefreplace",
    "surrogatepass",
)
_ORDERS = ("big", "little")
_FORMS = ("NFC", "NFD", "NFKC", "NFKD")
_BY_POSITION: dict[tuple[str, int], tuple[str, ...]] = {
    ("open", 0): _MODES,  # of a path
    ("open", 1): _MODES,
    ("fdopen", 1): _MODES,
    ("encode", 0): _CODECS,
    ("encode", 1): _ERRORS,
    ("decode", 0): _CODECS,
    ("decode", 1): _ERRORS,
    ("to_bytes", 1): _ORDERS,
    ("from_bytes", 1): _ORDERS,
    ("normalize", 0): _FORMS,
}
_BY_KEYWORD = {
    "mode": _MODES,
    "encoding": _CODECS,
    "errors": _ERRORS,
    "byteorder": _ORDERS,
    "newline": ("", "\n", "\r\n"),
}


class UsualWords(TextOperator):
    name = "usual word"
    cost = 1.4

    def wanted(self, site: Site, node: TextNode, run: Run) -> Wanted:
        if not isinstance(node, ast.Constant):
            return
        known = _words_for(site)
        is_strange = run.value not in known
        ordered = sorted(known, key=lambda w: distance(w, run.value, 4)) if is_strange else list(known)
        for rank, word in enumerate(ordered):
            yield word, self.cost + (0.0 if is_strange else 0.4) + 0.12 * rank


def _words_for(site: Site) -> tuple[str, ...]:
    parent = site.parent
    if isinstance(parent, ast.keyword):
        return _BY_KEYWORD.get(parent.arg or "", ())
    if isinstance(parent, ast.Call) and site.node in parent.args:
        name = getattr(parent.func, "attr", getattr(parent.func, "id", ""))
        is_of_path = isinstance(parent.func, ast.Attribute) and name == "open"
        place = parent.args.index(site.node)
        if name == "open" and (place == 0) != is_of_path:
            return ()
        return _BY_POSITION.get((name, place), ())
    return ()
