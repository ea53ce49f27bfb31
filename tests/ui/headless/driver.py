"""A process with only the face in it: ``python -m tests.ui.headless.driver SCENARIO [FORM]``."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator

from mycoder.__main__ import _flush
from mycoder.protocol.commands import AnyCommand
from mycoder.protocol.events import (
    AnyEvent,
    TextAdded,
    ToolCalled,
    ToolFinished,
    ToolProgressed,
    TurnEnded,
    UsageChanged,
)
from mycoder.ui.headless import signals
from mycoder.ui.headless.run import Job, run
from tests.ui.headless.playing import USAGE, Played


class Stubborn(Played):
    """Does not end for an interrupt."""

    async def send(self, command: AnyCommand) -> None:
        self.commands.append(command)
        sys.stderr.write(f"told: {type(command).__name__}\n")
        sys.stderr.flush()


class Hanging(Played):
    """Ends the turn, and never closes."""

    async def close(self) -> None:
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                continue


class Blocking(Played):
    """Blocks the event loop for good."""

    async def run(self, prompt: str) -> AsyncIterator[AnyEvent]:
        async for event in super().run(prompt):
            yield event
            while isinstance(event, TextAdded):
                time.sleep(0.05)  # noqa: ASYNC251 -- this is what it does wrong


async def endless(session: Played) -> AsyncIterator[AnyEvent]:
    while not session.commands:
        yield TextAdded(text="x" * 1000)
        await asyncio.sleep(0)
    yield TurnEnded(reason="interrupted")


class Endless(Played):
    def run(self, prompt: str) -> AsyncIterator[AnyEvent]:
        return endless(self)


SCENARIOS = {
    "waits": lambda: Played([TextAdded(text="go")]),
    "stubborn": lambda: Stubborn([TextAdded(text="go")]),
    "hanging": lambda: Hanging([TextAdded(text="go")]),
    "blocking": lambda: Blocking([TextAdded(text="go")]),
    "endless": Endless,
    "answers": lambda: Played([TextAdded(text="go"), TurnEnded(reason="done", answer="the answer")]),
    "works": lambda: Played(
        [
            ToolCalled(call_id="1", tool="read", title="read a.py \x1b[2J"),
            ToolProgressed(call_id="1", text="\x1b[2Jhalf way\n"),
            ToolFinished(call_id="1"),
            UsageChanged(model="m", usage=USAGE, total=USAGE),
            TurnEnded(reason="done", answer="the answer"),
        ]
    ),
    "fails": lambda: Played([TurnEnded(reason="misconfigured", message="No key.")]),
}


def main() -> int:
    scenario, form = sys.argv[1], (sys.argv[2:] or ["text"])[0]
    if scenario.endswith(" and patient"):
        signals.GRACE = signals.LAST = 600.0
        scenario = scenario.removesuffix(" and patient")

    async def open_session(schema: object) -> Played:
        if scenario == "never opens":
            sys.stderr.write("opening\n")
            await asyncio.sleep(3600)
        return SCENARIOS[scenario]()

    code = asyncio.run(run(Job(task="t", form=form), open_session))
    _flush()
    return code


if __name__ == "__main__":
    sys.exit(main())
