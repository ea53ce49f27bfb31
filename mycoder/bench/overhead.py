"""What mycoder itself costs: the real console script against the scripted model on loopback.

Figures are of the machine they are taken on; compare ratios in one run, and medians. A loopback model shows the
mechanism and no model's skill. Token counts are of cl100k_base, whose table comes inside the litellm wheel.
"""

import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from mycoder.models.script import Script, ScriptedCall, Step
from mycoder.models.scripted_server import ScriptedServer
from mycoder.models.scripted_wire import shared_prefix
from mycoder.protocol.messages import Request

STEP = "echo step-{k} && seq 1 50"
"""The shell call of the scenario `steps`, the same as the peers were measured with."""


class Run(msgspec.Struct, frozen=True):
    """One run of the console script. Times in seconds, memory in bytes."""

    exit_code: int
    first_request: float
    """From the start of the process to the first model request."""
    exit_after: float
    """From the last request, which is answered at once, to the end of the process."""
    total: float
    cpu: float
    gaps: tuple[float, ...]
    """Between one model request and the next."""
    pss: int
    """Of the process tree, when the last request came in."""
    bodies: tuple[bytes, ...]
    stored: int


def command() -> list[str]:
    """How the console script of this installation is started."""
    script = Path(sys.executable).with_name("mycoder")
    return [str(script)] if script.exists() else [sys.executable, "-m", "mycoder"]


def script_of(steps: int) -> Script:
    """A model that makes `steps` shell calls, one a reply, and then says that it is done."""
    calls = [Step(calls=(ScriptedCall("shell", {"command": STEP.format(k=k)}),)) for k in range(steps)]
    return Script(steps=(*calls, Step(text="All done.")))


def make_repository(folder: Path, files: int) -> None:
    """A git repository with `files` small files and one commit."""
    for number in range(files):
        place = folder / f"package_{number % 40}"
        place.mkdir(exist_ok=True)
        (place / f"module_{number}.py").write_text(
            f"def value_{number}():\n    return {number}\n", encoding="utf-8"
        )
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.invalid"]
    for arguments in (
        ["init", "-q"],
        ["add", "-A"],
        [*identity, "commit", "-q", "--allow-empty", "-m", "start"],
    ):
        subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


async def measure(steps: int, files: int) -> Run:
    """Runs the console script once in a fresh repository with a fresh home."""
    with tempfile.TemporaryDirectory(prefix="mycoder-bench-") as base:
        home, repository = Path(base, "home"), Path(base, "repository")
        home.mkdir()
        repository.mkdir()
        make_repository(repository, files)
        pss = 0

        def weigh(request: Request) -> None:
            nonlocal pss
            if len(request.messages) >= 2 + 2 * steps:
                pss = tree_pss(process.pid)

        async with ScriptedServer(script_of(steps), weigh) as server:
            adopt_orphans()
            before, started = _children_cpu(), time.time()
            process = await asyncio.create_subprocess_exec(
                *command(),
                "--task",
                "Do the steps.",
                "--model",
                "openai/scripted",
                "--max-steps",
                str(steps + 5),
                cwd=repository,
                env=environment(home, server.url),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            code = await process.wait()
            ended = time.time()
            reap_orphans()
            times = [request.at for request in server.requests]
            return Run(
                exit_code=code,
                first_request=times[0] - started,
                exit_after=ended - times[-1],
                total=ended - started,
                cpu=_children_cpu() - before,
                gaps=tuple(b - a for a, b in pairwise(times)),
                pss=pss,
                bodies=tuple(request.body for request in server.requests),
                stored=_size(home),
            )


def environment(home: Path, url: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "OPENAI_BASE_URL": url,
        "OPENAI_API_KEY": "bench",
    }


def adopt_orphans() -> None:
    """What a sandbox leaves to init becomes a child of this process, so that its time is counted here.

    bubblewrap ends without waiting for the first process of its PID namespace, whose time would go uncounted.
    """
    if sys.platform.startswith("linux"):
        from mycoder.sandbox import kernel  # late: Linux only

        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)


def reap_orphans() -> None:
    """Takes over the time of what was adopted and has ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _children_cpu() -> float:
    import resource  # late: Unix only

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def tree_pss(root: int) -> int:
    """Proportional set size of `root` and its descendants, in bytes; 0 where the kernel does not tell."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir() if Path("/proc").is_dir() else ():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int(
                    entry.joinpath("stat").read_text().rsplit(")", 1)[1].split()[1]
                )
            except (OSError, IndexError, ValueError):
                continue
    tree = {root}
    while grown := {pid for pid, parent in parents.items() if parent in tree} - tree:
        tree |= grown
    return sum(_pss(pid) for pid in tree)


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def time_of(arguments: Sequence[str], runs: int) -> float:
    """Median wall seconds of the console script with `arguments`."""
    times = []
    for _ in range(runs):
        started = time.monotonic()
        subprocess.run(
            [*command(), *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
        )
        times.append(time.monotonic() - started)
    return statistics.median(times)


def tokens(text: str) -> int:
    """Tokens of cl100k_base, whose table is read from the litellm wheel, so that nothing is fetched."""
    from importlib.util import find_spec  # late: only where tokens are counted

    found = find_spec("litellm")
    if found is not None and found.submodule_search_locations:
        tables = Path(found.submodule_search_locations[0], "litellm_core_utils", "tokenizers")
        os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(tables))
    import tiktoken  # late: 50 ms

    return len(tiktoken.get_encoding("cl100k_base").encode(text, disallowed_special=()))


def prefix_share(bodies: Sequence[bytes]) -> tuple[float, int]:
    """Share of each request that the next one repeats from its start, as the mean, and how often it is less than
    all but the closing brackets. A question beside the conversation (a checkpoint's note, which may be asked once
    more) goes on from the request before it, and so does the request after it."""
    shares: list[float] = []
    for number, body in enumerate(bodies[1:], 1):
        before = bodies[max(number - 3, 0) : number]
        shares.append(max(_repeated(one, body) for one in before))
    return (statistics.mean(shares) if shares else 1.0), sum(share < 1.0 for share in shares)


def _repeated(one: bytes, two: bytes) -> float:
    whole = len(one.rstrip(b"]} \n"))
    return min(shared_prefix(one, two) / whole, 1.0) if whole else 0.0


def growth(gaps: Sequence[float]) -> float:
    """Mean of the last 20 over the mean of the first 20."""
    return statistics.mean(gaps[-20:]) / statistics.mean(gaps[:20]) if len(gaps) >= 40 else 1.0


def collect(runs: int, steps: int) -> dict[str, Any]:
    """All figures, as medians over `runs` runs."""
    replies = [asyncio.run(measure(0, 30)) for _ in range(runs)]
    large = [asyncio.run(measure(0, 2_000)) for _ in range(runs)]
    long = [asyncio.run(measure(steps, 30)) for _ in range(max(1, runs // 3))]
    bad = [run.exit_code for run in (*replies, *large, *long) if run.exit_code != 0]
    middle = statistics.median
    one = long[0]
    share, breaks = prefix_share(one.bodies)
    request = msgspec.json.decode(one.bodies[0])
    first, last = one.bodies[0].decode(), one.bodies[-1].decode()
    return {
        "version_seconds": time_of(["--version"], runs * 2),
        "help_seconds": time_of(["--help"], runs * 2),
        "ttfr_seconds": middle(r.first_request for r in replies),
        "ttfr_2000_files_seconds": middle(r.first_request for r in large),
        "exit_seconds": middle(r.exit_after for r in replies),
        "step_wall_seconds": middle(middle(r.gaps) for r in long),
        "step_cpu_seconds": (middle(r.cpu for r in long) - middle(r.cpu for r in replies)) / steps,
        "growth": middle(growth(r.gaps) for r in long),
        "pss_reply_bytes": int(middle(r.pss for r in replies)),
        "pss_steps_bytes": int(middle(r.pss for r in long)),
        "first_request_tokens": tokens(first),
        "first_request_tools": len(request.get("tools", ())),
        "tokens_a_step": (tokens(last) - tokens(first)) / steps,
        "prefix_share": share,
        "prefix_breaks": breaks,
        "requests_for_a_reply": len(replies[0].bodies),
        "stored_bytes": int(middle(r.stored for r in long)),
        "failed_runs": len(bad),
    }


ROWS: tuple[tuple[str, str, str, str], ...] = (
    ("version_seconds", "--version", "s", "0.05"),
    ("help_seconds", "--help", "s", "0.12"),
    ("ttfr_seconds", "time to the first request", "s", "0.20"),
    ("ttfr_2000_files_seconds", "the same with 2,000 files", "s", "0.20"),
    ("exit_seconds", "exit after the answer", "s", "0.10"),
    ("step_wall_seconds", "wall per step", "s", "0.010"),
    ("step_cpu_seconds", "CPU per step", "s", "0.008"),
    ("growth", "last 20 steps over first 20", "×", "1.1"),
    ("pss_reply_bytes", "PSS for a reply", "MB", "50"),
    ("pss_steps_bytes", "PSS after all steps", "MB", "70"),
    ("first_request_tokens", "tokens of the first request", "", "2500"),
    ("first_request_tools", "tools in it", "", "all"),
    ("tokens_a_step", "tokens that a step adds", "", "180"),
    ("prefix_share", "share of a request that the next repeats", "", "1.0"),
    ("prefix_breaks", "breaks of that prefix", "", "0"),
    ("requests_for_a_reply", "requests for one reply", "", "1"),
    ("stored_bytes", "stored", "KB", "184"),
    ("failed_runs", "runs that did not exit 0", "", "0"),
)
"""Key of the figure, what it is, its unit, the aim."""


def table(figures: dict[str, Any]) -> str:
    """The figures as a markdown table beside their aims."""
    lines = ["| figure | measured | aim |", "|---|---|---|"]
    for key, name, unit, aim in ROWS:
        value = figures[key] / {"MB": 1e6, "KB": 1e3}.get(unit, 1)
        shown = f"{value:.3f}" if unit == "s" else f"{value:.2f}" if isinstance(value, float) else str(value)
        lines.append(f"| {name} | {shown} {unit} | {aim} {unit} |".replace("  ", " "))
    return "\n".join(lines)


def run(*, runs: int = 9, steps: int = 200, as_json: bool = False) -> str:
    """What `mycoder bench overhead` prints."""
    figures = collect(runs, steps)
    return json.dumps(figures, indent=2) if as_json else table(figures)
