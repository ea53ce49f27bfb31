"""A slash command that takes long, as a running call: every face shows that it runs, since when, what it prints."""

import asyncio
import os
import time
from collections.abc import Callable

import msgspec

from mycoder.protocol.blocks import AnyBlock
from mycoder.protocol.commands import RunSlash
from mycoder.protocol.events import COMMAND, AnyEvent, ToolCalled, ToolFinished, ToolProgressed
from mycoder.session.slash.command import SlashSession
from mycoder.session.slash.registry import find, run_slash
from mycoder.session.waiting import typed

TOOL = "slash"
"""The tool of the call; there is none of that name, since no model made the call."""


class Lasting:
    """One such command while it runs. Its events are those of the agent `COMMAND`, so that no model reads them."""

    def __init__(self, slash: RunSlash, publish: Callable[[AnyEvent], None]) -> None:
        self._slash, self._publish = slash, publish
        self._call = f"slash-{os.urandom(4).hex()}"
        self._blocks: list[AnyBlock] = []

    async def run(self, session: SlashSession) -> None:
        """Carries the command out. What goes wrong is told as its end; when it is stopped, nothing is raised."""
        self._tell(ToolCalled(call_id=self._call, tool=TOOL, title=typed(self._slash)))
        began = time.monotonic()
        ended = ToolFinished(call_id=self._call)
        try:
            await run_slash(session, self._slash.name, self._slash.arguments)
        except asyncio.CancelledError:
            ended = ToolFinished(call_id=self._call, ok=False, output="stopped")
        except Exception as fault:
            # nobody waits for this task: a fault of the command is told as its end
            ended = ToolFinished(
                call_id=self._call, ok=False, output=f"/{self._slash.name} failed: {fault!r}"
            )
        seconds = round(time.monotonic() - began, 2)
        self._tell(msgspec.structs.replace(ended, blocks=tuple(self._blocks), seconds=seconds))

    def progressed(self, text: str) -> None:
        """Tells more of what it prints."""
        self._tell(ToolProgressed(call_id=self._call, text=text))

    def show(self, block: AnyBlock) -> None:
        """Keeps what people are to see at its end."""
        self._blocks.append(block)

    def _tell(self, event: AnyEvent) -> None:
        self._publish(msgspec.structs.replace(event, agent=COMMAND))


def has_to_wait(slash: RunSlash, *, is_busy: bool) -> bool:
    """Whether a command is work of its own, before which what runs has to end. One that does not is answered at
    once, as those are that take no time; `is_busy` tells whether anything runs."""
    command = find(slash.name)
    return command is not None and (command.lasts == "alone" or (command.lasts == "beside" and not is_busy))
