"""Small changes of a text without a sign of what it should say: separators, blanks, the case of letters."""

import ast
import re

from mycoder.repair.literal import Run, TextNode
from mycoder.repair.operators.text import TextOperator, Wanted
from mycoder.repair.site import Site

_SEPARATORS = (" ", ",", ", ", "", "-", "_", ".", ":", ": ", ";", "/", "|", "\n", "=")
MOST_PLACES = 12
LONGEST = 80
MOST_KNOWN = 24


class Piece(TextOperator):
    name = "piece of a text"
    cost = 2.2

    def wanted(self, site: Site, node: TextNode, run: Run) -> Wanted:
        value = run.value
        if run.is_format or len(value) > LONGEST:
            return
        is_new = isinstance(node, ast.JoinedStr) or run.style.is_bytes
        if is_new:  # plain texts get these from the operator for constants
            yield from self._others(site, value)
        for other in (value.strip(), f"{value} ", f" {value}", value.lower(), value.upper(), value.title()):
            yield other, self.cost + (0.2 if is_new else 0.6)
        places = [m.start() for m in re.finditer(r"[\W_]", value)]
        for place in places[:MOST_PLACES]:
            for rank, other in enumerate(_SEPARATORS):
                yield value[:place] + other + value[place + 1 :], self.cost + 0.3 + 0.06 * rank
        for start in [m.start() for m in re.finditer(r"[^\W\d_]+", value)][:MOST_PLACES]:
            yield value[:start] + value[start].swapcase() + value[start + 1 :], self.cost + 0.5
        if 1 < len(value) <= LONGEST // 4:
            for place in range(len(value)):
                yield value[:place] + value[place + 1 :], self.cost + 0.7
                yield value[:place] + value[place] + value[place:], self.cost + 0.9
                yield value[:place] + value[place : place + 2][::-1] + value[place + 2 :], self.cost + 0.8

    def _others(self, site: Site, value: str) -> Wanted:
        known = [*site.scope.texts, *site.literals.texts]
        for rank, other in enumerate(list(dict.fromkeys(known))[:MOST_KNOWN]):
            more = 0.0 if len(value) <= 2 and len(other) <= 2 else 0.8
            yield other, self.cost + more + 0.04 * rank
