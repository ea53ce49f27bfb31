"""How plausible candidates differ: what each does on inputs that the tests use, and on neighbours of these."""

import ast

import msgspec

from mycoder.repair.candidate import Candidate
from mycoder.repair.link import Worker, WorkerError
from mycoder.repair.outcome import Answer
from mycoder.repair.source import Source

SAME = "behaves the same on the inputs tried"
UNKNOWN = "could not be compared on inputs"
MOST_APART = 4
"""Behaviours that are told apart at most: a person has to choose among them."""


class Rows(msgspec.Struct, frozen=True):
    """What a probe showed: `inputs` as calls, and for each candidate, by its number, its answer to each of them."""

    inputs: tuple[str, ...] = ()
    answers: dict[int, tuple[str, ...]] = {}


class Compared(msgspec.Struct, frozen=True):
    """`told` holds the others, those with another behaviour first, each with how it differs from the best.

    `apart` holds one candidate of each behaviour, the best first, with what it does on the few inputs that tell
    them apart; it is empty when none differs.
    """

    told: tuple[tuple[Candidate, str], ...]
    apart: tuple[tuple[Candidate, tuple[Answer, ...]], ...]


async def compare(
    worker: Worker, sources: list[Source], best: Candidate, others: list[Candidate], seed: int
) -> Compared:
    """Candidates in other functions than the best one, and those that no recorded input reaches, stay
    uncompared."""
    unit = _unit_line(sources[best.file], best)
    near = [c for c in others if c.file == best.file and _unit_line(sources[c.file], c) == unit]
    rows = await _probed(worker, best, near, unit, seed) if unit and near else Rows()
    told = []
    for candidate in others:
        number = near.index(candidate) + 1 if candidate in near else -1
        told.append((candidate, _difference(rows, number)))
    numbers = distinct(rows)
    inputs = telling(rows, numbers)
    apart = [
        ([best, *near][n], tuple(Answer(rows.inputs[i], _does(rows.answers[n][i])) for i in inputs))
        for n in numbers
    ]
    return Compared(
        tuple(sorted(told, key=lambda pair: not pair[1].startswith("for "))),
        tuple(apart) if len(apart) > 1 else (),
    )


async def _probed(worker: Worker, best: Candidate, near: list[Candidate], unit: int, seed: int) -> Rows:
    """The best is asked twice: an input that it answers in two ways (time, chance) tells nothing, and is left
    out."""
    try:
        answer = await worker.ask(
            do="probe",
            file=best.file,
            line=unit,
            candidates=[best.edits, best.edits, *(c.edits for c in near)],
            seed=seed,
            limit=5.0,
        )
    except WorkerError:
        return Rows()
    found = {row["candidate"]: row["row"] for row in answer["rows"]}
    if 0 not in found or 1 not in found:
        return Rows()
    steady = [i for i, pair in enumerate(zip(found[0], found[1], strict=True)) if pair[0] == pair[1]]
    return Rows(
        tuple(answer["inputs"][i] for i in steady),
        {max(0, number - 1): tuple(row[i] for i in steady) for number, row in found.items()},
    )


def distinct(rows: Rows, most: int = MOST_APART) -> list[int]:
    """The best and the first candidate of each other behaviour, by number."""
    kinds: dict[tuple[str, ...], int] = {}
    for number in sorted(rows.answers):
        kinds.setdefault(rows.answers[number], number)
    return list(kinds.values())[:most]


def telling(rows: Rows, numbers: list[int]) -> list[int]:
    """Few inputs, by place, that together tell all of these candidates apart.

    Of the inputs that part equally many, one on which all of them answer comes first, then a short one.
    """
    pairs = {(a, b) for a in numbers for b in numbers if a < b}
    chosen: list[int] = []

    def parted(place: int) -> set[tuple[int, int]]:
        return {(a, b) for a, b in pairs if rows.answers[a][place] != rows.answers[b][place]}

    def worth(place: int) -> tuple[int, bool, int]:
        is_plain = all(not _is_failure(rows.answers[n][place]) for n in numbers)
        return len(parted(place)), is_plain, -len(rows.inputs[place])

    while pairs:
        place = max(range(len(rows.inputs)), key=worth)
        chosen.append(place)
        pairs -= parted(place)
    return chosen


def _unit_line(source: Source, candidate: Candidate) -> int:
    start = candidate.edits[0][0]
    found = 0
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and source.unit_of(node) is node:
            first, last = source.line_span(node)
            if first <= start <= last:
                found = node.lineno
    return found


def _difference(rows: Rows, number: int) -> str:
    best, other = rows.answers.get(0), rows.answers.get(number)
    if not best or not other:
        return UNKNOWN
    for shown, mine, theirs in zip(rows.inputs, best, other, strict=True):
        if mine != theirs:
            return f"for {shown}: {_answers(theirs)}, the best one {_answers(mine)}"
    return SAME


def _is_failure(text: str) -> bool:
    return text.startswith(("raises", "no answer"))


def _answers(text: str) -> str:
    return text if _is_failure(text) else f"answers {text}"


def _does(text: str) -> str:
    """The same in a sentence about a call."""
    if text.startswith("no answer"):
        return f"gives {text}"
    return text if _is_failure(text) else f"returns {text}"
