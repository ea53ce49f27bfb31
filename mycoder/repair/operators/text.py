"""What the operators have in common that change a part of a text literal."""

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterator

from mycoder.repair.literal import Run, TextNode, respelled, texts
from mycoder.repair.site import Edit, Site

Wanted = Iterator[tuple[str, float]]
"""What the literal could say instead, with the cost."""
LONGEST = 2_000


class TextOperator(ABC):
    """Changes plain texts, bytes, and the constant pieces and formats of f-strings, and nothing beside the letters
    that differ."""

    nodes = (ast.Constant, ast.JoinedStr)

    def edits(self, site: Site) -> Iterator[Edit]:
        for node, run in texts(site.source, site.node):
            if len(run.value) > LONGEST:
                continue
            known = {run.value}
            for value, cost in self.wanted(site, node, run):
                if value in known:
                    continue
                known.add(value)
                span = respelled(site.source, node, run, value)
                if span is not None:
                    yield Edit(*span, cost)

    @abstractmethod
    def wanted(self, site: Site, node: TextNode, run: Run) -> Wanted:
        """What the run of letters could say instead."""
