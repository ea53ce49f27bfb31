"""What plausible candidates do on calls that tests make, and on neighbours of these."""

from __future__ import annotations

import os
import sys
from typing import Any

from mycoder.repair.worker import limits
from mycoder.repair.worker.anew import carry_over
from mycoder.repair.worker.inputs import Call, Recorder, shown, with_neighbours
from mycoder.repair.worker.judge import ANEW, Judge
from mycoder.repair.worker.state import State
from mycoder.repair.worker.stubs import module_code

MOST_GUARDS = 20
"""Tests of a function, beside the failing ones, whose calls are recorded."""
MOST_FUNCTIONS = 4
"""Functions whose calls are tried when the candidates stand in several ones."""
RECORDING = 0.5
"""Seconds of processor time that a test has for being recorded."""


def run_probe(judge: Judge, request: dict[str, Any], tell: Any) -> None:
    """Tells the calls, as texts and whether only the program itself makes such ones, and for every candidate
    [file, edits] what it answers to each of them.

    `targets` are [file, line] of the functions that candidates change. Unless `is_wide` only their calls are tried;
    else also those of the functions that tests call themselves."""
    judge.enter()
    calls = _calls(judge, request)
    tell({"inputs": [str(c) for c in calls], "inner": [c.is_inner for c in calls]})
    for number, (file, edits) in enumerate(request["candidates"]):
        row = _row(judge, file, edits, calls, request.get("each", 0.05), tell, number)
        if row is not None:
            tell({"row": row, "candidate": number})


def _calls(judge: Judge, request: dict[str, Any]) -> list[Call]:
    functions = {
        (number, unit.start_line): unit.live[_key(file.original[index])][0]
        for number, file in enumerate(judge.files)
        for index, unit in enumerate(file.units)
        if index in file.original
    }
    keys = [(n, line) for n, line in request["targets"] if (n, line) in functions]
    wanted = [functions[k] for k in keys]
    recorder = Recorder(
        list(functions.values()) if request["is_wide"] else wanted, wanted, {f.path for f in judge.files}
    )
    _record(judge, keys, recorder)
    groups = recorder.calls()[:MOST_FUNCTIONS]
    most = request.get("most", 60) // max(1, len(groups))
    return [c for calls in groups for c in with_neighbours(calls, request.get("seed", 0), most)]


def _key(code: Any) -> tuple[str, int, str]:
    return (code.co_filename, code.co_firstlineno, code.co_name)


def _record(judge: Judge, keys: list[tuple[int, int]], recorder: Recorder) -> None:
    tests = list(judge.failing)
    for number, line in keys:
        index = next(i for i, u in enumerate(judge.files[number].units) if u.start_line == line)
        tests += judge.guards.get((number, index), [])[:MOST_GUARDS]
    for runner in {r.id: r for r in tests}.values():
        try:
            limits.start(RECORDING)
            with recorder:
                runner.run()
        except BaseException:
            continue
        finally:
            limits.stop()


def _row(
    judge: Judge, file: int, edits: list[Any], calls: list[Call], each: float, tell: Any, number: int
) -> list[str] | None:
    """What one candidate answers; None where it cannot be put into the running program, or tells it itself."""
    if any(judge.files[file].unit_at(start, end) < 0 for start, end, _ in edits):
        _in_a_child(judge, file, edits, calls, each, tell, number)
        return None
    try:
        made = judge.swaps(file, edits)
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
        return None
    if made is None:
        return None
    for swap, _ in made.values():
        swap.on()
    try:
        return _answers(judge.state, calls, each)
    finally:
        for swap, _ in made.values():
            swap.off()


def _in_a_child(
    judge: Judge, file: int, edits: list[Any], calls: list[Call], each: float, tell: Any, number: int
) -> None:
    """An edit outside of functions executes its module anew, which is not taken back."""
    judge.guard.is_armed = False
    pid = os.fork()
    judge.guard.is_armed = True
    if pid:
        os.waitpid(pid, 0)
        return
    try:
        source = judge.files[file]
        modules = [vars(m) for m in list(sys.modules.values()) if getattr(m, "__file__", None)]
        limits.start(ANEW)
        carry_over(source.globals, module_code(source, edits)[0], modules)
        limits.stop()
        tell({"row": _answers(State(set()), calls, each), "candidate": number})
    finally:
        os._exit(0)


def _answers(state: State, calls: list[Call], each: float) -> list[str]:
    row = []
    for call in calls:
        state.restore()
        row.append(_answer(call, each))
    return row


def _answer(call: Call, limit: float) -> str:
    try:
        given = call.twin()
        limits.start(limit)
        result = given.function(*given.arguments, **given.keywords)
        if hasattr(result, "__next__"):
            result = list(result)
        text, left = shown(result), _left(call, given)  # what runs here is the program's too
    except limits.Overtime:
        return "no answer in time"
    except BaseException as error:
        return f"raises {type(error).__name__}"
    finally:
        limits.stop()
    if result is None and left:
        return f"leaves {left}"
    return f"{text}, leaving {left}" if left else text


def _left(call: Call, given: Call) -> str:
    """The arguments that are others after the call."""
    before = [shown(a) for a in (*call.arguments, *call.keywords.values())]
    after = [shown(a) for a in (*given.arguments, *given.keywords.values())]
    return ", ".join(text for place, text in enumerate(after) if text != before[place])
