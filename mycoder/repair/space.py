"""The space of candidates, walked best first: cost of the edit plus how little suspicious its place is."""

import ast
import heapq
import itertools
import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from mycoder.repair.candidate import Candidate, overlaps
from mycoder.repair.donors import Donors
from mycoder.repair.operators.catalog import EVIDENT, OPERATORS
from mycoder.repair.operators.operator import Operator
from mycoder.repair.operators.twin import Twin
from mycoder.repair.site import Literals, Scope, Site
from mycoder.repair.source import FUNCTIONS, Source
from mycoder.testing.localise import Place, blocks

SUSPICION_WEIGHT = 1.5
RANK_WEIGHT = 0.30
PAIR_COST = 0.6
MOST_PARTIALS = 40
MOST_SECONDS = 4_000
"""How many of the first candidates may be the second edit of a pair."""
MOST_BLIND = 160
BLIND_COST = 2.0
IDLE_AFTER = 6
"""So many edits of a statement change nothing that the failing test looks at, and the fault is hardly there."""
IDLE_COST = 1.2
"""What the other edits of such a statement cost more."""
MOVING_SHARE = 0.5
"""How much is left of what a place costs, once an edit there has changed what the failing test sees."""
LARGEST_EDIT = 4_000
EVIDENT_SHARE = 0.4
"""How much the place counts for edits that have a reason of their own."""


def penalty(share: float, rank: int) -> float:
    """What an edit costs more for its place: `share` is its suspicion as a share of the highest, `rank` counts
    from 0."""
    return SUSPICION_WEIGHT * (1 - share) + RANK_WEIGHT * math.log1p(rank / 5)


class Partial(NamedTuple):
    candidate: Candidate
    gained: float
    lost: float


class Space:
    """A heap of what may come next: statements, sites and candidates, each with the least it can cost."""

    def __init__(self, sources: list[Source], suspects: list[Place], literals: Literals) -> None:
        self._sources = sources
        self._literals = literals
        self._heap: list[tuple[float, int, str, Any]] = []
        self._count = itertools.count()
        self._known: set[Any] = set()
        self._cheapest: dict[Any, float] = {}
        self._scopes: dict[Any, Scope] = {}
        self._donors = Donors(sources)
        self._first: list[Candidate] = []
        self._known_first: set[Any] = set()
        self._waiting: list[tuple[Candidate, float, int]] = []
        """Halves of pairs that have met all second edits that there are so far."""
        self._is_blind = False
        self._unmoved: dict[tuple[int, int], float] = {}
        self._late: set[Any] = set()
        self._opened: set[Any] = set()
        self._made: dict[tuple[int, int], list[Candidate]] = {}
        self._given: set[Any] = set()
        self._penalties: dict[tuple[int, int], float] = {}
        self._partials: list[Partial] = []
        numbers = {s.path: n for n, s in enumerate(sources)}
        top = max((p.score for p in suspects), default=1.0) or 1.0
        self._by_type = _by_type()
        least = min(o.cost for o in OPERATORS)
        for rank, place in enumerate(p for p in suspects if p.path in numbers):
            more = penalty(place.score / top, rank)
            self._penalties[numbers[place.path], place.line] = more
            for is_evident in (True, False):
                share = more * EVIDENT_SHARE if is_evident else more
                self._push(share + least, "statement", (numbers[place.path], place.line, share, is_evident))
        self._statements = [_statements(s) for s in sources]

    def _push(self, cost: float, kind: str, payload: Any) -> None:
        heapq.heappush(self._heap, (cost, next(self._count), kind, payload))

    @property
    def next_cost(self) -> float:
        """The least that any candidate still to come can cost; infinite at the end."""
        return self._heap[0][0] if self._heap else math.inf

    def take(self, most: int) -> list[Candidate]:
        """The next candidates in the order of their cost, at most `most`; empty at the end."""
        found: list[Candidate] = []
        if not self._heap and not self._is_blind:
            self._pair_blindly()
        while self._heap and len(found) < most:
            cost, _, kind, payload = heapq.heappop(self._heap)
            match kind:
                case "statement":
                    self._open_statement(*payload)
                case "site":
                    if not self._is_put_off(
                        cost, kind, payload[0], payload[4], (id(payload[1]), id(payload[2])), payload
                    ):
                        self._open_site(*payload)
                case "twins":
                    self._open_twins(*payload)
                case "pair":
                    found += self._next_pair(cost, *payload)
                case "candidate":
                    if payload.scale == 1.0 and payload.key in self._given:
                        continue
                    if self._is_put_off(cost, kind, payload.file, payload.line, payload.key, payload):
                        continue
                    self._given.add(payload.key)
                    found.append(payload)
                    self._keep_as_second(payload)
        return found

    def heed(self, candidate: Candidate, moves: bool) -> None:
        """What one edit showed of its statement: whether the failing test did anything else than before."""
        place = (candidate.file, candidate.line)
        if len(candidate.edits) > 1:
            return
        if moves and self._unmoved.get(place, 0) >= 0:
            self._promote(*place)
        self._unmoved[place] = -math.inf if moves else self._unmoved.get(place, 0) + 1

    def _promote(self, file: int, line: int) -> None:
        """The other edits of a statement of which one changed something come sooner."""
        whole = self._penalties.get((file, line), 0.0)
        less = MOVING_SHARE * whole
        self._push(less, "statement", (file, line, less, False))
        for candidate in self._made.pop((file, line), ()):
            if candidate.key not in self._given:
                sooner = msgspec.structs.replace(candidate, cost=candidate.cost - whole + less)
                self._push(sooner.cost, "candidate", sooner)

    def is_idle(self, file: int, line: int) -> bool:
        """No edit of the statement on this line changes anything for the failing test."""
        return self._unmoved.get((file, line), 0) >= IDLE_AFTER

    def _is_put_off(self, cost: float, kind: str, file: int, line: int, key: Any, payload: Any) -> bool:
        """True for what is at an idle statement and comes for the first time; it comes again later."""
        if not self.is_idle(file, line) or key in self._late:
            return False
        self._late.add(key)
        self._push(cost + IDLE_COST, kind, payload)
        return True

    def _keep_as_second(self, candidate: Candidate) -> None:
        if candidate.scale > 1.0 or len(candidate.edits) > 1 or len(self._first) >= MOST_SECONDS:
            return
        if candidate.key not in self._known_first:
            self._known_first.add(candidate.key)
            self._first.append(candidate)
            waiting, self._waiting = self._waiting, []
            for first, base, place in waiting:
                self._push(base + candidate.cost, "pair", (first, base, place))

    def add_partial(self, candidate: Candidate, gained: float, lost: float) -> None:
        """A candidate that gets some of the failing assertions right: first halves of pairs."""
        if len(candidate.edits) > 1:
            return
        better = sum(p.gained - p.lost >= gained - lost for p in self._partials)
        if better >= MOST_PARTIALS:
            return
        self._partials.append(Partial(candidate, gained, lost))
        base = candidate.cost + PAIR_COST - min(1.2, 0.4 * gained) + min(2.0, 0.5 * lost)
        self._push(base + 1.0, "pair", (candidate, base, 0))

    def put_back(self, candidate: Candidate) -> None:
        """One that was taken but not judged comes again."""
        self._again(candidate, candidate.cost)

    def _again(self, candidate: Candidate, cost: float) -> None:
        self._given.discard(candidate.key)
        self._push(cost, "candidate", candidate)

    def park(self, candidate: Candidate, is_further: bool = False) -> None:
        """A time-out is not a failure: it comes again later with more time; soon when it got further than the
        original program."""
        if candidate.scale < 30:
            scale, more = (5.0, 1.0) if candidate.scale == 1.0 else (40.0, 1.5)
            more -= 0.8 if is_further else 0.0
            again = Candidate(
                candidate.file,
                candidate.edits,
                candidate.cost + more,
                candidate.operator,
                candidate.line,
                scale,
            )
            self._push(again.cost, "candidate", again)

    def _scope(self, number: int, node: ast.AST) -> Scope:
        source = self._sources[number]
        function = source.unit_of(node)
        key = (number, id(function))
        if key not in self._scopes:
            self._scopes[key] = Scope(source, function, self._donors)
        return self._scopes[key]

    def _open_statement(self, number: int, line: int, penalty: float, is_evident: bool) -> None:
        for statement in self._statements[number].get(line, ()):
            self._open_one(number, line, penalty, statement, is_evident)

    def _open_one(
        self, number: int, line: int, penalty: float, statement: ast.stmt, is_evident: bool
    ) -> None:
        unit = self._sources[number].unit_of(statement)
        twins = (number, id(unit))
        if unit is not None and twins not in self._known and not is_evident:
            self._known.add(twins)
            self._push(penalty + Twin.cost, "twins", (number, unit, penalty))
        for node in _own_nodes(statement, self._sources[number]):
            for operator in self._by_type(type(node), is_evident):
                self._push(penalty + operator.cost, "site", (number, node, operator, penalty, line))

    def _open_site(self, number: int, node: ast.AST, operator: Operator, penalty: float, line: int) -> None:
        if (node, operator.name) in self._opened:
            return
        self._opened.add((node, operator.name))
        site = Site(self._sources[number], node, self._scope(number, node), self._literals)
        for edit in operator.edits(site):
            span = (edit.start, edit.end, edit.text)
            key = (number, span)
            cost = edit.cost + penalty
            if cost >= self._cheapest.get(key, math.inf) or len(edit.text) > LARGEST_EDIT:
                continue  # the same edit is proposed by several operators; the cheapest one counts
            if site.source.data[edit.start : edit.end] == edit.text.encode("utf-8"):
                continue
            self._cheapest[key] = cost
            candidate = Candidate(number, (span,), cost, operator.name, line)
            self._made.setdefault((number, line), []).append(candidate)
            self._push(cost, "candidate", candidate)

    def _open_twins(self, number: int, unit: Any, penalty: float) -> None:
        site = Site(self._sources[number], unit, self._scope(number, unit), self._literals)
        for edits in Twin().pairs(site):
            cost = sum(e.cost for e in edits) + penalty
            spans = tuple((e.start, e.end, e.text) for e in edits)
            self._push(cost, "candidate", Candidate(number, spans, cost, Twin.name, unit.lineno))

    def _next_pair(self, cost: float, first: Candidate, base: float, place: int) -> list[Candidate]:
        """The pair of a partial with the candidate at `place` among the first ones, and the place of the
        next."""
        while place < len(self._first):
            second = self._first[place]
            place += 1
            if second.file != first.file or overlaps(first.edits, second.edits):
                continue
            edits = tuple(sorted((*first.edits, *second.edits)))
            if (first.file, edits) in self._known:
                continue
            self._known.add((first.file, edits))
            whole = base + second.cost
            if place < len(self._first):
                self._push(max(whole, base + self._first[place].cost), "pair", (first, base, place))
            else:
                self._waiting.append((first, base, place))
            name = f"{first.operator} + {second.operator}"
            return [Candidate(first.file, edits, whole, name, min(first.line, second.line))]
        self._waiting.append((first, base, place))
        return []

    def _pair_blindly(self) -> None:
        """When everything else was tried: pairs of the most natural edits, of which neither shows progress."""
        self._is_blind = True
        first = sorted(self._first, key=lambda c: c.cost)[:MOST_BLIND]
        for one, other in itertools.combinations(first, 2):
            edits = tuple(sorted((*one.edits, *other.edits)))
            if one.file != other.file or (one.file, edits) in self._known or overlaps(one.edits, other.edits):
                continue
            self._known.add((one.file, edits))
            cost = one.cost + other.cost + PAIR_COST + BLIND_COST
            name = f"{one.operator} + {other.operator}"
            pair = Candidate(one.file, edits, cost, name, min(one.line, other.line))
            self._push(cost, "candidate", pair)


def _by_type() -> Any:
    known: dict[tuple[type, bool], list[Operator]] = {}

    def find(kind: type, is_evident: bool) -> list[Operator]:
        """Operators for a type of node: the evident ones, or all others."""
        if (kind, is_evident) not in known:
            chosen = EVIDENT if is_evident else [o for o in OPERATORS if o not in EVIDENT]
            known[kind, is_evident] = [o for o in chosen if issubclass(kind, o.nodes)]
        return known[kind, is_evident]

    return find


def _statements(source: Source) -> dict[int, list[ast.stmt]]:
    """Statements by the line on which they start, outer ones first."""
    found: dict[int, list[ast.stmt]] = {}
    for node in source.nodes:
        if isinstance(node, ast.stmt):
            found.setdefault(node.lineno, []).append(node)
    return found


def _own_nodes(statement: ast.stmt, source: Source) -> Iterable[ast.AST]:
    """The statement and its expressions, without the statements inside of it and annotations; of a function its
    defaults and decorators; of f-strings what is in braces."""
    inner = {id(n) for block in blocks(statement) for n in block}
    pending: list[ast.AST] = [statement]
    if isinstance(statement, ast.ClassDef):
        return
    if isinstance(statement, FUNCTIONS):
        defaults = [d for d in (*statement.args.defaults, *statement.args.kw_defaults) if d is not None]
        pending = [*defaults, *statement.decorator_list]
    while pending:
        node = pending.pop(0)
        yield node
        skipped = {id(a) for a in (getattr(node, "annotation", None), getattr(node, "returns", None)) if a}
        if isinstance(node, ast.JoinedStr):
            if node not in source.unplaced:
                pending += _expressions_in(node)
            continue
        for child in ast.iter_child_nodes(node):
            if id(child) in inner or id(child) in skipped:
                continue
            if isinstance(child, ast.ExceptHandler):
                yield child
                continue
            pending.append(child)


def _expressions_in(node: ast.JoinedStr) -> Iterable[ast.AST]:
    for value in node.values:
        if isinstance(value, ast.FormattedValue):
            yield value.value
            if isinstance(value.format_spec, ast.JoinedStr):
                yield from _expressions_in(value.format_spec)
