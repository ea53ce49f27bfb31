"""Runs tests of the original program with coverage, and plausible candidates on recorded and mutated
inputs."""

from __future__ import annotations

import copy
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
        board.begin(place)
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
                "id": item.nodeid,
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
    for place, runner in enumerate(runners):
        board.begin(place)
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


# --- behaviour of plausible candidates on inputs ------------------------------------------------


def run_probe(judge: Any, request: dict[str, Any], tell: Any) -> None:
    """Records the arguments with which the tests call the function at (file, line), mutates them, and tells
    for every candidate what it answers: a row of short texts, one for each input."""
    file = judge.files[request["file"]]
    index = next((i for i, u in enumerate(file.units) if u.start_line == request["line"]), -1)
    if index < 0 or index not in file.original:
        return
    code = file.original[index]
    function = file.units[index].live[(code.co_filename, code.co_firstlineno, code.co_name)][0]
    judge.enter()
    calls = _record(judge, code, index, request)
    inputs = _mutated(calls, request.get("seed", 0), request.get("most", 60))
    tell({"inputs": [_shown_call(code.co_name, arguments) for arguments in inputs]})
    for number, edits in enumerate(request["candidates"]):
        made = judge._compile(file, index, edits) if edits else None
        if edits and not made:
            continue
        if made:
            made[0].on()
        row = []
        for arguments in inputs:
            judge.state.restore()
            row.append(_answer(function, arguments, request.get("each", 0.05)))
        if made:
            made[0].off()
        tell({"row": row, "candidate": number})


def _record(judge: Any, code: Any, index: int, request: dict[str, Any]) -> list[list[Any]]:
    calls: list[list[Any]] = []
    count = code.co_argcount
    names = code.co_varnames[:count]

    def profile(frame: Any, event: str, arg: Any) -> None:
        if event == "call" and frame.f_code is code and len(calls) < 200:
            try:
                calls.append(copy.deepcopy([frame.f_locals[n] for n in names]))
            except BaseException:
                return

    tests = [*judge.failing, *judge.guards.get((request["file"], index), [])[:20]]
    for runner in tests:
        sys.setprofile(profile)
        try:
            limits.start(0.5)
            runner.run()
        except BaseException:
            continue
        finally:
            sys.setprofile(None)
            limits.stop()
    return calls


def _mutated(calls: list[list[Any]], seed: int, most: int) -> list[list[Any]]:
    generator = random.Random(seed)
    inputs: list[list[Any]] = []
    known = set()
    for arguments in [
        *calls[: most // 2],
        *(_neighbour(generator.choice(calls), generator) for _ in range(most * 3) if calls),
    ]:
        mark = _shown(arguments)
        if mark not in known and len(mark) < 2_000:
            known.add(mark)
            inputs.append(arguments)
        if len(inputs) >= most:
            break
    return inputs


def _neighbour(arguments: list[Any], generator: random.Random) -> list[Any]:
    changed = copy.deepcopy(arguments)
    if changed:
        place = generator.randrange(len(changed))
        changed[place] = _mutation(changed[place], generator)
    return changed


def _mutation(value: Any, generator: random.Random) -> Any:
    """A neighbour of `value`; arguments of unknown types stay as they are."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return generator.choice(
            [value + 1, value - 1, -value, 0, 1, value * 2, value + generator.randint(-9, 9)]
        )
    if isinstance(value, float):
        return generator.choice([value + 0.5, -value, 0.0, value * 2, value / 3])
    if type(value) is str:
        return _text_mutation(value, generator)
    if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        return type(value)(_list_mutation(list(value), generator))
    if type(value) is dict and value:
        changed = dict(value)
        key = generator.choice(list(changed))
        if generator.random() < 0.5:
            del changed[key]
        else:
            changed[key] = _mutation(changed[key], generator)
        return changed
    return value


def _text_mutation(value: str, generator: random.Random) -> str:
    if not value:
        return generator.choice(["a", " ", "0"])
    place = generator.randrange(len(value))
    piece: str = generator.choice([*value, "a", "Z", " ", "1", "-"])
    choices: list[str] = [
        value[:place] + value[place + 1 :],
        value[:place] + piece + value[place:],
        value[:place] + piece + value[place + 1 :],
        value[::-1],
        value.swapcase(),
    ]
    chosen: str = generator.choice(choices)
    return chosen


def _list_mutation(value: list[Any], generator: random.Random) -> list[Any]:
    if not value:
        return value
    place = generator.randrange(len(value))
    how = generator.randrange(5)
    if how == 0:
        del value[place]
    elif how == 1:
        value.insert(place, copy.deepcopy(generator.choice(value)))
    elif how == 2:
        generator.shuffle(value)
    else:
        value[place] = _mutation(value[place], generator)
    return value


def _answer(function: Any, arguments: list[Any], limit: float) -> str:
    try:
        given = copy.deepcopy(arguments)
        limits.start(limit)
        result = function(*given)
        if hasattr(result, "__next__"):
            result = list(result)
        limits.stop()
        shown: str = _shown(result)
        after = _shown(given)
        return shown if after == _shown(arguments) else f"{shown}, leaving {after}"
    except limits.Overtime:
        return "no answer in time"
    except BaseException as error:
        return f"raises {type(error).__name__}"
    finally:
        limits.stop()


def _shown(value: Any) -> str:
    try:
        text = repr(value)
    except Exception as error:
        return f"<{type(error).__name__}>"
    if " at 0x" in text:
        text = text.split(" at 0x")[0] + ">"
    return text[:500]


def _shown_call(name: str, arguments: list[Any]) -> str:
    return f"{name}({', '.join(_shown(a) for a in arguments)})"[:300]
