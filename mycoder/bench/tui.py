"""What the interface costs: stalls of its event loop, memory, first paint. Figures: docs/performance.md.

The measuring is done by the face in a process of its own (`python -m mycoder.ui.tui.meter`); the first
paint is measured from outside, on a pseudo-terminal, from the start of the process to the prompt on it.
"""

import json
import os
import pty
import select
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping

import msgspec

PROMPT = b"/command"
"""A part of what stands in the empty prompt."""


class Aim(msgspec.Struct, frozen=True):
    """The most that a figure may be. `unit` is s, MB, share or ratio."""

    figure: str
    most: float
    unit: str
    about: str


AIMS = (
    Aim("first_paint", 0.6, "s", "start of the process to the prompt on the screen"),
    Aim("key", 0.05, "s", "longest stall while typing, after 300 replies and 1,000 calls"),
    Aim("append", 0.05, "s", "longest stall while 300 replies and 1,000 calls arrive"),
    Aim("focus", 0.05, "s", "longest stall when the terminal loses and gains the focus"),
    Aim("theme", 0.25, "s", "longest stall when the theme changes"),
    Aim("resize", 0.25, "s", "longest stall when the terminal is resized"),
    Aim("stream_ratio", 2.0, "ratio", "15 kB in 2,500 fragments, against a MarkdownStream alone"),
    Aim("resume", 1.0, "s", "10,000 stored events to the tail on the screen"),
    Aim("rss_mb", 150.0, "MB", "resident memory after the long session"),
    Aim("idle_cpu", 0.01, "share", "processor time while nothing happens"),
)


def first_paint(runs: int = 5, seconds: float = 60.0) -> tuple[float, float]:
    """Medians over `runs` of wall and processor time in seconds. Raises RuntimeError without a prompt."""
    found = [_paint_once(seconds) for _ in range(runs)]
    return statistics.median(wall for wall, _ in found), statistics.median(work for _, work in found)


def _paint_once(seconds: float) -> tuple[float, float]:
    command = [sys.executable, "-m", "mycoder.ui.tui.meter", "--paint"]
    ours, theirs = pty.openpty()
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        close_fds=True,
        env={**os.environ, "TERM": "xterm-256color"},
    )
    os.close(theirs)
    seen = b""
    try:
        while time.perf_counter() - began < seconds:
            if not select.select([ours], [], [], 0.05)[0]:
                continue
            try:
                seen += os.read(ours, 65_536)
            except OSError:
                break
            if PROMPT in seen:
                return time.perf_counter() - began, _worked(process.pid)
        raise RuntimeError(f"no prompt within {seconds} s; the screen began with {seen[:200]!r}")
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def _worked(pid: int) -> float:
    """Processor time of a process so far; 0 where /proc is not there."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            fields = stat.read().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def inside() -> dict[str, float]:
    """The figures that the face measures itself; `*_stall` wall time, `*_work` processor time, in seconds."""
    command = [sys.executable, "-m", "mycoder.ui.tui.meter"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def judged(figures: Mapping[str, float]) -> list[tuple[Aim, float, bool]]:
    """Every aim with its figure and whether it is met.

    Stalls are judged by processor time where that is known: wall time says how busy others keep the machine.
    """
    found = []
    for aim in AIMS:
        value = figures.get(f"{aim.figure}_work", figures.get(aim.figure))
        if value is not None:
            found.append((aim, value, value <= aim.most))
    return found


def table(figures: Mapping[str, float]) -> str:
    rows = [f"{'figure':<14}{'reached':>10}{'aim':>9}  what"]
    for aim, value, is_met in judged(figures):
        wall = figures.get(f"{aim.figure}_stall")
        note = f" (wall {wall:.3f})" if wall is not None else ""
        rows.append(
            f"{aim.figure:<14}{value:>10.3f}{aim.most:>9.2f}  {'' if is_met else 'MISSED: '}{aim.about}{note}"
        )
    return "\n".join(rows)


def run(*, as_json: bool = False) -> int:
    """Measures and prints; 0 when every aim is met, else 1."""
    wall, work = first_paint()
    figures = {"first_paint_stall": round(wall, 4), "first_paint_work": work, **inside()}
    sys.stdout.write((json.dumps(figures) if as_json else table(figures)) + "\n")
    return 0 if all(is_met for _, _, is_met in judged(figures)) else 1


if __name__ == "__main__":
    sys.exit(run(as_json="--json" in sys.argv))
