"""A long session in a small window: what survives the rebuilds, and what it costs.

The real console script works through hundreds of steps against the scripted model on loopback. The model keeps
nothing in mind but the number of its step; what it can answer in the quiz at the end is what the harness kept for it.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from mycoder.agent.notes import QUESTION
from mycoder.bench.horizon_model import GOAL, TASKS, UNTIL, Actor, literals, plant
from mycoder.bench.overhead import command, environment, make_repository
from mycoder.models.script import Script
from mycoder.models.scripted_server import ScriptedServer
from mycoder.models.scripted_wire import request_of, shared_prefix
from mycoder.models.tokens import estimate_text
from mycoder.protocol.messages import Request

SWITCHES = {
    "checkpoint": ("checkpoints.enabled=false",),
    "note": ("checkpoints.note=false",),
    "memory": ("memory.enabled=false",),
    "verify": ("tests.verify=false",),
    "stall": ("stall.enabled=false",),
}
"""What may be left out, and the settings that do it."""

REBUILD = "The conversation was compacted"
PLAIN = "The conversation so far was compacted"


class Seen(msgspec.Struct):
    """What the requests showed, filled while they come, so that no body has to be kept."""

    steps: int = 0
    rebuilds: int = 0
    largest: int = 0
    """Tokens of the largest request, by the server's own count."""
    tokens: int = 0
    shares: list[float] = []
    aside_shares: list[float] = []
    whole: int = 0
    """Rebuilds after which goal, open tasks and every literal told so far were in the request."""
    late: int = 0
    """Rebuilds after the last literal was told."""
    lacking: list[str] = []
    times: list[float] = []
    cpu: list[float] = []
    """Seconds of processor time that the process itself had used at each request."""
    rss: int = 0


class Watch:
    """Measures each request against the one before."""

    def __init__(self, actor: Actor, steps: int) -> None:
        self.seen, self._actor = Seen(), actor
        self._values = [value for _, value, _ in literals()]
        self._until = min(UNTIL, steps // 4) + 2
        self._before = b""
        self._aside = b""
        self._rebuilt = ""

    def take(self, body: bytes, at: float, pid: int) -> None:
        request = request_of(msgspec.json.decode(body))
        count = estimate_text(body.decode("utf-8", "replace"))
        self.seen.largest = max(self.seen.largest, count)
        self.seen.tokens += count
        if request.messages[-1].text == QUESTION:
            self._aside = body
            self.seen.aside_shares.append(_share(self._before, body))
            return
        self.seen.steps += 1
        self.seen.times.append(at)
        self.seen.cpu.append(_cpu(pid))
        self.seen.rss = max(self.seen.rss, _rss(pid))
        rebuilt = next((m.text for m in request.messages[1:2] if m.text.startswith((REBUILD, PLAIN))), "")
        if rebuilt and rebuilt != self._rebuilt:
            self._rebuilt = rebuilt
            self.seen.rebuilds += 1
            self._look(request)
        elif self._before:
            self.seen.shares.append(_share(self._before, body))
        self._before = body

    def _look(self, request: Request) -> None:
        if self._actor.step <= self._until:
            return
        text = "\n".join(message.text for message in request.messages)
        wanted = [*self._values, GOAL, *(task.split(" ", 1)[1] for task in TASKS)]
        lacking = [value for value in wanted if value not in text]
        self.seen.late += 1
        self.seen.whole += not lacking
        self.seen.lacking += lacking


def _share(before: bytes, now: bytes) -> float:
    """How much of `before`, without its closing brackets, begins `now`."""
    whole = len(before.rstrip(b"]} \n"))
    return min(shared_prefix(before, now) / whole, 1.0) if whole else 1.0


async def measure(steps: int, window: int, without: Sequence[str] = ()) -> dict[str, Any]:
    """One session of `steps` steps with a window of so many tokens; the figures."""
    with tempfile.TemporaryDirectory(prefix="mycoder-horizon-") as base:
        home, repository = Path(base, "home"), Path(base, "repository")
        home.mkdir()
        repository.mkdir()
        plant(repository, steps)
        make_repository(repository, 20)
        actor = Actor(steps)
        watch = Watch(actor, steps)
        pid = 0

        def play(request: Request) -> dict[str, Any]:
            recorded = server.requests[-1]
            watch.take(recorded.body, recorded.at, pid)
            recorded.body = b""
            return actor(request)

        async with ScriptedServer(Script(window=window), play) as server:
            started = time.monotonic()
            process = await asyncio.create_subprocess_exec(
                *command(), *_arguments(steps, window, without),
                cwd=repository, env=environment(home, server.url),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
            pid = process.pid
            out, err = await process.communicate()
            wall = time.monotonic() - started
    if process.returncode != 0:
        sys.stderr.write(f"{out.decode('utf-8', 'replace')[-800:]}{err.decode('utf-8', 'replace')[-800:]}\n")
    return _figures(watch.seen, actor, steps, window, wall, process.returncode or 0)


def _arguments(steps: int, window: int, without: Sequence[str]) -> list[str]:
    settings = [f"context.window={window}", *(value for name in without for value in SWITCHES[name])]
    sets = [part for value in settings for part in ("--set", value)]
    return [
        "--task", f"Work through the notes. {GOAL[0].upper()}{GOAL[1:]}.",
        "--goal", GOAL, "--check", f"test $(wc -l < ledger.py) -eq 1 && grep -q 'done = {steps // 25 * 25}' ledger.py",
        "--model", "openai/scripted", "--engine", "model", "--allow-unverified",
        "--max-steps", str(steps + 60), *sets,
    ]  # fmt: skip


def _figures(seen: Seen, actor: Actor, steps: int, window: int, wall: float, code: int) -> dict[str, Any]:
    gaps = [b - a for a, b in pairwise(seen.times)]
    used = [b - a for a, b in pairwise(seen.cpu)]
    part = max(len(used) // 4, 1)
    return {
        "exit_code": code,
        "steps": seen.steps,
        "window": window,
        "rebuilds": seen.rebuilds,
        "late_rebuilds": seen.late,
        "rebuilds_with_all": seen.whole,
        "lacking": sorted(set(seen.lacking)),
        "largest_request": seen.largest,
        "tokens": seen.tokens,
        "recall_in_context": actor.in_context,
        "recall_by_search": actor.by_search,
        "planted": len(actor.values),
        "prefix_share": statistics.mean(seen.shares) if seen.shares else 1.0,
        "checkpoint_calls": len(seen.aside_shares),
        "checkpoint_prefix_share": min(seen.aside_shares, default=1.0),
        "wall_seconds": wall,
        "step_seconds": statistics.median(gaps) if gaps else 0.0,
        "step_cpu_seconds": statistics.mean(used) if used else 0.0,
        "growth": statistics.mean(used[-part:]) / max(statistics.mean(used[:part]), 1e-9) if used else 1.0,
        "rss_bytes": seen.rss,
        "finished": seen.steps >= steps and code == 0,
    }


def _cpu(pid: int) -> float:
    """Seconds of processor time of the process alone; 0 where the kernel does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rss(pid: int) -> int:
    """Bytes that the process holds now; 0 where the kernel does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:")), 0)


ROWS: tuple[tuple[str, str, str], ...] = (
    ("finished", "the session finished", "yes"),
    ("steps", "steps (requests of the turn)", ""),
    ("rebuilds", "rebuilds", "≥ 3"),
    ("late_rebuilds", "of them after the last literal was told", ""),
    ("rebuilds_with_all", "of these with goal, tasks and all literals in the request", "all"),
    ("largest_request", "largest request, tokens", "≤ window"),
    ("tokens", "tokens sent in all", ""),
    ("recall_in_context", "literals found in the context by the quiz", "40 of 40"),
    ("recall_by_search", "more of them found by search", "together"),
    ("prefix_share", "share of a request that the next repeats, rebuilds left out", "≥ 0.99"),
    ("checkpoint_calls", "calls for a note", ""),
    ("checkpoint_prefix_share", "least share of the prefix that they reuse", "≥ 0.95"),
    ("wall_seconds", "wall, s", ""),
    ("step_seconds", "median step, s", ""),
    ("step_cpu_seconds", "processor time of the process per step, s", ""),
    ("growth", "the same, last quarter of the steps over the first", "≤ 1.2"),
    ("rss_bytes", "largest RSS, MB", "≤ 150"),
)


def table(figures: dict[str, Any]) -> str:
    """The figures as a markdown table beside their aims."""
    lines = ["| figure | measured | aim |", "|---|---|---|"]
    for key, name, aim in ROWS:
        value = figures[key]
        match value:
            case bool():
                shown = "yes" if value else "no"
            case float():
                shown = f"{value:.3f}"
            case _:
                shown = f"{value / 1e6:.1f}" if key == "rss_bytes" else f"{value:,}"
        lines.append(f"| {name} | {shown} | {aim} |")
    if figures["lacking"]:
        lines.append(f"\nmissing after some rebuild: {', '.join(figures['lacking'][:12])}")
    return "\n".join(lines)


def run(*, steps: int = 400, window: int = 16_000, without: Sequence[str] = (), as_json: bool = False) -> str:
    """What `mycoder bench horizon` prints."""
    figures = asyncio.run(measure(steps, window, without))
    show: Callable[[dict[str, Any]], str] = (lambda f: json.dumps(f, indent=2)) if as_json else table
    return show(figures)
