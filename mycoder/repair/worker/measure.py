"""What the judging tests do with the original program: outcomes, times, events, and what a warm start may spare."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from mycoder.repair.worker import limits
from mycoder.repair.worker.compared import Compared
from mycoder.repair.worker.items import PASSED, SKIPPED, Outcome, Runner
from mycoder.repair.worker.telling import told
from mycoder.repair.worker.warm import late_units

if TYPE_CHECKING:
    from mycoder.repair.worker.judge import Judge

_LISTS = ("tests", "broken_guards", "dressed", "compared", "late", "allowed")


def timed(runner: Runner, seconds: float = 1.5) -> tuple[Outcome, float]:
    """Runs a test once with at most `seconds` of processor time; with the seconds of wall time it took."""
    begun = time.perf_counter()
    try:
        limits.start(seconds, wall=max(limits.WAIT, 2 * seconds))
        outcome = runner.run()
    except limits.Overtime:
        outcome = Outcome("timeout")
    finally:
        limits.stop()
    return outcome, time.perf_counter() - begun


def still_passing(runners: list[Runner]) -> list[str]:
    """In a child: the ids of those that pass in the original program."""
    return [r.id for r in runners if timed(r)[0].kind in (PASSED, SKIPPED)]


def measured(judge: Judge, endless: frozenset[str], share: int = 0, shares: int = 1) -> dict[str, Any]:
    """In a child that is thrown away: runs a share of the judging tests, all of the original program. Tests that
    behave otherwise without the fixtures of plugins are told as `dressed`. The first share holds the failing tests,
    each run hard and soft; the guards and the other failing tests are dealt out."""
    judge.softening.plain.on()
    judge.guard.is_recording = True
    result: dict[str, Any] = {name: [] for name in _LISTS}
    result["slowest"] = 0.0
    for runner in judge.also[share::shares]:
        if not _is_bare_enough(runner):
            result["dressed"].append(runner.id)
    for runner in judge.failing if share == 0 else ():
        if runner.id not in endless and not _is_bare_enough(runner):
            result["dressed"].append(runner.id)
        result["tests"].append(_measured_one(judge, runner, 0.1 if runner.id in endless else 1.5))
    for runner in judge.all_guards()[share::shares]:
        outcome, seconds = timed(runner)
        result["slowest"] = max(result["slowest"], seconds)
        if outcome.kind in (PASSED, SKIPPED):
            continue
        if runner.is_bare:
            runner.dress()
            result["dressed"].append(runner.id)
            if timed(runner)[0].kind in (PASSED, SKIPPED):
                continue
        result["broken_guards"].append(runner.id)
    if share == 0:
        ending = [r for r in judge.failing if r.id not in endless]
        result["compared"] = Compared({r.path for r in ending}, judge.softening.spared).of(ending, timed, 0.5)
        result["late"] = _late(judge, result["tests"])
    result["allowed"] = sorted(judge.guard.allowed)
    return result


def merged(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """The shares in one."""
    whole: dict[str, Any] = {name: [row for part in parts for row in part[name]] for name in _LISTS}
    whole["slowest"] = max(part["slowest"] for part in parts)
    return whole


def _late(judge: Judge, tests: list[dict[str, Any]]) -> list[list[int]]:
    """The units for which a warm start of the first failing test will do."""
    if not tests or tests[0]["kind"] == "timeout" or not tests[0]["stable"]:
        return []
    known = {"kind": tests[0]["kind"], "where": tuple(tests[0]["where"])}
    return late_units(judge.files, judge.state, lambda: timed(judge.failing[0]), known)


def _is_bare_enough(runner: Runner) -> bool:
    """False when a bare test fails otherwise without the fixtures of plugins; it is dressed then."""
    if not runner.is_bare:
        return True
    bare, _ = timed(runner, 0.5)
    runner.dress()
    full, _ = timed(runner, 0.5)
    if (bare.kind, bare.where) != (full.kind, full.where):
        return False
    runner.undress()
    return True


def _measured_one(judge: Judge, runner: Runner, most: float) -> dict[str, Any]:
    hard, seconds = timed(runner, most)
    again = hard if hard.kind == "timeout" else timed(runner, most)[0]
    said = told(hard.error)
    softening = judge.softening
    softening.notes.clear()
    swap = softening.of(runner)
    swap.on()
    soft, soft_seconds = timed(runner, most)
    swap.off()
    is_endless = "timeout" in (hard.kind, soft.kind)
    return {
        "id": runner.id,
        "kind": hard.kind,
        "where": list(hard.where),
        "stable": hard.where == again.where and hard.kind == again.kind,
        "told": said if said == told(again.error) else None,
        "seconds": 0.002 if is_endless else max(seconds, soft_seconds),
        "soft": {str(k): v for k, v in softening.notes.seen.items()},
        "bare": runner.is_bare,
        "usable": runner.is_usable,
    }
