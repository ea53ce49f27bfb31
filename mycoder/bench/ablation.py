"""What each mechanism of long work is worth: the same small scenario with it and without it, by its own setting.

A scripted model shows the mechanism and no model's skill: it forgets, loops and overclaims on purpose.
"""

import asyncio
import subprocess
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from mycoder.bench.horizon import SWITCHES, measure
from mycoder.bench.overhead import command, environment, make_repository
from mycoder.models.scripted_server import ScriptedServer
from mycoder.protocol.messages import Request

Play = Callable[[Request], dict[str, Any]]

FACT = "The staging database answers on port 15432."
LOOP_LIMIT = 60
"""Steps after which the looping scenario is ended by --max-steps."""


async def recall(without: Sequence[str]) -> str:
    """Of forty values from the first quarter of a session, how many a quiz at its end finds."""
    figures = await measure(120, 16_000, without)
    context, search = figures["recall_in_context"], figures["recall_by_search"]
    return f"{context} in context, {search} by search, of {figures['planted']}"


async def loop(without: Sequence[str]) -> str:
    """Steps that a model may take that looks at the same file for ever, in other words each time."""
    count = 0

    def play(_: Request) -> dict[str, Any]:
        nonlocal count
        count += 1
        return _call("shell", command=f"cat README.md | head -{count + 5}")

    _, requests = await _run(play, without, "--max-steps", str(LOOP_LIMIT))
    return f"{requests} steps until it ended"


async def claim(without: Sequence[str]) -> str:
    """What becomes of "done" while the tests are red."""
    count = 0

    def play(_: Request) -> dict[str, Any]:
        nonlocal count
        count += 1
        if count == 1:
            return _call("write", path="note.txt", content="done\n")
        return {"text": "All tests pass."}

    code, requests = await _run(
        play, without, "--allow-unverified", test="def test_it():\n    assert 1 == 2\n"
    )
    return f"{'accepted' if code == 0 else f'refused, exit {code}'} after {requests} requests"


async def remembered(without: Sequence[str]) -> str:
    """Whether a fact of one session is in the first request of the next."""
    seen: list[str] = []

    def play(request: Request) -> dict[str, Any]:
        seen.append("\n".join(m.text for m in request.messages))
        if len(seen) == 1 and any(tool.name == "remember" for tool in request.tools):
            return _call("remember", text=FACT)
        return {"text": "Noted."}

    with tempfile.TemporaryDirectory(prefix="mycoder-ablation-") as base:
        places = _places(Path(base), "")
        first = f"Remember this: {FACT}"
        async with ScriptedServer((), play) as server:
            await _process(places, server.url, first, _sets(without))
            before = len(seen)
            await _process(places, server.url, "What do you know?", _sets(without))
    return "yes" if FACT in seen[before] else "no"


SCENARIOS: dict[str, tuple[str, Callable[[Sequence[str]], Coroutine[Any, Any, str]]]] = {
    "checkpoint": ("values that a quiz finds after the rebuilds", recall),
    "stall": ("a model that goes round in circles", loop),
    "verify": ("a claim of being done with red tests", claim),
    "memory": ("a fact of one session is in the next one's first request", remembered),
}


async def _run(play: Play, without: Sequence[str], *more: str, test: str = "") -> tuple[int, int]:
    """Exit code and number of requests of one task."""
    with tempfile.TemporaryDirectory(prefix="mycoder-ablation-") as base:
        async with ScriptedServer((), play) as server:
            code = await _process(_places(Path(base), test), server.url, "Do it.", [*_sets(without), *more])
            return code, len(server.requests)


def _places(base: Path, test: str) -> tuple[Path, Path]:
    home, repository = base / "home", base / "repository"
    home.mkdir()
    repository.mkdir()
    (repository / "README.md").write_text("one\ntwo\nthree\n", encoding="utf-8")
    if test:
        (repository / "test_it.py").write_text(test, encoding="utf-8")
    make_repository(repository, 3)
    return home, repository


async def _process(places: tuple[Path, Path], url: str, task: str, more: Sequence[str]) -> int:
    home, repository = places
    process = await asyncio.create_subprocess_exec(
        *command(), "--task", task, "--model", "openai/scripted", "--engine", "model", *more,
        cwd=repository, env=environment(home, url),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return await process.wait()


def _sets(without: Sequence[str]) -> list[str]:
    return [part for name in without for value in SWITCHES[name] for part in ("--set", value)]


def _call(tool: str, **arguments: Any) -> dict[str, Any]:
    return {"calls": [{"tool": tool, "arguments": arguments}]}


def run() -> str:
    """What `mycoder bench ablation` prints."""
    lines = ["| left out | scenario | with it | without it |", "|---|---|---|---|"]
    for name, (what, scenario) in SCENARIOS.items():
        kept, left = asyncio.run(scenario(())), asyncio.run(scenario((name,)))
        lines.append(f"| {name} | {what} | {kept} | {left} |")
    return "\n".join(lines)
