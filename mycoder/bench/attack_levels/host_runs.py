"""How attacks on the host run the real program and real sessions."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from mycoder.bench.attack_levels.stage import BAIT, Stage
from mycoder.config.paths import Paths
from mycoder.config.settings import Settings
from mycoder.config.trust import TrustStore, discover
from mycoder.models.script import ScriptedCall, Step
from mycoder.models.scripted_server import ScriptedServer
from mycoder.protocol.events import AnyEvent
from mycoder.protocol.messages import Request
from mycoder.session.session import Session

Attack = Callable[[Stage], list[str]]
"""Plays one case on a stage that is built; what it returns is what went wrong."""

PACKAGE = str(Path(__file__).parents[3])
SECONDS = 60.0


def command(stage: Stage, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
    """`mycoder` with `words` in the project, as a person's shell would start it."""
    return subprocess.run(
        (sys.executable, "-P", "-m", "mycoder", *words),
        cwd=stage.app,
        env={**stage.env(env), "PYTHONPATH": PACKAGE},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=SECONDS,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def script(code: str, *words: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    """`code` in a Python of its own."""
    return subprocess.run(
        (sys.executable, "-c", code, *words),
        env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": PACKAGE},
        input=stdin,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=SECONDS,
        check=False,
    )


def trust(stage: Stage) -> None:
    """As the person who is asked about the project and says yes."""
    TrustStore(Paths.from_env(stage.env()).trust_file).trust(stage.app, discover(stage.app))


def turn(stage: Stage, *calls: ScriptedCall, settings: Settings | None = None) -> list[AnyEvent]:
    """The events of a turn in which the main agent makes `calls`, one by one, and every other agent just answers."""
    return asyncio.run(asyncio.wait_for(_turn(stage, list(calls), settings or Settings()), SECONDS))


async def _turn(stage: Stage, waiting: list[ScriptedCall], settings: Settings) -> list[AnyEvent]:
    def model(request: Request) -> Step:
        is_main = any(TASK in message.text for message in request.messages if message.role == "user")
        return Step(calls=(waiting.pop(0),)) if is_main and waiting else Step(text="Done.")

    found: list[AnyEvent] = []
    chosen = msgspec.structs.replace(
        settings, sandbox="off", stall=msgspec.structs.replace(settings.stall, enabled=False)
    )
    async with ScriptedServer(play=model) as server:
        env = stage.env({"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": f"sk-{BAIT}"})
        async with Session.open(
            stage.app,
            settings=chosen,
            model="openai/scripted",
            env=env,
            paths=Paths.from_env(env),
            is_ephemeral=True,
        ) as session:
            async for event in session.run(TASK):
                found.append(event)
    return found


TASK = "Have a look at this project."
