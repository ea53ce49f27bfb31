"""The search: batches of candidates go to the worker, verdicts come back, partial successes feed pairs."""

import asyncio
import math
import time
from collections.abc import Callable
from typing import Any

import msgspec

from mycoder.repair.candidate import Candidate
from mycoder.repair.link import Worker, WorkerError
from mycoder.repair.space import Space
from mycoder.repair.worker.verdict import (
    FAILED,
    GOOD,
    NOT_JUDGED,
    PARTIAL,
    REGRESSED,
    SLOW,
    TIMEOUT,
    UNMOVED,
)

FIRST_BATCH = 32
LARGEST_BATCH = 256
ANEW_BATCH = 16
"""So many candidates outside of functions wait for each other; each needs a process of its own."""
BATCH_SECONDS = 0.3
MOST_BATCH = 0.6
"""Seconds after which a worker hands back what it has not judged yet of a batch."""
LEAST_LIMIT = 0.012
IDLE = -0.5
"""What it says of a place that none of several edits there changes anything for the failing test."""
NATURAL = 2.5
"""Candidates costing so much more than the best one are no competitors for it."""


class Budget(msgspec.Struct, frozen=True):
    """`seconds` for the whole search; `extra` after the first plausible candidate; `most` plausible ones."""

    seconds: float
    extra: float
    most: int
    workers: int


class Found(msgspec.Struct):
    """What the search knows so far."""

    plausible: list[Candidate] = []
    partial: Candidate | None = None
    partial_score: float = 0.0
    tried: int = 0
    counts: dict[int, int] = {}
    slow: list[Candidate] = []
    first_at: int = 0
    first_after: float = 0.0
    seconds: float = 0.0
    is_exhausted: bool = False
    evidence: dict[tuple[int, int], float] = {}
    """What the search showed of a place, by (file, line): 1 where an edit mends it, less where it helps."""

    @property
    def per_second(self) -> float:
        return self.tried / self.seconds if self.seconds > 0 else 0.0


class Search:
    """One search with one worker. `tell` is called after every batch."""

    def __init__(
        self,
        worker: Worker,
        space: Space,
        budget: Budget,
        tell: Callable[[Found], None],
        should_stop: Callable[[], bool],
    ) -> None:
        self._worker = worker
        self._space = space
        self._budget = budget
        self._tell = tell
        self._should_stop = should_stop
        self._size = FIRST_BATCH
        self._ahead: list[Candidate] = []
        self._begun = time.monotonic()
        self._lost: list[tuple[Candidate, bool]] = []
        """What a worker had before it that died; one of them may have killed it."""
        self.found = Found()

    def go_on_with(self, worker: Worker) -> None:
        """Takes a new worker in the place of one that died."""
        self._worker = worker

    async def run(self) -> Found:
        """Goes on until the budget, the space or the wish for more is at its end. Raises WorkerError when the
        worker dies; it may be called again with another worker."""
        running: set[asyncio.Task[None]] = set()
        try:
            while self._lost and not self._is_over():  # alone, so that the one that kills is known
                candidate, is_anew = self._lost.pop()
                await self._judge([candidate], is_anew, is_alone=True)
            while not self._is_over():
                while len(running) <= self._budget.workers and (batch := self._next_batch()):
                    running.add(asyncio.create_task(self._judge(*batch)))
                    await asyncio.sleep(0)
                self._ahead = self._ahead or self._space.take(self._size)  # while the worker is busy
                if not running:
                    self.found.is_exhausted = True
                    break
                left = max(0.0, self._budget.seconds - time.monotonic() + self._begun)
                done, running = await asyncio.wait(
                    running, timeout=min(0.5, left), return_when=asyncio.FIRST_COMPLETED
                )
                broken = [error for error in (task.exception() for task in done) if error is not None]
                if broken:
                    raise broken[0]
                self.found.seconds = time.monotonic() - self._begun
                self._tell(self.found)
        finally:
            for task in running:
                task.cancel()
            if running:
                self._worker.drop()
            await asyncio.gather(
                *running, return_exceptions=True
            )  # none is left with an error nobody asked for
            self.found.seconds = time.monotonic() - self._begun
        return self.found

    def _next_batch(self) -> tuple[list[Candidate], bool] | None:
        """The batch made ahead (a cheaper candidate that turned up since then comes one batch later), or some
        of those that need their module executed anew."""
        slow = self.found.slow
        best = min((c.cost for c in self.found.plausible), default=-math.inf)
        if len(slow) < ANEW_BATCH and not (slow and slow[0].cost < best):
            batch, self._ahead = self._ahead or self._space.take(self._size), []
            if batch:
                return batch, False
        part, self.found.slow = slow[:ANEW_BATCH], slow[ANEW_BATCH:]
        return (part, True) if part else None

    def _is_over(self) -> bool:
        now = time.monotonic() - self._begun
        found = self.found
        if now > self._budget.seconds or self._should_stop():
            return True
        if not found.plausible:
            return False
        best = min(c.cost for c in found.plausible)
        is_better_waiting = any(c.cost < best for c in found.slow)
        return (
            (len(found.plausible) >= self._budget.most and not is_better_waiting)
            or now > found.first_after + self._budget.extra
            or min([self._space.next_cost, *(c.cost for c in self._ahead[:1])]) > best + NATURAL
        )

    async def _judge(self, batch: list[Candidate], is_anew: bool, is_alone: bool = False) -> None:
        candidates = [[c.file, c.edits, c.scale] for c in batch]
        workers = self._budget.workers
        try:
            answer = await self._worker.ask(
                do="batch",
                candidates=candidates,
                least=LEAST_LIMIT,
                anew=is_anew,
                most=MOST_BATCH,
                workers=workers,
            )
        except (WorkerError, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and not self._worker.is_gone:  # the search is over
                for candidate in batch:
                    self._note(candidate, [NOT_JUDGED, 0, 0], is_anew)
            else:
                self._lost += [(c, is_anew) for c in reversed(batch) if not is_alone]
            raise
        judged = sum(verdict[0] != NOT_JUDGED for verdict in answer["verdicts"])
        if len(batch) >= self._size and not is_anew:
            per_one = answer["seconds"] / max(1, judged)
            aim = int(BATCH_SECONDS / max(per_one, 1e-6))
            self._size = max(4, min(LARGEST_BATCH, aim, self._size * 2))
        for candidate, verdict in zip(batch, answer["verdicts"], strict=True):
            self._note(candidate, verdict, is_anew)

    def _note(self, candidate: Candidate, verdict: list[Any], is_anew: bool) -> None:
        kind, gained, lost = verdict
        found = self.found
        if kind == NOT_JUDGED:
            if is_anew:
                found.slow.insert(0, candidate)
            else:
                self._space.put_back(candidate)
            return
        if kind == SLOW and not is_anew:
            found.slow.append(candidate)
            return
        found.tried += 1
        if kind in (UNMOVED, FAILED, PARTIAL, GOOD, REGRESSED):  # a crash says nothing of the place
            self._heed(candidate, moves=kind != UNMOVED)
        found.counts[kind] = found.counts.get(kind, 0) + 1
        if kind == GOOD:
            if not found.plausible:
                found.first_at = found.tried
                found.first_after = time.monotonic() - self._begun
            found.plausible.append(candidate)
            self._show(candidate, 1.0)
        elif kind in (PARTIAL, REGRESSED):
            score = gained - lost
            if score > found.partial_score or found.partial is None:
                found.partial, found.partial_score = candidate, score
            if not is_anew:
                self._space.add_partial(candidate, gained, lost)
            self._show(candidate, min(0.5, 0.25 * score))
        elif kind == TIMEOUT and not is_anew:
            self._space.park(candidate, is_further=gained > 0)

    def _heed(self, candidate: Candidate, moves: bool) -> None:
        key = (candidate.file, candidate.line)
        self._space.heed(candidate, moves)
        if self._space.is_idle(*key):
            self.found.evidence.setdefault(key, IDLE)
        elif self.found.evidence.get(key) == IDLE:
            del self.found.evidence[key]

    def _show(self, candidate: Candidate, value: float) -> None:
        key = (candidate.file, candidate.line)
        self.found.evidence[key] = max(value, self.found.evidence.get(key, 0.0))


def eta(found: Found, budget: Budget) -> float:
    """Seconds that the search may still take at most."""
    if found.plausible:
        return max(0.0, min(budget.seconds, found.first_after + budget.extra) - found.seconds)
    return max(0.0, budget.seconds - found.seconds) if math.isfinite(budget.seconds) else 0.0
