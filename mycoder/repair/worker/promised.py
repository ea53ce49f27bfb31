"""Which examples of docstrings a plausible candidate keeps."""

from __future__ import annotations

import ast
import contextlib
import io
import math
import sys
from typing import Any

from mycoder.repair.worker import limits
from mycoder.repair.worker.apply import Swap

LATE = "no answer in time"
EACH = 0.2
"""Seconds of processor time for one example."""


def run_promises(judge: Any, request: dict[str, Any], tell: Any) -> None:
    """Tells for every candidate [number, [kept or not, of each example with an answer]]; nothing for candidates outside
    of functions."""
    judge.enter()
    for number, (file, edits) in enumerate(request["candidates"]):
        swaps = _swaps(judge, file, edits)
        if swaps is None:
            continue
        judge.state.restore()
        for swap in swaps:
            swap.on()
        kept = _kept(judge, request["promises"])
        for swap in swaps:
            swap.off()
        tell({"candidate": number, "kept": kept})


def _swaps(judge: Any, number: int, edits: list[Any]) -> list[Swap] | None:
    try:
        made = judge.swaps(number, edits)
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
        return None
    return None if made is None else [swap for swap, _ in made.values()]


def _kept(judge: Any, promises: list[Any]) -> list[bool]:
    kept: list[bool] = []
    session = -1
    space: dict[str, Any] = {}
    for file, now, code, wanted in promises:
        if now != session:
            session, space = now, dict(judge.files[file].globals)
        shown, value = _shown(code, space)
        if wanted:
            kept.append(_agrees(shown, value, wanted))
    return kept


def _shown(code: str, space: dict[str, Any]) -> tuple[str, Any]:
    """What an interactive session shows, and the value itself."""
    output = io.StringIO()
    values: list[Any] = []
    displayed = sys.displayhook
    sys.displayhook = values.append
    try:
        code_object = compile(ast.Interactive(ast.parse(code).body), "<example>", "single")
        limits.start(EACH, wall=EACH + limits.WAIT)
        with contextlib.redirect_stdout(output):
            exec(code_object, space)
        values = [v for v in values if v is not None]
        return output.getvalue() + "\n".join(map(repr, values)), values[-1] if values else None
    except limits.Overtime:
        return LATE, None
    except BaseException as error:
        return f"Traceback {type(error).__name__}", None
    finally:
        limits.stop()
        sys.displayhook = displayed


def _agrees(shown: str, value: Any, wanted: str) -> bool:
    if wanted.startswith("Traceback"):
        name = wanted.splitlines()[-1].split(":")[0].split(".")[-1].strip()
        return shown == f"Traceback {name}"
    if shown.split() == wanted.split():
        return True
    if shown.startswith(("Traceback ", LATE)):
        return False
    try:
        meant = ast.literal_eval(wanted)
        if isinstance(meant, float) and isinstance(value, (int, float)):
            return math.isclose(meant, value, rel_tol=1e-9)
        return bool(meant == value) and isinstance(meant, bool) == isinstance(value, bool)
    except Exception:
        return False
