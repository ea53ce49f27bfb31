"""A whole evaluation: problems × repetitions, on one engine, with rows that survive."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from mycoder.bench.evaluation import local_engine, ray_engine
from mycoder.bench.evaluation.attempt import MODES, Order, Row
from mycoder.bench.evaluation.problems import load
from mycoder.bench.evaluation.rows import Rows, RunError
from mycoder.bench.evaluation.summary import Summary, markdown, plot, shown, summary
from mycoder.config.paths import Paths
from mycoder.config.settings import Settings
from mycoder.version import __version__
from mycoder.workflows.checking import load as load_workflow
from mycoder.workflows.errors import WorkflowError
from mycoder.workflows.finding import Folders

Say = Callable[[str], None]
ENGINES = ("local", "ray")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for. `only` are parts of task ids; `every` takes each so-many-th."""

    dataset: str
    data: Path
    mode: str = "programmer"
    engine: str = "local"
    address: str = ""
    reps: int = 1
    limit: int = 0
    every: int = 1
    only: tuple[str, ...] = ()
    ks: tuple[int, ...] = (1,)
    seed: int = 0
    max_concurrency: int = 0
    skip_completed: bool = False
    out: Path = Path("eval")


class Progress:
    """A line on a terminal, or one every ten seconds into a file: done, right, time left."""

    def __init__(self, say: Say, total: int, *, is_live: bool) -> None:
        self._say, self._total, self._is_live = say, total, is_live
        self._began = self._told = time.monotonic()
        self._done = self._right = 0

    def add(self, row: Row) -> None:
        self._done += 1
        self._right += row.has_passed
        now = time.monotonic()
        if not self._is_live and now - self._told < 10 and self._done < self._total:
            return
        self._told = now
        left = (now - self._began) / self._done * (self._total - self._done)
        share = self._done * 24 // max(self._total, 1)
        bar = "#" * share + "." * (24 - share)
        line = f"[{bar}] {self._done}/{self._total}, {self._right} passed, {left:.0f} s left"
        self._say(f"\r{line}\x1b[K" if self._is_live else f"{line}\n")

    def close(self) -> None:
        if self._is_live and self._total:
            self._say("\n")


async def evaluate(
    plan: Plan, settings: Settings, say: Say, *, is_live: bool = False
) -> tuple[Summary, Path]:
    """Makes the attempts that are missing and writes rows.jsonl, summary.json, summary.md and plot.svg to `plan.out`.

    Raises DataError, RunError, RayMissing.
    """
    _check(plan)
    problems = [
        p for p in load(plan.dataset, plan.data) if not plan.only or any(w in p.id for w in plan.only)
    ]
    problems = problems[:: max(plan.every, 1)][: plan.limit or None]
    if not problems:
        raise RunError("no problem is left: look at --only, --every and --limit")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    concurrency = plan.max_concurrency or cores
    about = _about(plan, settings, concurrency, len(problems))
    rows = Rows(plan.out)
    rows.begin(about, goes_on=plan.skip_completed)
    orders = _orders(plan, settings, problems, rows)
    progress = Progress(say, len(orders), is_live=is_live)
    async for row in _attempts(plan, orders, concurrency):
        if rows.add(row):
            progress.add(row)
            await asyncio.to_thread(_keep_patch, plan.out / "patches", row)
    progress.close()
    wanted = {f"{problem.id}#{rep}" for problem in problems for rep in range(1, plan.reps + 1)}
    counted = [row for row in rows.all() if row.key in wanted]
    figures = summary(counted, plan.ks)
    await asyncio.to_thread(_write, plan.out, about, figures, counted)
    for name, value in shown(figures):
        say(f"{name}: {value}\n")
    return figures, plan.out


def _check(plan: Plan) -> None:
    """Raises RunError for what would make every attempt fail, or a figure that cannot be had."""
    if plan.engine not in ENGINES:
        raise RunError(f"there is no engine {plan.engine!r}; there are: {', '.join(ENGINES)}")
    if min(plan.ks) < 1 or max(plan.ks) > plan.reps:
        most = max(plan.ks)
        raise RunError(
            f"pass@{most} needs at least {max(most, 1)} attempts at each task: --reps {max(most, 1)}"
        )
    if plan.mode in MODES:
        return
    place = Paths.from_env(os.environ)
    try:
        load_workflow(plan.mode, Folders.of(plan.out, place.config, is_trusted=False), os.environ)
    except WorkflowError as wrong:
        raise RunError(
            f"there is no mode {plan.mode!r} ({', '.join(MODES)}); as a workflow: {wrong}"
        ) from None


def _about(plan: Plan, settings: Settings, concurrency: int, count: int) -> dict[str, Any]:
    return {
        "dataset": plan.dataset,
        "mode": plan.mode,
        "model": settings.model,
        "roles": {k: v.model for k, v in msgspec.structs.asdict(settings.roles).items() if v.model},
        "tasks": count,
        "reps": plan.reps,
        "seed": plan.seed,
        "engine": plan.engine,
        "max_concurrency": concurrency,
        "version": __version__,
        "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }


def _orders(plan: Plan, settings: Settings, problems: Sequence[Any], rows: Rows) -> list[Order]:
    plain = msgspec.to_builtins(settings)
    work = plan.out / "work"
    return [
        Order(
            problem=problem,
            rep=rep,
            mode=plan.mode,
            seed=plan.seed + rep - 1 if plan.seed else 0,
            settings=plain,
            folder=str((work / f"{number}-{rep}").absolute()),
        )
        for number, problem in enumerate(problems)
        for rep in range(1, plan.reps + 1)
        if not rows.has(f"{problem.id}#{rep}")
    ]


async def _attempts(plan: Plan, orders: Sequence[Order], concurrency: int) -> AsyncIterator[Row]:
    if not orders:
        return
    match plan.engine:
        case "local":
            made = local_engine.run(orders, concurrency)
        case _:
            made = ray_engine.run(orders, concurrency, plan.address)
    async for row in made:
        yield row


def _keep_patch(folder: Path, row: Row) -> None:
    if not row.patch:
        return
    folder.mkdir(exist_ok=True)
    name = "".join(c if c.isalnum() or c in "-_." else "_" for c in f"{row.task}-{row.rep}")
    (folder / f"{name}.patch").write_text(row.patch, encoding="utf-8")


def _write(out: Path, about: dict[str, Any], figures: Summary, rows: Sequence[Row]) -> None:
    whole = {"about": about, "figures": msgspec.to_builtins(figures, str_keys=True)}
    (out / "summary.json").write_bytes(msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n")
    (out / "summary.md").write_text(markdown(about, figures, rows), encoding="utf-8")
    title = f"{about['dataset']}, {about['mode']}"
    (out / "plot.svg").write_text(plot(figures, rows, title), encoding="utf-8")
