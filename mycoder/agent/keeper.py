"""Keeps a conversation inside the model's window: checkpoints on the way, a rebuild when it is nearly full.

Nothing here waits for a model. A rebuild is made at once of what is known for certain; the model's note is asked
for in the background, behind the conversation, and is used when it is there.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec

from mycoder.agent.checkpoint import Shelf, checkpoint_of
from mycoder.agent.chronicle import Chronicle
from mycoder.agent.conversation import Conversation
from mycoder.agent.ladder import Ladder
from mycoder.agent.limits import Meter
from mycoder.agent.notes import Note, Noted, ask_note
from mycoder.agent.rebuild import MOST_SHARE, MOST_TOKENS, Live, rebuilt_text, state_text
from mycoder.agent.tail import kept, tail_of
from mycoder.models.model import Model
from mycoder.models.tokens import Gauge, estimate_message, estimate_request, estimate_text
from mycoder.protocol.events import AnyEvent, ContextCompacted, Noticed, TurnEnded
from mycoder.protocol.messages import Message, Request
from mycoder.protocol.usage import Usage

Requesting = Callable[[tuple[Message, ...]], Request]

_UNKNOWN = 32_000
"""Tokens of a window of which nothing is known, where one has to be assumed: after an overflow, or on demand."""

_LOOKS_BIG = 6_000
"""Estimated tokens from which the model's card is read before the first request, which costs 5 ms."""

_LIVE_SECONDS = 1.0


class Rules(msgspec.Struct, frozen=True):
    """`is_on` False leaves the plain summary. `window` in tokens is the person's word, 0 takes the model's."""

    is_on: bool = True
    ladder: tuple[float, ...] = ()
    asks_note: bool = True
    note_seconds: float = 90.0
    window: int = 0
    compact_at: float = 0.85
    tail: int = 15_000


async def _nothing_live() -> Live:
    return Live()


class Keeper(msgspec.Struct, eq=False):
    """One per session. `shelf` is None where nothing is to be kept on disk."""

    conversation: Conversation
    meter: Meter
    chronicle: Chronicle = msgspec.field(default_factory=Chronicle)
    rules: Rules = msgspec.field(default_factory=Rules)
    shelf: Shelf | None = None
    live: Callable[[], Awaitable[Live]] = _nothing_live
    note: Note | None = None
    _gauge: Gauge = msgspec.field(default_factory=Gauge)
    _ladder: Ladder = msgspec.field(default_factory=Ladder)
    _asking: "asyncio.Task[Noted] | None" = None
    _squeezed: int = 0
    """A window that was learnt from a request that did not fit."""

    def __post_init__(self) -> None:
        self._ladder = Ladder(self.rules.ladder)

    # -- the loop asks -------------------------------------------------------------------------------------------

    async def before_request(self, model: Model, requesting: Requesting) -> AsyncIterator[AnyEvent]:
        """Makes room and checkpoints before the next request; a TurnEnded says that there can be no room."""
        async for event in self._take_note(model):
            yield event
        request = requesting(tuple(self.conversation.messages))
        tokens = self._gauge.estimate(request)
        window = self._window(model, tokens)
        if not window:
            return
        usable = usable_of(window)
        if tokens > usable * self.rules.compact_at:
            yield await self.rebuilt(requesting, usable)
            tokens = self._gauge.estimate(requesting(tuple(self.conversation.messages)))
            self._ladder.rebuilt(tokens, usable)
            if tokens > window and not self._squeezed:
                yield TurnEnded(reason="budget", message=_TOO_SMALL.format(window=window, tokens=tokens))
        elif self.rules.is_on and (rung := self._ladder.due(tokens, usable)):
            async for event in self._checkpoint(f"{rung:.0%} of the window"):
                yield event
            self._ask_note(model, request)

    def learn(self, request: Request, usage: Usage) -> None:
        """Takes the provider's own figures of a reply to `request`."""
        self._gauge.learn(request, usage)
        self._squeezed = 0

    async def overflowed(self, requesting: Requesting, times: int) -> ContextCompacted:
        """The provider has refused the request as too large, for the `times`-th time in a row."""
        tokens = self._gauge.estimate(requesting(tuple(self.conversation.messages)))
        self._squeezed = max(1, int(min(tokens, self.rules.window or self.meter.window or tokens) * 0.7))
        return await self.rebuilt(requesting, self._squeezed // times)

    async def rebuilt(self, requesting: Requesting, usable: int = 0) -> ContextCompacted:
        """The declared boundary. `usable` is what the next request may have in tokens."""
        usable = usable or usable_of(self.rules.window or self.meter.window or _UNKNOWN)
        messages = self.conversation.messages
        before = self._gauge.estimate(requesting(tuple(messages)))
        live = await self._look()
        whole = self._keep_whole(messages)
        base = round(estimate_request(requesting(tuple(messages[:1]))) * self._gauge.scale)
        event = ContextCompacted(before=before, after=0, summary="")
        for squeeze in (1.0, 0.5, 0.25, 0.08):
            room = int(max(usable * 0.5 - base, (usable - base) * 0.35) * squeeze)
            event = self._attempt(room, usable, base, live, whole, before)
            if event.after <= usable * self.rules.compact_at * 0.95:
                break
        self.meter.context = 0
        return event

    def describe(self) -> str:
        """What the session knows now, as text for a model that has not seen the conversation."""
        return state_text(self.chronicle, self.note)

    def stop(self) -> None:
        """Ends what still runs for the turn that has ended."""
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    # -- inside --------------------------------------------------------------------------------------------------

    def _window(self, model: Model, tokens: int) -> int:
        known = self.rules.window or self.meter.window
        if not known and tokens > _LOOKS_BIG:
            known = model.card().window
        return min(known, self._squeezed) if known and self._squeezed else known

    def _attempt(
        self, room: int, usable: int, base: int, live: Live, whole: str, before: int
    ) -> ContextCompacted:
        """A rebuild whose sections and tail take about `room` tokens beside the `base` of system text and tools."""
        scale = self._gauge.scale
        messages = self.conversation.messages
        budget = max(int(min(usable * MOST_SHARE, MOST_TOKENS, room * 0.7)), 40)
        if self.rules.is_on:
            text = rebuilt_text(self.chronicle, live, self.note, budget=budget, scale=scale, whole=whole)
        else:
            from mycoder.agent.compaction import plain_summary  # late: only where rebuilds are off

            text = plain_summary(messages[1:], budget)
        used = round(estimate_text(text) * scale)
        tail = tail_of(messages, min(self.rules.tail, max(room - used, 0)), scale)
        shown = sum(map(estimate_message, kept(messages, tail, whole)))
        return ContextCompacted(
            before=before,
            after=base + used + round(shown * scale),
            summary=text,
            keep=tail.keep,
            cuts=tail.cuts,
            whole=whole,
        )

    async def _checkpoint(self, reason: str) -> AsyncIterator[AnyEvent]:
        if self.shelf is None:
            return
        made = checkpoint_of(self.chronicle, await self._look(), self.note, reason)
        try:
            yield await asyncio.to_thread(self.shelf.save, made)
        except OSError as fault:
            yield Noticed(text=f"No checkpoint could be written: {fault}.", level="warning")

    def _ask_note(self, model: Model, request: Request) -> None:
        if self.rules.asks_note and self._asking is None and len(request.messages) > 2:
            asking = ask_note(model, request, self.rules.note_seconds, self.chronicle.steps)
            self._asking = asyncio.ensure_future(asking)

    async def _take_note(self, model: Model) -> AsyncIterator[AnyEvent]:
        """The note that was asked for, when it has come."""
        if self._asking is None or not self._asking.done():
            return
        task, self._asking = self._asking, None
        if task.cancelled() or task.exception() is not None:
            return
        noted = task.result()
        if noted.usage.input:
            yield self.meter.count_aside(model, noted.usage, "checkpoint")
        if noted.note is not None:
            self.note = noted.note
            async for event in self._checkpoint("note of the model"):
                yield event

    async def _look(self) -> Live:
        try:
            async with asyncio.timeout(_LIVE_SECONDS):
                return await self.live()
        except (TimeoutError, OSError):
            return Live()

    def _keep_whole(self, messages: list[Message]) -> str:
        if self.shelf is None or not self.rules.is_on:
            return ""
        try:
            return self.shelf.keep(as_text(messages[1:]), self.conversation.compactions + 1)
        except OSError:
            return ""


def usable_of(window: int) -> int:
    """Tokens that a request may have: the window without a tenth of it, at most 16,000, for the reply."""
    return window - min(window // 10, 16_000)


def as_text(messages: list[Message]) -> str:
    """Messages for a reader with grep: who spoke, then the words as they were."""
    parts: list[str] = []
    names: dict[str, str] = {}
    for message in messages:
        if message.role == "tool":
            parts.append(f"=== result of {names.get(message.call_id, 'a call')}\n{message.text}")
            continue
        if message.text:
            parts.append(f"=== {message.role}\n{message.text}")
        for call in message.calls:
            names[call.id] = call.name
            parts.append(f"=== call of {call.name}\n{call.arguments}")
    return "\n\n".join(parts) + "\n"


_TOO_SMALL = (
    "The model's window of {window:,} tokens cannot hold what is needed at least (about {tokens:,}). "
    "Take a model with a larger window, or set context.window if this one is wrong."
)
