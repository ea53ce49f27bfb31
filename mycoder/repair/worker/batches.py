"""Batches of candidates: judged in forked children, as many at once as there are workers."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from mycoder.repair.worker import limits
from mycoder.repair.worker import verdict as verdicts
from mycoder.repair.worker.children import Board, Child
from mycoder.repair.worker.judge import Judge

PATIENT = 3
"""So many times the time of a batch may pass before no child is started any more for the rest of it."""


class Batches:
    """`fork(work, places, patience, ended, calm)` starts a child, `tell(number, message)` answers the engine.

    The engine sends a batch more than there are workers, so that one is always at hand when a child ends."""

    def __init__(
        self, fork: Callable[..., Any], tell: Callable[[int, dict[str, Any]], None], memory: int
    ) -> None:
        self._fork = fork
        self._tell = tell
        self._memory = memory
        self._waiting: deque[tuple[Judge, dict[str, Any]]] = deque()
        self._running = 0
        self._under_way: dict[int, tuple[dict[str, Any], Child]] = {}
        """By the number of the request."""

    def take(self, judge: Judge, request: dict[str, Any]) -> None:
        """Judges `candidates`, each [file, edits, scale]; the ones after a kill go to a new child, and those of a
        child that did not end clean are judged again in smaller and smaller batches. After `most` seconds the
        rest is told as not judged."""
        if self._running >= request.get("workers", math.inf):
            self._waiting.append((judge, request))
            return
        self._running += 1
        count = len(request["candidates"])
        size = 1 if request.get("anew") else count  # a module executed anew is not put back
        begun = time.monotonic()
        until = begun + PATIENT * request.get("most", math.inf)
        try:
            self._some({**request, "until": until, "begun": begun}, judge, list(range(count)), {}, size)
        except OSError:  # no process or memory for a child: the next batch may have one
            self._running -= 1
            raise

    def drop(self) -> None:
        """Ends what is being judged and forgets what waits: the search is over, and nobody hears the answers."""
        self._waiting.clear()
        for request, child in self._under_way.values():
            request["is_dropped"] = True
            child.patience = -1.0

    def _done(self, request: dict[str, Any], results: dict[int, Any]) -> None:
        self._running -= 1
        del self._under_way[request["n"]]
        if self._waiting:
            self.take(*self._waiting.popleft())
        unknown = [verdicts.NOT_JUDGED, 0, 0]
        rows = [results.get(i, unknown) for i in range(len(request["candidates"]))]
        seconds = time.monotonic() - request["begun"]
        self._tell(request["n"], {"verdicts": rows, "seconds": seconds})

    def _some(
        self, request: dict[str, Any], judge: Judge, indices: list[int], results: dict[int, Any], size: int
    ) -> None:
        candidates, least = request["candidates"], request["least"]
        part, later = indices[:size], indices[size:]

        def work(board: Board, tell: Any) -> None:
            limits.arm()
            limits.confine(self._memory)
            _judge_part(judge, request, part, board, tell)

        def ended(child: Child, why: str) -> None:
            if request.get("is_dropped"):
                self._done(request, results)
                return
            judged = child.board.verdicts()
            tail = next((line for line in child.lines if "clean" in line), None)
            if tail is not None and not tail["clean"] and len(part) > 1:
                self._some(request, judge, part + later, results, max(1, len(part) // 8))
                return
            if tail is not None:
                judge.seen.update(tail["seen"])
                judge.killers.update(tail["killers"])
            stopped = next((p for p, row in enumerate(judged) if not row[0]), len(part))
            for place in range(stopped):
                results[part[place]] = judged[place]
            rest = part[stopped:] + later
            if tail is None and stopped < len(part):
                is_first = candidates[part[stopped]][2] <= 1
                results[part[stopped]] = [_kind_of_death(why, child.is_timed_out, is_first), 0, 0]
                rest = rest[1:]
            if rest and time.monotonic() < request["until"]:
                self._some(request, judge, rest, results, size)
                return
            self._done(request, results)

        longest = max(candidates[i][2] for i in part)
        child = self._fork(work, len(part), judge.patience(longest, least), ended, judge.calm(longest))
        self._under_way[request["n"]] = request, child


def _judge_part(judge: Judge, request: dict[str, Any], part: list[int], board: Board, tell: Any) -> None:
    """In a child: one candidate after the other, then whether the original program is as it was."""
    is_anew = bool(request.get("anew"))
    most = request.get("most", math.inf)
    judge.enter()
    if not is_anew:
        judge.warm_up()
    judge.fresh = []
    try_one = judge.judge_anew if is_anew else judge.judge
    place, begun = 0, time.monotonic()
    for place, index in enumerate(part):
        if place and time.monotonic() - begun > most:
            break
        board.begin()
        number, edits, scale = request["candidates"][index]
        verdict = try_one(number, edits, scale, request["least"])
        board.note(place, verdict.kind, verdict.gained, verdict.lost)
    board.begin()
    tell({"clean": is_anew or judge.is_clean(), "seen": judge.fresh, "killers": judge.killers})


def _kind_of_death(why: str, is_timed_out: bool, is_first: bool) -> int:
    """What a candidate is that its child did not outlive: one that slept may have another try."""
    if why == "asleep" and is_first:
        return verdicts.TIMEOUT
    return verdicts.STUCK if why or is_timed_out else verdicts.FAILED
