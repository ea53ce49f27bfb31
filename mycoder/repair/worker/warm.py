"""What a program makes once and keeps (a parser, a table, a compiled pattern) need not be made anew for every
candidate, if the candidate could not have had a part in it."""

from __future__ import annotations

import math
import sys
import threading
from types import FrameType
from typing import Any

from mycoder.repair.worker.apply import tree
from mycoder.repair.worker.items import Outcome
from mycoder.repair.worker.state import Snapshot, State
from mycoder.repair.worker.verdict import File

WORTH = 0.85
"""The share of the time from a cold start that the test may take from a warm one."""
TIMES = 2
"""Of so many runs the quicker one counts."""

Timed = Any
"""A callable of nothing that gives (Outcome, seconds). Python 3.8 has no subscripts for what would say so."""


def late_units(files: list[File], state: State, run: Timed, known: dict[str, Any]) -> list[list[int]]:
    """[file, unit] of the units that the test `run` enters for the first time only after the last change of
    `state`: what has gone before is the same for any edit of them, so they can be judged from a warm start.
    None where that saves little or the test is another one when it starts warm. `known` is its `kind` and
    `where` of before."""

    def is_usual(outcome: Outcome) -> bool:
        return (outcome.kind, outcome.where) == (known["kind"], known["where"])

    cold = warm = math.inf
    for _ in range(TIMES):
        state.restore()
        cold = min(cold, run()[1])
    state.warm_up()
    for _ in range(TIMES):
        state.restore(is_warm=True)
        outcome, seconds = run()
        warm = min(warm, seconds)
        if not is_usual(outcome) or not state.is_warm():
            return []
    if warm > WORTH * cold:
        return []
    state.restore()
    entered: dict[tuple[int, int], Snapshot] = {}
    watch = _Watch(files, state, entered)
    sys.setprofile(watch.hear)
    threading.setprofile(watch.hear)
    try:
        outcome, _ = run()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    last = watch.last
    if last is None or not last.is_now() or not is_usual(outcome):
        return []
    return [list(key) for key, seen in entered.items() if seen is last]


class _Watch:
    """Hears calls and keeps, for every unit, the state at its first one."""

    def __init__(self, files: list[File], state: State, entered: dict[tuple[int, int], Snapshot]) -> None:
        self._state = state
        self._entered = entered
        self._keys: dict[int, tuple[int, int]] = {}
        self.last: Snapshot | None = None
        for number, file in enumerate(files):
            for index, code in file.original.items():
                for part in tree(code):
                    self._keys[id(part)] = (number, index)
                for functions in file.units[index].live.values():
                    for function in functions:
                        self._keys[id(function.__code__)] = (number, index)

    def hear(self, frame: FrameType, event: str, arg: Any) -> None:
        if event != "call":
            return
        key = self._keys.get(id(frame.f_code))
        if key is None or key in self._entered:
            return
        if self.last is None or not self.last.is_now():
            self.last = self._state.now()
        self._entered[key] = self.last
