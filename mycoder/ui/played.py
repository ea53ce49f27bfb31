"""A recorded session behind the same door as a living one: it plays events and notes the commands it is sent.

For looking at a stored session, for the screenshots of the documentation, for the benchmark of the interface
and for tests; it is driven by `feed`, or plays a file of events, one JSON object a line.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path

import msgspec

from mycoder.protocol import codec
from mycoder.protocol.blocks import AnyBlock, PlanItem
from mycoder.protocol.commands import AnyCommand, Submit
from mycoder.protocol.events import AnyEvent, Asked, Noticed, TestsRan
from mycoder.protocol.usage import Usage
from mycoder.ui.transcript import Transcript


def load(path: Path) -> list[AnyEvent]:
    """The events of a JSON Lines file. Raises msgspec.ValidationError where a line is not an event."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [codec.decode_event(line) for line in lines if line.strip() and not line.startswith("//")]


class PlayedState(msgspec.Struct, kw_only=True):
    """State of a played session, kept up to date from its events."""

    mode: str = "auto"
    model: str = ""
    root: Path = Path()
    sandbox: str = ""
    is_running: bool = False
    queue: tuple[str, ...] = ()
    asks: dict[str, Asked] = {}
    usage: Usage = Usage()
    context: int = 0
    window: int = 0
    plan: tuple[PlanItem, ...] = ()
    tests: TestsRan | None = None
    branch: str = ""


class PlayedSession:
    """See the module. `sent` holds every command in the order in which it came."""

    def __init__(
        self,
        events: Iterable[AnyEvent] = (),
        *,
        files: Sequence[str] = (),
        branch: str = "",
        slashes: Sequence[tuple[str, str, str]] = (),
    ) -> None:
        self.past: list[AnyEvent] = []
        self.sent: list[AnyCommand] = []
        self.memory = ""
        self.rewound: list[tuple[int, bool, bool]] = []
        self.state = PlayedState(branch=branch)
        self.is_closed = False
        self._files, self._slashes = tuple(files), tuple(slashes)
        self._transcript = Transcript()
        self._listeners: list[asyncio.Queue[AnyEvent | None]] = []
        self.feed(*events)

    def feed(self, *events: AnyEvent) -> None:
        """Let `events` happen now."""
        for event in events:
            self.past.append(event)
            self._transcript.push(event)
            for listener in self._listeners:
                listener.put_nowait(event)
        seen, state = self._transcript, self.state
        state.mode, state.model, state.sandbox = seen.mode, seen.model, seen.sandbox
        state.is_running, state.asks = seen.is_running, dict(seen.asks)
        state.usage, state.context, state.window, state.plan = (
            seen.usage,
            seen.context,
            seen.window,
            seen.plan,
        )
        state.root = Path(seen.root)

    async def send(self, command: AnyCommand) -> None:
        self.sent.append(command)
        if isinstance(command, Submit) and self.state.is_running:
            self.state.queue = (*self.state.queue, command.text)

    def remove_queued(self, index: int) -> None:
        self.state.queue = tuple(text for at, text in enumerate(self.state.queue) if at != index)

    async def events(self, replay: bool = False) -> AsyncIterator[AnyEvent]:
        listener: asyncio.Queue[AnyEvent | None] = asyncio.Queue()
        past = list(self.past) if replay else []
        self._listeners.append(listener)
        try:
            for event in past:
                yield event
            while (event_or_end := await listener.get()) is not None:
                yield event_or_end
        finally:
            self._listeners.remove(listener)

    async def rewind(self, at: int, *, files: bool, talk: bool) -> str:
        self.rewound.append((at, files, talk))
        return "rewound" if talk else ""

    async def own_slashes(self) -> Sequence[tuple[str, str, str]]:
        return self._slashes

    async def memory_text(self) -> str:
        return self.memory

    async def keep_memory(self, before: str, after: str) -> str:
        self.memory = after
        return "Saved."

    def takes_images(self) -> bool:
        return True

    async def files(self) -> Sequence[str]:
        return self._files

    def notice(
        self, text: str, *, level: str = "info", hint: str = "", blocks: tuple[AnyBlock, ...] = ()
    ) -> None:
        plain = {"type": "Noticed", "text": text, "level": level, "hint": hint}
        noticed = msgspec.convert(plain, Noticed)
        self.feed(msgspec.structs.replace(noticed, blocks=blocks))

    async def close(self) -> None:
        self.is_closed = True
        for listener in self._listeners:
            listener.put_nowait(None)
