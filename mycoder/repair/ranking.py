"""Which of several plausible candidates: order, refusal of special cases, and the input that tells them
apart."""

import ast
import re

from mycoder.repair.candidate import Candidate
from mycoder.repair.link import Worker, WorkerError
from mycoder.repair.source import Source

SAME = "behaves the same on the inputs tried"
UNKNOWN = "could not be compared on inputs"


def ordered(candidates: list[Candidate], sources: list[Source]) -> list[Candidate]:
    """By cost; among equal ones the one that changes fewer bytes, then the earlier place."""

    def key(candidate: Candidate) -> tuple[float, int, int]:
        source = sources[candidate.file]
        size = sum(abs(len(t.encode()) - (e - s)) + len(t) // 8 for s, e, t in candidate.edits)
        removed = sum(1 for s, e, t in candidate.edits if not t.strip() and source.data[s:e].count(b"\n"))
        return candidate.cost + 0.4 * removed, size, candidate.edits[0][0]

    return sorted(candidates, key=key)


def is_special_case(source: Source, candidate: Candidate) -> bool:
    """True for a patch that adds a comparison with a literal of its own and answers with another one: it
    teaches the tests' inputs by heart."""
    known = {source.of(n) for n in ast.walk(source.tree) if isinstance(n, ast.Constant)}
    for _, _, text in candidate.edits:
        guard = re.search(r"\bif\b[^:]*(==|!=|\bin\b)\s*([^:]+):\s*return\s+(.+)", text, re.S)
        if guard is None:
            continue
        literals = [_is_literal(guard.group(2).strip()), _is_literal(guard.group(3).strip())]
        new = [part.strip() not in known for part in (guard.group(2), guard.group(3))]
        if all(literals) and all(new):
            return True
    return False


def _is_literal(text: str) -> bool:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return False
    return value not in (None, True, False, 0, 1, "", [], {}, ())


async def compare(
    worker: Worker, sources: list[Source], best: Candidate, others: list[Candidate], seed: int
) -> list[tuple[Candidate, str]]:
    """The other candidates, those with another behaviour first, each with how it differs from `best`.

    Candidates in other functions than the best one, and those that no recorded input reaches, stay
    uncompared."""
    unit = _unit_line(sources[best.file], best)
    near = [c for c in others if c.file == best.file and _unit_line(sources[c.file], c) == unit]
    rows: dict[int, list[str]] = {}
    inputs: list[str] = []
    if unit and near:
        try:
            answer = await worker.ask(
                do="probe",
                file=best.file,
                line=unit,
                candidates=[best.edits, *(c.edits for c in near)],
                seed=seed,
                limit=5.0,
            )
            rows = {row["candidate"]: row["row"] for row in answer["rows"]}
            inputs = answer["inputs"]
        except WorkerError:
            rows = {}
    told: list[tuple[Candidate, str]] = []
    for candidate in others:
        number = near.index(candidate) + 1 if candidate in near else -1
        told.append((candidate, _difference(rows.get(0), rows.get(number), inputs)))
    return sorted(told, key=lambda pair: not pair[1].startswith("for "))


def _unit_line(source: Source, candidate: Candidate) -> int:
    start = candidate.edits[0][0]
    found = 0
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and source.unit_of(node) is node:
            first, last = source.line_span(node)
            if first <= start <= last:
                found = node.lineno
    return found


def _difference(best: list[str] | None, other: list[str] | None, inputs: list[str]) -> str:
    if not best or not other:
        return UNKNOWN
    for shown, mine, theirs in zip(inputs, best, other, strict=False):
        if mine != theirs:
            return f"for {shown}: {_answers(theirs)}, the best one {_answers(mine)}"
    return SAME


def _answers(text: str) -> str:
    return text if text.startswith(("raises", "no answer")) else f"answers {text}"
