"""Runs tests of the original program with coverage."""

from __future__ import annotations

import os
import random
import sys
import time
from typing import Any

from mycoder.repair.worker import limits
from mycoder.repair.worker.children import Board
from mycoder.repair.worker.guard import Guard
from mycoder.repair.worker.items import Runner

MOST_FRAMES = 60
MOST_TEXT = 3_000


def run_items(
    runners: list[Runner], plugin: Any, guard: Guard, tracer: Any, board: Board, tell: Any, seconds: float
) -> None:
    """Runs the items as pytest would, one after the other; each may use `seconds` of processor time,
    and as long wait for something."""
    guard.is_recording = True
    errors: dict[str, Any] = {}
    runners[0].item.config.pluginmanager.register(_Watch(errors))
    for place, runner in enumerate(runners):
        board.begin()
        item = runner.item
        following = runners[place + 1].item if place + 1 < len(runners) else None
        plugin.reports.clear()
        errors.clear()
        guard.allowed.clear()
        hits: dict[str, set[int]] = {}
        begun, watch = time.perf_counter(), limits.Watch()
        outcome = ""
        if "random" in sys.modules:
            random.seed(0)
        if tracer:
            tracer.start()
        try:
            watch = limits.start(seconds, wall=seconds)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        except limits.Overtime:
            outcome = "timeout"
        finally:
            limits.stop()
            if tracer:
                hits = tracer.stop()
        taken = time.perf_counter() - begun
        outcome, message = _summary(plugin.reports, outcome)
        frames = errors.get(item.nodeid, [])
        if watch.has_rung or (frames and frames[0] == "Overtime"):
            outcome = "timeout"
        tell(
            {
                "id": runner.id,
                "outcome": outcome,
                "seconds": taken,
                "message": message,
                "error": frames[0] if frames else "",
                "frames": frames[1:],
                "events": sorted(guard.allowed),
                "lines": {path: sorted(lines) for path, lines in hits.items()},
            }
        )
        if outcome == "timeout":  # its fixtures may be half set up
            os._exit(0)


def run_light(
    runners: list[Runner], guard: Guard, tracer: Any, board: Board, tell: Any, seconds: float
) -> None:
    """As `run_items`, without pytest's hooks around each test: several times as fast, and without
    messages."""
    guard.is_recording = True
    for runner in runners:
        board.begin()
        begun = time.perf_counter()
        error: BaseException | None = None
        guard.allowed.clear()
        hits: dict[str, set[int]] = {}
        tracer.start()
        try:
            limits.start(seconds, wall=seconds)
            outcome = runner.run()
            kind, error = outcome.kind, outcome.error
        except limits.Overtime as late:
            kind, error = "timeout", late
        finally:
            limits.stop()
            hits = tracer.stop()
        tell(
            {
                "id": runner.id,
                "outcome": kind,
                "seconds": time.perf_counter() - begun,
                "error": type(error).__name__ if error else "",
                "frames": _frames(error.__traceback__ if error else None),
                "events": sorted(guard.allowed),
                "lines": {path: sorted(lines) for path, lines in hits.items()},
            }
        )
        if kind == "timeout":
            os._exit(0)


def _frames(trace: Any) -> list[Any]:
    found = []
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append([code.co_filename, trace.tb_lineno, code.co_name])
        trace = trace.tb_next
    return found[-MOST_FRAMES:]


def _summary(reports: list[Any], outcome: str) -> tuple[str, str]:
    """passed, failed, error, skipped or timeout, and the end of pytest's own words."""
    message = ""
    kinds = {r.when: r for r in reports}
    for when in ("setup", "call", "teardown"):
        report = kinds.get(when)
        if report is None or report.passed:
            continue
        if report.skipped:
            return outcome or "skipped", ""
        message = str(report.longreprtext)[-MOST_TEXT:]
        return outcome or ("failed" if when == "call" else "error"), message
    if outcome:
        return outcome, message
    return ("passed" if "call" in kinds else "error"), message


class _Watch:
    """Keeps the traceback of every failure: [exception name, [file, line, function], ...], outermost
    first."""

    def __init__(self, errors: dict[str, Any]) -> None:
        self._errors = errors

    def pytest_runtest_makereport(self, item: Any, call: Any) -> None:
        if call.excinfo is None or item.nodeid in self._errors:
            return
        self._errors[item.nodeid] = [call.excinfo.type.__name__, *_frames(call.excinfo.tb)]
