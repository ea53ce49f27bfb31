"""A session that plays given turns, for tests of the face without anything below it."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from mycoder.protocol.commands import AnyCommand, Interrupt
from mycoder.protocol.events import AnyEvent, TurnEnded, TurnStarted
from mycoder.protocol.usage import Usage


class Played:
    """Each `run` plays the next of `turns`; a turn without its end hangs until it is interrupted."""

    id = "played-1"

    def __init__(self, *turns: Sequence[AnyEvent]) -> None:
        self._turns = list(turns)
        self.prompts: list[str] = []
        self.commands: list[AnyCommand] = []
        self.is_closed = False
        self._stopped = asyncio.Event()

    async def run(self, prompt: str) -> AsyncIterator[AnyEvent]:
        self.prompts.append(prompt)
        turn = self._turns.pop(0)
        yield TurnStarted(prompt=prompt)
        for event in turn:
            yield event
        if not turn or not isinstance(turn[-1], TurnEnded):
            await self._stopped.wait()
            yield TurnEnded(reason="interrupted", message="Stopped.")

    async def send(self, command: AnyCommand) -> None:
        self.commands.append(command)
        if isinstance(command, Interrupt):
            self._stopped.set()

    async def close(self) -> None:
        self.is_closed = True


USAGE = Usage(input=1200, cached=1000, output=80, cost=0.0123)
