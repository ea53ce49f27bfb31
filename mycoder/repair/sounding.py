"""Mutation-based fault localisation: small edits are tried all over the suspicious code, and where one of them
makes failing tests pass the fault is likely to be.

The idea is that of MUSE (Moon, Kim, Kim, Yoo: "Ask the Mutants", ICST 2014): a mutant of the faulty statement
may mend failing tests, one of a right statement only breaks passing ones; and of Metallaxis (Papadakis and Le
Traon, 2015). What the worker judges in a second is enough for the most suspicious statements, other than with a
process for each mutant.
"""

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from mycoder.repair.candidate import Candidate, Spans
from mycoder.repair.clues import clues
from mycoder.repair.diagnosis import Diagnosis
from mycoder.repair.judging import prepare
from mycoder.repair.link import Worker, WorkerError
from mycoder.repair.search import IDLE, Budget, Search
from mycoder.repair.site import Literals
from mycoder.repair.source import Source
from mycoder.repair.space import Space, penalty
from mycoder.repair.worker import verdict as verdicts
from mycoder.testing.localise import Place, rank_functions

FAIR = 0.5
"""How much of the suspicion counts for the order of the mutants: many places get some, not a few all."""
SHARE = 12
"""So many mutants of a statement are tried before others get their turn."""
LATER = 1.0
"""What the mutants beyond that cost more."""
MOST_GOOD = 60
ENOUGH = 0.5
"""The share of the time that is used at most after the first edit that mends."""
MENDED, MOVED, NEARER = 2.5, 0.3, 0.3
"""What is added to the suspicion, which is 0 to 1 itself: a statement where an edit mends goes before all where
none does."""
NATURAL_WEIGHT = 0.5
"""How much less for each unit of the mending edit's own cost: a natural edit mends a fault, a contrived one may
only hide it. Set on seeded bugs of one project, on which 0.5 to 1.5 did the same."""


class Echo(msgspec.Struct):
    """What the mutants of one statement showed. `mended`: all failing tests passed and no other failed; `moved`:
    they passed but others failed; `nearer`: the best share of the failing ones, or of their assertions."""

    tried: int = 0
    mended: int = 0
    moved: int = 0
    nearer: float = 0.0
    is_idle: bool = False
    """None of several changed anything that the first failing test looks at."""
    cost: float = 9.0
    """Of the most natural edit that mended, wherever it stands."""


class Breadth(Space):
    """Single edits only, some of every suspicious statement first."""

    def __init__(self, sources: list[Source], suspects: list[Place], literals: Literals) -> None:
        top = max((p.score for p in suspects), default=1.0) or 1.0
        fair = [msgspec.structs.replace(p, score=top * (1 - FAIR) + FAIR * p.score) for p in suspects]
        super().__init__(sources, fair, literals)
        self._is_blind = True  # no pairs: they would not tell which of the two places is wrong
        numbers = {source.path: number for number, source in enumerate(sources)}
        known = [p for p in fair if p.path in numbers]
        self._share_of_place = {
            (numbers[p.path], p.line): penalty(p.score / top, rank) for rank, p in enumerate(known)
        }
        self._taken: dict[tuple[int, int], int] = {}
        self._delayed: set[tuple[int, Spans]] = set()

    def own_cost(self, candidate: Candidate) -> float:
        """Of the edit alone, without what its place costs."""
        return candidate.cost - self._share_of_place.get((candidate.file, candidate.line), 0.0)

    def add_partial(self, candidate: Candidate, gained: float, lost: float) -> None:
        """No pairs here either."""

    def _promote(self, file: int, line: int) -> None:
        """Nor any favourites: what an edit costs tells of the edit alone."""

    def take(self, most: int) -> list[Candidate]:
        found: list[Candidate] = []
        while len(found) < most and (taken := super().take(most - len(found))):
            found += [candidate for candidate in taken if self._is_next(candidate)]
        return found

    def _is_next(self, candidate: Candidate) -> bool:
        """False for one beyond its statement's share, which comes again later."""
        if candidate.key in self._delayed:
            return True
        place = (candidate.file, candidate.line)
        turn = self._taken.get(place, 0) // SHARE
        self._taken[place] = self._taken.get(place, 0) + 1
        if not turn:
            return True
        self._delayed.add(candidate.key)
        self._again(candidate, candidate.cost + LATER * turn)
        return False


class _Listening(Search):
    """A search that keeps what it heard of every statement."""

    def __init__(self, worker: Worker, space: Breadth, budget: Budget, failing: int) -> None:
        super().__init__(worker, space, budget, lambda found: None, lambda: False)
        self._breadth = space
        self._failing = failing
        self.echoes: dict[tuple[int, int], Echo] = {}

    def _note(self, candidate: Candidate, verdict: list[Any], is_anew: bool) -> None:
        super()._note(candidate, verdict, is_anew)
        kind, gained, lost = verdict
        echo = self.echoes.setdefault((candidate.file, candidate.line), Echo())
        echo.tried += kind not in (verdicts.NOT_JUDGED, verdicts.SLOW)
        echo.is_idle = self._breadth.is_idle(candidate.file, candidate.line)
        match kind:
            case verdicts.GOOD:
                echo.mended += 1
                echo.cost = min(echo.cost, self._breadth.own_cost(candidate))
            case verdicts.REGRESSED:
                echo.moved += 1
            case verdicts.PARTIAL:
                echo.nearer = max(echo.nearer, (gained - lost) / max(1.0, gained + lost, self._failing))


async def sound(
    worker: Worker, diagnosis: Diagnosis, seconds: float, workers: int = 1
) -> dict[tuple[str, int], Echo]:
    """Tries mutants at the suspects of a diagnosis for `seconds`, not counting the preparation.

    Returns what came of it by path and line: nothing where the failing tests cannot be judged one by one."""
    try:
        sources = await prepare(worker, diagnosis)
    except WorkerError:
        return {}
    runs = [diagnosis.suite.tests[i] for i in diagnosis.failing if i in diagnosis.suite.tests]
    space = Breadth(sources, diagnosis.suspects, clues(diagnosis))
    listening = _Listening(worker, space, Budget(seconds, ENOUGH * seconds, MOST_GOOD, workers), len(runs))
    with contextlib.suppress(WorkerError):  # a mutant ended the worker: what was heard so far counts
        await listening.run()
    return {(sources[file].path, line): echo for (file, line), echo in listening.echoes.items()}


def combined(places: list[Place], echoes: Mapping[tuple[str, int], Echo]) -> list[Place]:
    """The places with what their mutants showed, sorted anew."""
    raised = [
        msgspec.structs.replace(p, score=p.score + _value(echoes.get((p.path, p.line)))) for p in places
    ]
    return sorted(raised, key=lambda p: -round(p.score, 3))


def functions_of(places: list[Place], load: Callable[[str], Source | None]) -> list[Place]:
    """The functions that the statements are in, most suspicious first."""
    paths = dict.fromkeys(p.path for p in places)
    trees = {path: source.tree for path in paths if (source := load(path)) is not None}
    return rank_functions(places, trees)


def _value(echo: Echo | None) -> float:
    if echo is None:
        return 0.0
    if echo.mended:
        return max(1.0, MENDED - NATURAL_WEIGHT * echo.cost)
    if echo.is_idle:
        return IDLE
    return max(MOVED if echo.moved else 0.0, NEARER * max(0.0, echo.nearer))
