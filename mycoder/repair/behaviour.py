"""How plausible candidates differ: what each does on inputs that the tests use, and on neighbours of these."""

import msgspec

from mycoder.repair.candidate import Candidate
from mycoder.repair.link import Worker, WorkerError
from mycoder.repair.outcome import Answer
from mycoder.repair.source import Source

SAME = "behaves the same on the inputs tried"
UNKNOWN = "could not be compared on inputs"
PROBING = 5.0
"""Seconds for trying the candidates on inputs."""
LONGEST_ANSWER = 120
"""Characters of an answer in a sentence for people."""
_VERBS = ("raises ", "leaves ")
MOST_APART = 4
"""Behaviours that are told apart at most: a person has to choose among them."""


class Rows(msgspec.Struct, frozen=True):
    """What a probe showed: `inputs` as calls, and for each candidate, by its number, its answer to each of them.

    `inner` are places of inputs that no test gives the function itself; they tell something only of those
    candidates that are in that function, `near`. What others answer there is what they do not care for.
    """

    inputs: tuple[str, ...] = ()
    answers: dict[int, tuple[str, ...]] = {}
    inner: frozenset[int] = frozenset()
    near: frozenset[int] = frozenset()

    def places(self, a: int, b: int) -> list[int]:
        """The inputs on which these two candidates may be compared."""
        is_near = a in self.near and b in self.near
        return [i for i in range(len(self.inputs)) if is_near or i not in self.inner]

    def parting(self, a: int, b: int) -> list[int]:
        """The inputs on which they differ."""
        mine, theirs = self.answers[a], self.answers[b]
        return [i for i in self.places(a, b) if mine[i] != theirs[i]]


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
    """Candidates in one function are compared by calls of it, those in several ones by calls of the functions that
    the tests call themselves. What no recorded call reaches stays uncompared."""
    found = [best, *others]
    rows = await _probed(worker, found, [(c.file, _unit_line(sources[c.file], c)) for c in found], seed)
    told = [(candidate, _difference(rows, number)) for number, candidate in enumerate(others, 1)]
    numbers = distinct(rows)
    inputs = telling(rows, numbers)
    does = {i: unlike(*(rows.answers[n][i] for n in numbers)) for i in inputs}
    apart = [
        (found[n], tuple(Answer(rows.inputs[i], _does(does[i][place])) for i in inputs))
        for place, n in enumerate(numbers)
    ]
    return Compared(
        tuple(sorted(told, key=lambda pair: not pair[1].startswith("for "))),
        tuple(apart) if len(apart) > 1 else (),
    )


async def _probed(worker: Worker, found: list[Candidate], units: list[tuple[int, int]], seed: int) -> Rows:
    """The best, the first one, is asked twice: an input that it answers in two ways (time, chance) tells nothing, and
    is left out."""
    if len(found) < 2:
        return Rows()
    try:
        answer = await worker.ask(
            do="probe",
            targets=units[:1],
            is_wide=len(set(units)) > 1 or not units[0][1],
            candidates=[(c.file, c.edits) for c in (found[0], *found)],
            seed=seed,
            limit=PROBING,
        )
    except WorkerError:
        return Rows()
    rows = {row["candidate"]: row["row"] for row in answer["rows"]}
    if 0 not in rows or 1 not in rows:
        return Rows()
    steady = [i for i, pair in enumerate(zip(rows[0], rows[1], strict=True)) if pair[0] == pair[1]]
    return Rows(
        tuple(answer["inputs"][i] for i in steady),
        {max(0, number - 1): tuple(row[i] for i in steady) for number, row in rows.items()},
        frozenset(place for place, i in enumerate(steady) if answer["inner"][i]),
        frozenset(number for number, unit in enumerate(units) if unit == units[0] and unit[1]),
    )


def distinct(rows: Rows, most: int = MOST_APART) -> list[int]:
    """The best and the first candidate of each other behaviour, by number."""
    kept: list[int] = []
    for number in sorted(rows.answers):
        if all(rows.parting(number, other) for other in kept):
            kept.append(number)
    return kept[:most]


def telling(rows: Rows, numbers: list[int]) -> list[int]:
    """Few inputs, by place, that together tell all of these candidates apart.

    Of the inputs that part equally many, one on which all of them answer comes first, then a short one.
    """
    parting = {(a, b): set(rows.parting(a, b)) for a in numbers for b in numbers if a < b}
    chosen: list[int] = []

    def worth(place: int) -> tuple[int, bool, int]:
        is_plain = all(not _is_failure(rows.answers[n][place]) for n in numbers)
        return sum(place in places for places in parting.values()), is_plain, -len(rows.inputs[place])

    while parting:
        place = max(range(len(rows.inputs)), key=worth)
        chosen.append(place)
        parting = {pair: places for pair, places in parting.items() if place not in places}
    return chosen


def _unit_line(source: Source, candidate: Candidate) -> int:
    start = candidate.edits[0][0]
    found = 0
    for node in source.units:
        first, last = source.line_span(node)
        if first <= start <= last:
            found = node.lineno
    return found


def _difference(rows: Rows, number: int) -> str:
    if number not in rows.answers or not rows.places(0, number):
        return UNKNOWN
    for place in rows.parting(0, number):
        mine, theirs = unlike(rows.answers[0][place], rows.answers[number][place])
        return f"for {rows.inputs[place]}: {_answers(theirs)}, the best one {_answers(mine)}"
    return SAME


def unlike(*texts: str, longest: int = LONGEST_ANSWER) -> list[str]:
    """The texts, of at most about `longest` characters: what all begin with alike is left out of long ones."""
    alike = next((i for i, letters in enumerate(zip(*texts, strict=False)) if len(set(letters)) > 1), 0)
    start = max(0, alike - longest // 4)

    def part(text: str) -> str:
        if len(text) <= longest:
            return text
        verb = next((v for v in _VERBS if text.startswith(v)), "") if start else ""
        piece = text[start : start + longest]
        return f"{verb}{'…' if start else ''}{piece}{'…' if start + longest < len(text) else ''}"

    return [part(text) for text in texts]


def _is_failure(text: str) -> bool:
    return text.startswith(("raises", "no answer"))


def _is_verb(text: str) -> bool:
    return text.startswith(_VERBS)


def _answers(text: str) -> str:
    return text if _is_verb(text) or _is_failure(text) else f"answers {text}"


def _does(text: str) -> str:
    """The same in a sentence about a call."""
    if text.startswith("no answer"):
        return f"gives {text}"
    return text if _is_verb(text) else f"returns {text}"
