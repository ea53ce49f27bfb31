"""``mycoder bench store``: what it costs to resume a session whose log is large.

The log holds ordinary turns, each compacted at its end, so that what a model reads stays small while the log grows.
It is opened in a process of its own, whose largest resident memory is measured. Needs the size in free disk space.
"""

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from mycoder.protocol.events import (
    AnyEvent,
    ContextCompacted,
    SessionStarted,
    TextAdded,
    ToolCalled,
    ToolFinished,
    TurnEnded,
    TurnStarted,
    UsageChanged,
)
from mycoder.protocol.usage import Usage
from mycoder.session.session import Session
from mycoder.session.store import Store

CALLS = 40
"""Calls of a turn."""
MODEL = "scripted/demo"
LINE = "{:04d} a line of what a command has printed, as long as such lines are\n"
OUTPUT = "".join(LINE.format(number) for number in range(400))


class Cost(msgspec.Struct, frozen=True):
    """`log_mb` in 10⁶ bytes, `seconds` from the call that opens the session to the open one, `rss_mb` the largest
    resident memory of the process in 10⁶ bytes and `growth_mb` what of it the resume has added."""

    log_mb: float
    seconds: float
    rss_mb: float
    growth_mb: float
    messages: int


def write_log(state: Path, root: Path, size: int) -> str:
    """Writes the log of a session in `root` of at least `size` bytes; returns the id of the session."""
    session, log = Store(state).create(root, time.time())
    for number, event in enumerate(_events(root), 1):
        log.append(msgspec.structs.replace(event, seq=number, at=time.time()))
        if isinstance(event, TurnEnded) and log.path.stat().st_size >= size:
            break
    log.close()
    return session


def _events(root: Path) -> Iterator[AnyEvent]:
    """A session that never ends."""
    yield SessionStarted(version="0", root=str(root), model=MODEL, system="You help.", facts="None.")
    turn = 0
    while True:
        turn += 1
        yield TurnStarted(turn=turn, prompt=f"Task {turn}: look at the outputs and say what they hold.")
        for call in range(CALLS):
            identity = f"{turn}-{call}"
            yield TextAdded(turn=turn, text="I look at the next one.")
            command = f'{{"command": "cat out/{identity}.txt"}}'
            yield ToolCalled(
                turn=turn, call_id=identity, tool="shell", arguments=command, title=f"cat {identity}"
            )
            yield UsageChanged(turn=turn, model=MODEL, usage=Usage(), total=Usage())
            yield ToolFinished(turn=turn, call_id=identity, output=f"{identity}\n{OUTPUT}")
        yield ContextCompacted(turn=turn, before=50_000, after=500, summary=f"{turn} tasks are done.")
        yield TurnEnded(turn=turn, reason="done", answer="They hold lines.")


def run(*, size: int, as_json: bool = False) -> str:
    """Writes a log of `size` bytes into a folder of its own, resumes it in a fresh process, and tells the cost."""
    with tempfile.TemporaryDirectory(prefix="mycoder-bench-") as place:
        cost = measured(Path(place), size)
    if as_json:
        return msgspec.json.encode(cost).decode()
    return (
        f"log of {cost.log_mb:,.0f} MB resumed in {cost.seconds:.2f} s, largest resident memory {cost.rss_mb:.0f} MB, "
        f"of which the resume added {cost.growth_mb:.0f} MB; {cost.messages} messages for the model"
    )


def measured(place: Path, size: int) -> Cost:
    """As `run`, in the folder `place`. Raises RuntimeError with what the process said when it failed."""
    root, home = place / "project", place / "home"
    root.mkdir()
    session = write_log(home / ".local/state/mycoder", root, size)
    ran = subprocess.run(
        (sys.executable, "-m", "mycoder.bench.big_log", str(root), session),
        env={"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise RuntimeError(ran.stderr)
    return msgspec.json.decode(ran.stdout, type=Cost)


async def _resume(root: str, session: str) -> Cost:
    before, began = _rss(), time.perf_counter()
    log = Path(os.environ["HOME"], ".local/state/mycoder/sessions", f"{session}.jsonl").stat().st_size
    async with Session.open(root, resume=session) as resumed:
        seconds = time.perf_counter() - began
        messages = len(resumed._parts.conversation.messages)
        largest = _rss()
    return Cost(log / 1e6, round(seconds, 3), largest, round(largest - before, 1), messages)


def _rss() -> float:
    """The largest so far, in 10⁶ bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(most * (1 if sys.platform == "darwin" else 1024) / 1e6, 1)


if __name__ == "__main__":
    sys.stdout.write(msgspec.json.encode(asyncio.run(_resume(*sys.argv[1:3]))).decode())
