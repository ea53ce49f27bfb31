"""Which passing tests a candidate must not break, and which kinds of events the tests may cause."""

from typing import Any

from mycoder.repair.baseline import Suite
from mycoder.repair.source import Source
from mycoder.testing.localise import Place

MOST_GUARDS = 60


def guards(sources: list[Source], suite: Suite, suspects: list[Place]) -> list[list[Any]]:
    """For every suspicious outermost function the passing tests that run it, quick ones first: [file, line of
    def, ids]."""
    places = {(p.path, p.line) for p in suspects}
    rows: list[list[Any]] = []
    passing = sorted((t for t in suite.passing if t.lines), key=lambda t: t.seconds)
    for number, source in enumerate(sources):
        hits = [(t.id, frozenset(t.lines[source.path])) for t in passing if source.path in t.lines]
        for node in source.units:
            last = node.end_lineno or node.lineno
            body = range(min(node.body[0].lineno, last), last + 1)
            if not any((source.path, line) in places for line in body):
                continue
            ids = [i for i, lines in hits if not lines.isdisjoint(body)][:MOST_GUARDS]
            rows.append([number, node.lineno, ids])
    return rows


def events(suite: Suite, failing: list[str], guarding: list[list[Any]]) -> list[str]:
    """Kinds of events that the judging tests and the neighbours of the failing ones cause in the original
    program: a failing test may stop before it does what it will do once it is mended."""
    files = {i.split("::")[0] for i in failing}
    judging = {i for _, _, ids in guarding for i in ids}
    near = [t for t in suite.tests.values() if t.id in judging or t.id.split("::")[0] in files]
    return sorted({event for t in near for event in t.events})
