"""Judges candidates in a forked child: the failing tests first, then the tests that cover the edited
function."""

from __future__ import annotations

import sys
import time
from typing import Any

from mycoder.repair.worker import limits
from mycoder.repair.worker.anew import carry_over
from mycoder.repair.worker.apply import (
    Swap,
    Unit,
    compiled,
    fingerprint,
    future_flags,
    live_functions,
    pair,
)
from mycoder.repair.worker.guard import Guard
from mycoder.repair.worker.items import PASSED, SKIPPED, Outcome, Runner, is_further, signature
from mycoder.repair.worker.measure import timed
from mycoder.repair.worker.soft import Softening
from mycoder.repair.worker.state import State
from mycoder.repair.worker.stubs import module_code
from mycoder.repair.worker.telling import hush_doctests, told
from mycoder.repair.worker.verdict import (
    CRASHED,
    DUPLICATE,
    FAILED,
    FORBIDDEN,
    GOOD,
    INVALID,
    PARTIAL,
    REGRESSED,
    SLOW,
    TIMEOUT,
    UNMOVED,
    File,
    Verdict,
)

MOST_GUARD_SECONDS = 3.0
CALM = 0.25
LEAST_SHARE = 20
"""So many guards are worth a child of their own to be measured in."""
WALL = 2.0
"""Seconds of wall time that a candidate has at least: it may sleep, or the machine be busy."""
_CHECKS = ("AssertionError", "Failed")
"""How the exceptions of assertions and of ``pytest.raises`` are called."""
ANEW = 1.5
"""Seconds for executing a module anew."""


class Judge:
    """Everything that a child needs to judge candidates; built once in the zygote by `prepare`."""

    def __init__(self, runners: dict[str, Runner], test_files: frozenset[str], guard: Guard) -> None:
        self._runners = runners
        self.guard = guard
        self.seen: set[int] = set()
        self.fresh: list[int] = []
        self.test_files = test_files
        self.files: list[File] = []
        self.failing: list[Runner] = []
        self.also: list[Runner] = []
        self.guards: dict[tuple[int, int], list[Runner]] = {}
        self.killers: dict[str, int] = {}
        self.slowest_guard = 0.0
        self._late_keys: set[tuple[int, int]] = set()
        self._is_warm = False

    def prepare(
        self, paths: list[str], failing: list[str], guards: list[list[Any]], also: list[str]
    ) -> dict[str, Any]:
        """Reads the files, finds their live functions. To be called in the zygote; `measured` runs in a
        child. `guards` holds [file index, line of ``def``, test ids]; `also` are
        failing tests beyond those that are looked at closely."""
        hush_doctests()
        self.files = [File(p) for p in paths]
        live = live_functions(set(paths) | self.test_files)
        modules = {getattr(m, "__file__", None): m for m in list(sys.modules.values())}
        dead = []
        for number, file in enumerate(self.files):
            file.globals = vars(modules[file.path]) if file.path in modules else {}
            for index, unit in enumerate(file.units):
                if not self._link(file, index, unit, live):
                    dead.append([number, unit.start_line])
        by_line = {(n, u.start_line): (n, i) for n, f in enumerate(self.files) for i, u in enumerate(f.units)}
        self.guards = {}
        for number, line, ids in guards:
            key = by_line.get((number, line))
            if key:
                self.guards[key] = [self._runners[i] for i in ids if i in self._runners]
        self.failing = [self._runners[i] for i in failing if i in self._runners]
        self.also = [self._runners[i] for i in also if i in self._runners and self._runners[i].is_usable]
        everyone = list(self._runners.values())
        spared = {r.code for r in everyone} - {r.code for r in self.failing}
        self.softening = Softening({r.path for r in self.failing}, live, everyone, frozenset(spared))
        self.state = State(set(paths))
        return {"dead": dead}

    def _link(self, file: File, index: int, unit: Unit, live: dict[Any, list[Any]]) -> bool:
        """Finds the unit's code as it is now, and every function object made of it."""
        functions = live.get((unit.path, unit.first_line, unit.name))
        if not functions:
            return False
        code = functions[0].__code__
        file.original[index] = code
        unit.live = {k: v for k, v in live.items() if k[0] == unit.path and self._is_within(unit, k[1])}
        return True

    @staticmethod
    def _is_within(unit: Unit, line: int) -> bool:
        return unit.first_line <= line <= unit.start_line + unit.text.count(b"\n")

    def all_guards(self) -> list[Runner]:
        return list({r.id: r for guards in self.guards.values() for r in guards}.values())

    def shares(self, workers: int) -> int:
        """In how many children the tests are to be measured."""
        return max(1, min(workers, len(self.all_guards()) // LEAST_SHARE))

    def demand(self, ids: list[str]) -> None:
        """From now on no candidate is good with which one of these tests does not pass."""
        known = {r.id for r in (*self.failing, *self.also)}
        self.also += [self._runners[i] for i in ids if i not in known]

    def settle(self, measured: dict[str, Any]) -> None:
        """Takes what a child measured: signatures, own times, soft outcomes and the kinds of events
        allowed."""
        self.baseline = {t["id"]: t for t in measured["tests"]}
        for test in measured["tests"]:
            test["where"] = tuple(test["where"])
        self.guard.allowed |= set(measured["allowed"])
        self.slowest_guard = measured["slowest"]
        self._late_keys = {(number, index) for number, index in measured["late"]}
        for test in measured["dressed"]:
            self._runners[test].dress()
        bad = set(measured["broken_guards"])
        for key in self.guards:
            self.guards[key] = [r for r in self.guards[key] if r.id not in bad and r.is_usable]

    def enter(self) -> None:
        """In the child, before the first candidate."""
        self.softening.plain.on()
        self.guard.is_armed = True

    def warm_up(self) -> None:
        """In the child: the original program makes what it makes once and keeps."""
        if self._late_keys:
            self.state.restore()
            timed(self.failing[0])
            self.state.warm_up()

    def judge(self, number: int, edits: list[Any], scale: float, least: float) -> Verdict:
        try:
            limits.start(1.0)
            made = self.swaps(number, edits)
        except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError, limits.Overtime):
            return Verdict(INVALID)
        finally:
            limits.stop()
        if made is None:
            return Verdict(SLOW)
        prints = [(number, index, mark) for index, (_, mark) in made.items()]
        mark = hash(tuple(sorted(prints)))
        if scale <= 1 and mark in self.seen:
            return Verdict(DUPLICATE)
        self.seen.add(mark)
        self.fresh.append(mark)
        return self._try([swap for swap, _ in made.values()], [(number, i) for i in made], scale, least)

    def judge_anew(self, number: int, edits: list[Any], scale: float, least: float) -> Verdict:
        """A candidate outside of functions. What it changes stays changed: for a child of its own."""
        file = self.files[number]
        try:
            limits.start(ANEW)
            code, mark = module_code(file, edits)
            if scale <= 1 and mark in self.seen:
                return Verdict(DUPLICATE)
            self.fresh.append(mark)
            modules = [vars(m) for m in list(sys.modules.values()) if getattr(m, "__file__", None)]
            carry_over(file.globals, code, modules)
        except (limits.Overtime, Exception):
            return Verdict(INVALID)
        finally:
            limits.stop()
        self.state = State(set())
        keys = [(number, i) for i in range(len(file.units))]
        try:
            verdict = self._run_all(keys, scale, least)
        except limits.Overtime:
            verdict = Verdict(TIMEOUT)
        except limits.Forbidden:
            verdict = Verdict(FORBIDDEN)
        except MemoryError:
            verdict = Verdict(FAILED)
        finally:
            limits.stop()
        return verdict

    def swaps(self, number: int, edits: list[Any]) -> dict[int, tuple[Swap, int]] | None:
        """By unit what puts the edits into the running program, with a fingerprint; None where that cannot be done
        function by function. Raises whatever compiling raises."""
        file = self.files[number]
        touched: dict[int, list[Any]] = {}
        for start, end, text in edits:
            touched.setdefault(file.unit_at(start, end), []).append((start, end, text))
        if -1 in touched or any(i not in file.original for i in touched):
            return None
        found = {}
        for index, group in touched.items():
            made = self._compile(file, index, group)
            if made is None:
                return None
            found[index] = made
        return found

    def _compile(self, file: File, index: int, group: list[Any]) -> tuple[Swap, int] | None:
        unit = file.units[index]
        old = file.original[index]
        new = compiled(unit, unit.patched(group), future_flags(old))
        if new is None or any(start < unit.body for start, _, _ in group):
            return None
        swap = pair(unit, old, new)
        return None if swap is None else (swap, fingerprint(new))

    def _try(self, swaps: list[Swap], keys: list[tuple[int, int]], scale: float, least: float) -> Verdict:
        self._is_warm = self._late_keys.issuperset(keys)
        self.state.restore(self._is_warm)
        for swap in swaps:
            swap.on()
        try:
            verdict = self._run_all(keys, scale, least)
        except limits.Overtime as late:
            limits.stop()
            verdict = self._late(late)
        except limits.Forbidden:
            verdict = Verdict(FORBIDDEN)
        except MemoryError:
            verdict = Verdict(FAILED)
        finally:
            limits.stop()
            for swap in swaps:
                swap.off()
        return verdict

    def _late(self, late: limits.Overtime) -> Verdict:
        """A time-out is unknown, not wrong; it is more promising after the failing line of the test."""
        known = self.baseline[self.failing[0].id]
        if known["kind"] == "timeout":  # as endless as the original
            return Verdict(FAILED)
        lines = signature(late, self.test_files)[1:]
        return Verdict(TIMEOUT, gained=1.0 if is_further(lines, known["where"][1:]) else 0.0)

    def patience(self, scale: float, least: float) -> float:
        """Seconds of wall time after which a candidate is killed that neither ends nor uses up its processor
        time."""
        known: list[float] = [t["seconds"] for t in self.baseline.values()]
        limit = max(least, 8 * max(known)) * scale
        guards = MOST_GUARD_SECONDS if self.also or any(self.guards.values()) else 0.0
        return WALL + 2 * limit + 4 * sum(known) + guards

    def calm(self, scale: float) -> float:
        """Seconds of wall time after which a candidate may not sleep any more."""
        known = [self.slowest_guard, *(t["seconds"] for t in self.baseline.values())]
        return CALM + 8 * float(max(known)) * scale

    def _run_all(self, keys: list[tuple[int, int]], scale: float, least: float) -> Verdict:
        for position, runner in enumerate(self.failing):
            known = self.baseline[runner.id]
            outcome, said = self._limited(
                runner, max(least, 8 * known["seconds"]) * scale, scale, not position
            )
            if outcome.kind == PASSED:
                continue
            if position:
                return Verdict(PARTIAL, gained=float(position))
            if outcome.where == known["where"] and known["kind"] != "timeout":
                return Verdict(FAILED if said is None or said != known["told"] else UNMOVED)
            verdict = self._soft_score(runner, known, outcome, scale, least)
            if verdict.kind == FAILED and outcome.where[0] not in (known["where"][0], *_CHECKS):
                return Verdict(CRASHED)
            return verdict
        if self._refused_by(self.also):
            return Verdict(PARTIAL, gained=float(len(self.failing)))
        tests = list({r.id: r for key in keys for r in self.guards.get(key, ())}.values())
        if self._refused_by(tests):
            return Verdict(REGRESSED, gained=float(len(self.failing)), lost=1.0)
        return Verdict(GOOD, gained=float(len(self.failing)))

    def _refused_by(self, tests: list[Runner]) -> bool:
        """A test that does not pass; those that refused most so far come first. Tests for which no time is
        left count as passed: the whole suite has the last word."""
        spent = 0.0
        for runner in sorted(tests, key=lambda r: -self.killers.get(r.id, 0)):
            begun = time.perf_counter()
            outcome, _ = self._limited(runner, MOST_GUARD_SECONDS)
            spent += time.perf_counter() - begun
            if outcome.kind not in (PASSED, SKIPPED):
                self.killers[runner.id] = self.killers.get(runner.id, 0) + 1
                return True
            if spent > MOST_GUARD_SECONDS:
                break
        return False

    def _limited(
        self, runner: Runner, seconds: float, scale: float = 1.0, listens: bool = False
    ) -> tuple[Outcome, int | None]:
        """What came of a test, and of the failure what it said (its values may run code of the candidate)."""
        limits.start(seconds, is_deadly=True, wall=limits.WAIT * scale + seconds)
        try:
            outcome = runner.run()
            return outcome, told(outcome.error) if listens else None
        finally:
            limits.stop()

    def _soft_score(
        self, runner: Runner, known: dict[str, Any], outcome: Outcome, scale: float, least: float
    ) -> Verdict:
        before = known["soft"]
        if not before:
            return Verdict(PARTIAL, gained=0.1)
        if not self.softening.may_gain(runner, before, outcome):
            return Verdict(FAILED)
        soft, notes = self.softening.of(runner), self.softening.notes
        notes.clear()
        self.state.restore(self._is_warm)
        soft.on()
        try:
            self._limited(runner, max(least, 8 * known["seconds"]) * scale, scale)
        finally:
            soft.off()
        gained = lost = 0.0
        for number, (held, failed) in before.items():
            now_held, now_failed = notes.seen.get(int(number), (0, 1))
            change = now_held / (now_held + now_failed) - held / (held + failed)
            gained += max(0.0, change)
            lost += max(0.0, -change)
        if gained <= 0:
            return Verdict(FAILED)
        return Verdict(PARTIAL, gained, lost)

    def is_clean(self) -> bool:
        """The sentinel: the original program still fails and passes as it did before the batch."""
        self.guard.is_armed = False
        if self._late_keys and not self._fails_as_before(is_warm=True):
            return False
        if not self._fails_as_before(is_warm=False):
            return False
        for tests in list(self.guards.values())[:3]:
            for runner in tests[:1]:
                if timed(runner)[0].kind not in (PASSED, SKIPPED):
                    return False
        self.guard.is_armed = True
        return True

    def _fails_as_before(self, is_warm: bool) -> bool:
        self.state.restore(is_warm)
        if not self.failing:
            return True
        first = self.failing[0]
        known = self.baseline[first.id]
        if known["kind"] == "timeout":
            return True
        outcome = timed(first)[0]
        return not known["stable"] or (outcome.kind, outcome.where) == (known["kind"], known["where"])
