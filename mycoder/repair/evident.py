"""Statements outside of functions that their own texts tell of: a misspelt word, or a piece of what a failing
assertion got wrong. They ran when the module was imported, so coverage of a test says nothing of them."""

import ast

from mycoder.repair.operators.catalog import EVIDENT
from mycoder.repair.site import Literals, Scope, Site
from mycoder.repair.source import Source
from mycoder.testing.localise import Place

SHARE = 0.5
"""Of the highest suspicion."""
MOST = 24
MOST_LITERALS = 4_000
STRONG = 0.25
"""By so much more than the least may an edit cost that counts as evidence."""


def evident(suspects: list[Place], sources: list[Source], literals: Literals) -> list[Place]:
    """Such statements of `sources` that are not among the suspects."""
    known = {(p.path, p.line) for p in suspects}
    score = SHARE * max((p.score for p in suspects), default=1.0)
    found: list[Place] = []
    for source in sources:
        scope = Scope(source, None)
        nodes = [n for n in scope.nodes if isinstance(n, ast.Constant | ast.JoinedStr)]
        for node in nodes[:MOST_LITERALS]:
            statement = source.statement_of(node)
            if statement is None or (source.path, statement.lineno) in known or len(found) >= MOST:
                continue
            if source.unit_of(node) is None and _tells(Site(source, node, scope, literals)):
                known.add((source.path, statement.lineno))
                end = statement.end_lineno or statement.lineno
                found.append(Place(source.path, statement.lineno, end, score))
    return found


def _tells(site: Site) -> bool:
    most = [(o, o.cost + STRONG) for o in EVIDENT if isinstance(site.node, o.nodes)]
    return any(edit.cost <= limit for operator, limit in most for edit in operator.edits(site))
