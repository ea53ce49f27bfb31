"""Which of several plausible candidates: their order, and the refusal of special cases."""

import ast
import re

from mycoder.repair.candidate import Candidate
from mycoder.repair.smells import added
from mycoder.repair.source import Source

SMELL, MOST_SMELL = 0.5, 1.0
"""What each smell costs, and all together at most, in units of the operators' costs."""


def ordered(candidates: list[Candidate], sources: list[Source]) -> list[Candidate]:
    """By cost, to which is added what smells; among equal ones the one that changes fewer bytes, then the earlier
    place."""

    def key(candidate: Candidate) -> tuple[float, int, int]:
        source = sources[candidate.file]
        size = sum(abs(len(t.encode()) - (e - s)) + len(t) // 8 for s, e, t in candidate.edits)
        removed = sum(1 for s, e, t in candidate.edits if not t.strip() and source.data[s:e].count(b"\n"))
        smell = min(MOST_SMELL, SMELL * added(source, candidate).total())
        return candidate.cost + 0.4 * removed + smell, size, candidate.edits[0][0]

    return sorted(candidates, key=key)


def is_special_case(source: Source, candidate: Candidate) -> bool:
    """True for a patch that adds a comparison with a literal of its own and answers with another one: it
    teaches the tests' inputs by heart."""
    for _, _, text in candidate.edits:
        guard = re.search(r"\bif\b[^:]*(==|!=|\bin\b)\s*([^:]+):\s*return\s+(.+)", text, re.S)
        if guard is None:
            continue
        literals = [_is_literal(guard.group(2).strip()), _is_literal(guard.group(3).strip())]
        new = [part.strip() not in source.literals for part in (guard.group(2), guard.group(3))]
        if all(literals) and all(new):
            return True
    return False


def _is_literal(text: str) -> bool:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return False
    return value not in (None, True, False, 0, 1, "", [], {}, ())
