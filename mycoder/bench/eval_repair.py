"""``mycoder eval repair``: how much the offline engine mends, how often it is right, and how fast it is."""

import asyncio
import json
import os
import random
import shutil
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from mycoder.bench.repair_figure import fixed_over_time
from mycoder.bench.repair_tasks import Task, judge, load, write_project
from mycoder.bench.seeded_localise import evaluate_localisation, localised_table
from mycoder.bench.seeded_repair import SeededRow, evaluate_project
from mycoder.repair.engine import repair
from mycoder.repair.outcome import RepairOutcome, RepairRequest


class EvalArgs(msgspec.Struct, frozen=True, kw_only=True):
    """`tasks` is a half-open range of task numbers like ``0:82``; `mutants` a project's folder."""

    data: str = ""
    seconds: float = 30.0
    tasks: str = "0:164"
    mutants: str = ""
    bugs: int = 20
    seed: int = 0
    workers: int = 1
    out: str = "repair-eval.json"
    svg: str = ""
    sandbox: Any = None
    localise_only: bool = False
    """With `mutants`: rank the seeded statements, but do not search for a repair."""
    probe: float = 10.0
    """With `localise_only`: seconds for mutants; 0 for none."""
    every: int = 1
    """Take only each so-many-th task."""


class TaskRow(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    kind: str
    status: str
    correct: bool = False
    correct_offered: bool = False
    operator: str = ""
    plausible: int = 0
    tried: int = 0
    first_at: int = 0
    per_second: float = 0.0
    search_seconds: float = 0.0
    """From the first candidate to the first plausible one."""
    seconds: float = 0.0
    """The whole run: copy, two starts of pytest, search, verification, comparison."""
    why: str = ""
    diff: str = ""


def run(args: EvalArgs, say: Callable[[str], None]) -> int:
    """Prints tables through `say` and writes JSON (and SVG). 0 when the evaluation itself worked, else 2."""
    if args.mutants and args.localise_only:
        localised = asyncio.run(
            evaluate_localisation(Path(args.mutants), args.bugs, args.seed, args.seconds, args.probe, say)
        )
        _write(args, {"mutants": args.mutants, "rows": msgspec.to_builtins(localised)})
        for line in localised_table(localised):
            say(line)
        return 0
    if args.mutants:
        rows = asyncio.run(
            evaluate_project(Path(args.mutants), args.bugs, args.seed, args.seconds, args.workers, say)
        )
        _write(args, {"mutants": args.mutants, "rows": msgspec.to_builtins(rows)})
        for line in _seeded_table(rows):
            say(line)
        return 0
    try:
        tasks = _chosen(load(Path(args.data)), args)
    except FileNotFoundError as error:
        say(f"The data set is not there: {error.filename}. Name its folder with --data.")
        return 2
    result = asyncio.run(evaluate(tasks, args, say))
    _write(args, {"rows": msgspec.to_builtins(result)})
    for line in table(result):
        say(line)
    if args.svg:
        times = [r.search_seconds for r in result if r.status == "fixed"]
        Path(args.svg).write_text(fixed_over_time(times, len(result), args.seconds), encoding="utf-8")
    return 0


def _chosen(tasks: list[Task], args: EvalArgs) -> list[Task]:
    first, _, last = args.tasks.partition(":")
    low, high = int(first or 0), int(last or 10**9) if ":" in args.tasks else int(first) + 1
    return [t for t in tasks if low <= t.number < high][:: args.every]


def _write(args: EvalArgs, body: dict[str, Any]) -> None:
    kept = {
        k: v
        for k, v in msgspec.to_builtins(msgspec.structs.replace(args, sandbox=None)).items()
        if k != "sandbox"
    }
    Path(args.out).write_text(json.dumps({"args": kept, **body}, indent=1), encoding="utf-8")


async def evaluate(tasks: Sequence[Task], args: EvalArgs, say: Callable[[str], None]) -> list[TaskRow]:
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    rows = []
    for task in tasks:
        row = await _one(task, args)
        rows.append(row)
        mark = "correct" if row.correct else row.status
        say(
            f"{task.number:4} {task.kind:16} {mark:9} {row.operator:24} tried {row.tried:6} "
            f"{row.per_second:6.0f}/s search {row.search_seconds:6.2f} s all {row.seconds:5.1f} s"
        )
    return rows


async def _one(task: Task, args: EvalArgs) -> TaskRow:
    place = Path(tempfile.mkdtemp(prefix="mce-"))
    random.seed(args.seed)
    try:
        write_project(task, place / "project")
        request = RepairRequest(seconds=args.seconds, workers=args.workers, seed=args.seed)
        begun = time.monotonic()
        outcome = await repair(place / "project", request, args.sandbox, home=place)
        seconds = time.monotonic() - begun
    finally:
        shutil.rmtree(place, ignore_errors=True)
    patches = [p for p in (outcome.best, *outcome.others[:4]) if p]
    verdicts = await judge(task, [p.files["solution.py"].decode() for p in patches])
    return _row(task, outcome, verdicts, seconds)


def _row(task: Task, outcome: RepairOutcome, verdicts: list[bool], seconds: float) -> TaskRow:
    best = outcome.best
    return TaskRow(
        number=task.number,
        kind=task.kind,
        status=outcome.status,
        correct=bool(verdicts and verdicts[0]),
        correct_offered=any(verdicts),
        operator=best.operator if best else "",
        plausible=outcome.plausible,
        tried=outcome.tried,
        first_at=outcome.is_first_at,
        per_second=outcome.per_second,
        search_seconds=outcome.search_seconds,
        seconds=seconds,
        why=outcome.why,
        diff=best.diff if best else outcome.partial,
    )


def table(rows: Sequence[TaskRow]) -> list[str]:
    """The summary, by bug class and by operator, as lines of text."""
    if not rows:
        return ["no tasks"]
    fixed = [r for r in rows if r.status == "fixed"]
    correct = [r for r in rows if r.correct]
    times = sorted(r.search_seconds for r in fixed) or [0.0]
    whole = sorted(r.seconds for r in fixed) or [0.0]
    lines = [
        "",
        f"tasks {len(rows)}   plausible {_share(len(fixed), len(rows))}   correct first patch "
        f"{_share(len(correct), len(rows))}   correct among 5 offered {sum(r.correct_offered for r in rows)}",
        f"over-fitted first patches {_share(len(fixed) - len(correct), len(fixed))}",
        f"search to the first plausible: median {statistics.median(times):.3f} s, p90 {_p90(times):.2f} s; "
        f"whole run: median {statistics.median(whole):.1f} s, p90 {_p90(whole):.1f} s",
        f"candidates per second: median {statistics.median(r.per_second for r in rows):.0f}; tried up to the "
        f"first plausible one: median {statistics.median([r.first_at for r in fixed] or [0]):.0f}",
        "",
        f"{'bug class':20} {'tasks':>6} {'plausible':>10} {'correct':>8}",
    ]
    for kind, count in Counter(r.kind for r in rows).most_common():
        of = [r for r in rows if r.kind == kind]
        lines.append(
            f"{kind:20} {count:6} {sum(r.status == 'fixed' for r in of):10} {sum(r.correct for r in of):8}"
        )
    lines += ["", f"{'operator':34} {'plausible':>10} {'correct':>8}"]
    for name, count in Counter(r.operator for r in fixed).most_common():
        lines.append(f"{name:34} {count:10} {sum(r.correct for r in fixed if r.operator == name):8}")
    return lines


def _seeded_table(rows: Sequence[SeededRow]) -> list[str]:
    if not rows:
        return ["no seeded bug was noticed by the tests"]
    count = len(rows)
    before, after = (_tops([r.rank for r in rows]), _tops([r.rank_after for r in rows]))
    fixed = [r for r in rows if r.status == "fixed"]
    lines = [
        "",
        f"seeded bugs {count}   localised by statement: {before}; with what the search showed: {after}",
        f"fixed {_share(len(fixed), count)}, byte for byte as it was {sum(r.identical for r in rows)}; "
        f"lines changed at most {max((r.changed_lines for r in fixed), default=0)}; undone without a trace "
        f"{sum(r.undone for r in fixed)} of {len(fixed)}",
        f"candidates per second: median {statistics.median(r.per_second for r in rows):.0f}",
    ]
    if fixed:
        times = sorted(r.seconds for r in fixed)
        lines.append(
            f"whole run of fixed ones: median {statistics.median(times):.1f} s, p90 {_p90(times):.1f} s"
        )
    for kind, number in Counter(r.kind for r in rows).most_common():
        lines.append(
            f"  {kind:24} {number:4}  fixed {sum(r.status == 'fixed' for r in rows if r.kind == kind)}"
        )
    return lines


def _tops(ranks: Sequence[int]) -> str:
    return ", ".join(f"top-{n} {_share(sum(0 < r <= n for r in ranks), len(ranks))}" for n in (1, 5, 10))


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / max(1, whole):.1%})"


def _p90(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(0.9 * len(values)))]
