"""Judges one program in a process of its own; runs inside the sandbox with nothing but the standard library.

Reads the specification from the file that is named on the command line. The verdict goes to standard output behind a
word that the judged program does not know, and only when everything has run.
"""

import copy
import io
import json
import math
import os
import re
import signal
import sys
import time
from typing import Any


class Late(BaseException):
    pass


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        spec = json.load(file)
    os.unlink(sys.argv[1])  # what is expected is not there any more when the judged program runs
    out, sys.stdout = sys.stdout, io.StringIO()
    word = spec.pop("word")
    verdict = _inputs(spec) if spec["inputs"] else _program(spec)
    out.write(f"\n{word} {json.dumps(verdict)}\n")
    out.flush()


def _program(spec: dict[str, Any]) -> list[str]:
    """Runs the code and then the test, in one name space."""
    space: dict[str, Any] = {"__name__": "judged"}
    try:
        exec(compile(spec["code"], "solution.py", "exec"), space)
    except BaseException as error:
        return ["error", _told(error)]
    if spec["entry"] and spec["entry"] not in space:
        return ["error", f"there is no function {spec['entry']}"]
    try:
        exec(compile(spec["test"], "test.py", "exec"), space)
    except AssertionError as error:
        return ["wrong", _told(error)]
    except BaseException as error:
        return ["error", _told(error)]
    return ["passed", ""]


def _inputs(spec: dict[str, Any]) -> list[str]:
    """Compares with the reference on every input that the reference answers."""
    try:
        wanted = _answers(_function(spec["reference"], spec["entry"]), spec["inputs"])
    except BaseException as error:
        return ["error", f"the reference: {_told(error)}"]
    if not any(kind == "value" for kind, _, _ in wanted) and spec["test"]:
        return _program(spec)  # JSON cannot hold what this reference takes, e.g. tuples
    try:
        judged = _function(spec["code"], spec["entry"])
    except BaseException as error:
        return ["error", _told(error)]
    for given, (kind, value, took) in zip(spec["inputs"], wanted, strict=True):
        if kind != "value":
            continue
        limit = max(spec["seconds"], 4 * took + 1)
        got, answer, _ = _answer(judged, given, limit)
        if got == "late":
            return ["timeout", f"{spec['entry']}({_short(given)}) takes more than {limit:.0f} s"]
        if got != "value":
            return ["error", f"{spec['entry']}({_short(given)}) raises {answer}"]
        if not _holds(spec, given, value, answer):
            return ["wrong", f"{spec['entry']}({_short(given)}) is {answer!r:.200}, not {value!r:.200}"]
    return ["passed", ""]


def _holds(spec: dict[str, Any], given: list[Any], wanted: Any, answer: Any) -> bool:
    if spec["entry"] == "find_zero" and len(given) == 1:
        # The task has many right answers: any root of the polynomial counts, as HumanEval's own check has it.
        value = sum(factor * answer**power for power, factor in enumerate(given[0]))
        return bool(abs(value) <= 1e-4)
    return _same(wanted, answer, spec["tolerance"])


def _function(code: str, entry: str) -> Any:
    space: dict[str, Any] = {"__name__": "judged"}
    exec(compile(code, "solution.py", "exec"), space)
    return space[entry]


def _answers(function: Any, inputs: list[Any]) -> list[tuple[str, Any, float]]:
    return [_answer(function, given, 20.0) for given in inputs]


def _answer(function: Any, given: list[Any], seconds: float) -> tuple[str, Any, float]:
    """What came of it (value | late | raises), the value, and the seconds that it took."""
    given = copy.deepcopy(given)
    began = time.process_time()

    def ring(*_: object) -> None:
        raise Late

    # Processor time, so that a busy machine does not change a verdict; what sleeps is ended from outside.
    signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        value = function(*given)
        return "value", value, time.process_time() - began
    except Late:
        return "late", None, seconds
    except Exception as error:
        return "raises", type(error).__name__, 0.0
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _same(a: Any, b: Any, tolerance: float) -> bool:
    try:
        if a == b:  # at the speed of C: some answers have millions of parts
            return True
    except Exception:
        return False
    if isinstance(a, float) or isinstance(b, float):
        try:
            near = math.isclose(a, b, rel_tol=1e-7, abs_tol=max(tolerance, 1e-9))
        except (TypeError, OverflowError):
            return bool(a == b)
        return near or a == b or (a != a and b != b)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(_same(x, y, tolerance) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key], tolerance) for key in a)
    if isinstance(a, re.Match):
        return bool(b)  # two matches are never equal; that there is one is the answer
    return bool(a == b)


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:300]


def _short(given: Any) -> str:
    return ", ".join(map(repr, given))[:200]


if __name__ == "__main__":
    main()
