"""How one turn runs, as an async generator of events.

Whoever consumes the generator stores each event before asking for the next one, so nothing takes effect that the
log does not know. Interrupting is cancelling the task that consumes it: the stream is closed, the running tools
are cancelled, and what the laws of the protocol still owe is emitted last.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Protocol

import msgspec

from mycoder.agent.conversation import Conversation
from mycoder.agent.gate import Gate, Ruling
from mycoder.agent.goal import Ending
from mycoder.agent.keeper import Keeper
from mycoder.agent.limits import Meter
from mycoder.agent.owed import Owed
from mycoder.agent.reply import Reply, ask
from mycoder.agent.stall import Patience, StallDetector
from mycoder.agent.toolbox import Emit, Toolbox
from mycoder.models.model import Failed, Model
from mycoder.models.retry import RetryPolicy
from mycoder.protocol.cleaning import Cleaner
from mycoder.protocol.events import (
    AnyEvent,
    EndReason,
    PromptAdded,
    ToolCalled,
    TurnEnded,
    TurnStarted,
)
from mycoder.protocol.messages import Message, Request
from mycoder.protocol.redact import Redactor

LOOK_SECONDS = 0.2
"""Between two looks for words of the person while the turn waits for sub-agents."""

MOST_OVERFLOWS = 2
"""How often in a row the request is made smaller when the provider says that it does not fit."""

MOST_EMPTY = 2
"""How often in a row a model is asked again that answered with nothing, or with thoughts alone."""


class Others(Protocol):
    """Sub-agents in the background, as the loop needs them; `workflows.agents.crew.Crew` is one."""

    def take_reports(self) -> list[str]:
        """Results that came in since this was last asked."""

    async def wait(self, seconds: float) -> bool:
        """Waits until a result is there, at most `seconds`; False when nobody works."""


class Inbox(msgspec.Struct, eq=False):
    """Words that came in while the turn was running."""

    steers: list[str] = msgspec.field(default_factory=list)
    follow_ups: list[str] = msgspec.field(default_factory=list)
    others: "Others | None" = None
    """Sub-agents that work in the background."""

    def take_steers(self) -> list[PromptAdded]:
        taken, self.steers[:] = self.steers[:], []
        reports = self.others.take_reports() if self.others else []
        return [
            *(PromptAdded(text=text) for text in reports),
            *(PromptAdded(text=text, origin="steer") for text in taken),
        ]

    async def wait_for_words(self) -> list[PromptAdded]:
        """As `take_steers`; as long as somebody works in the background it waits until there is something."""
        while not (taken := self.take_steers()):
            if self.others is None or not await self.others.wait(LOOK_SECONDS):
                return self.take_steers()
        return taken

    def take_follow_up(self) -> PromptAdded | None:
        return PromptAdded(text=self.follow_ups.pop(0), origin="follow_up") if self.follow_ups else None


class Turn(msgspec.Struct, eq=False):
    """All that one turn needs. The conversation, the gate and the meter outlive it."""

    conversation: Conversation
    model: Model
    toolbox: Toolbox
    gate: Gate
    meter: Meter
    inbox: Inbox
    request: Callable[[tuple[Message, ...]], Request]
    """Makes the request of the messages: adds tools and sampling parameters."""
    keeper: Keeper
    """Keeps the conversation inside the window."""
    ending: Ending
    """What a stop is worth beside the tests: open tasks, and the goal."""
    retries: RetryPolicy
    patience: Patience = msgspec.field(default_factory=Patience)
    cleaner: Cleaner = msgspec.field(default_factory=lambda: Cleaner(Redactor()))
    """What every event passes before it is part of the conversation."""
    opening: Callable[[], AsyncIterator[AnyEvent]] | None = None
    """What is done before the model is asked, e.g. the offline repair; it may end the turn."""
    why_cancelled: EndReason = "interrupted"
    """Set by whoever cancels the turn, before doing so."""

    def see(self, event: AnyEvent) -> None:
        """Everything that is a function of the events takes `event` in."""
        self.conversation.apply(event)
        self.keeper.chronicle.apply(event)
        self.gate.see(event)
        self.ending.see(event)


async def run(turn: Turn, started: TurnStarted) -> AsyncGenerator[AnyEvent, None]:
    """The events of one turn, from `started` to exactly one TurnEnded."""
    owed = Owed()
    owed.see(started)
    reason: EndReason
    try:
        async for made in _steps(turn, started):
            for event in turn.cleaner.push(made):
                owed.see(event)
                turn.see(event)
                yield event
        return
    except asyncio.CancelledError:
        reason, message = turn.why_cancelled, _WHY_CANCELLED.get(turn.why_cancelled, "")
        if task := asyncio.current_task():
            task.uncancel()
    except Exception as fault:  # the laws hold even when we have a fault ourselves
        reason, message = "crashed", f"mycoder has a fault: {type(fault).__name__}: {fault}"
    finally:
        turn.keeper.stop()
    late = turn.toolbox.leftovers()
    for made in late:
        owed.see(made)
    if message and reason in _WHY_CANCELLED:
        message = f"{message} {owed.kept()}"
    left = [*late, *owed.settle(reason, message=message)]
    for event in [event for made in left for event in turn.cleaner.push(made)]:
        turn.see(event)
        yield event


async def _steps(turn: Turn, started: TurnStarted) -> AsyncIterator[AnyEvent]:
    yield started
    if turn.opening is not None:
        async for event in turn.opening():
            yield event
            if isinstance(event, TurnEnded) and not event.agent:
                return
    stall = StallDetector(turn.patience)
    tries: dict[str, int] = {}
    turn.toolbox.denied.clear()
    turn.meter.start()
    while True:
        if spent := turn.meter.spent():
            yield TurnEnded(reason="budget", message=spent)
            return
        reply = Reply()
        async for event in _reply(turn, reply, tries):
            yield event
            if isinstance(event, TurnEnded):
                return
        if reply.failure is not None:
            continue
        calls = [turn.toolbox.called(call) for call in reply.calls]
        for called in calls:
            yield called
        yield turn.meter.count(turn.model, reply)
        for warning in turn.meter.dear():
            yield warning
        async for event in _react(turn, reply, calls, stall):
            yield event
            if isinstance(event, TurnEnded):
                return
        for steer in turn.inbox.take_steers():
            yield steer


async def _reply(turn: Turn, reply: Reply, tries: dict[str, int]) -> AsyncIterator[AnyEvent]:
    """Makes room, asks the model and fills `reply`; after a failure, what is done about it."""
    async for event in turn.keeper.before_request(turn.model, turn.request):
        yield event
    request = turn.request(tuple(turn.conversation.messages))
    async for event in ask(turn.model, request, turn.retries, reply):
        yield event
    if reply.failure is not None:
        yield await _recovery(turn, reply.failure, tries)
    else:
        tries.clear()
        turn.keeper.learn(request, reply.usage)


async def _recovery(turn: Turn, failure: Failed, tries: dict[str, int]) -> AnyEvent:
    """What helps after a failed reply, a few times in a row; a TurnEnded when nothing does."""
    tries[failure.kind] = times = tries.get(failure.kind, 0) + 1
    match failure.kind:
        case "context_overflow" if times <= MOST_OVERFLOWS:
            return await turn.keeper.overflowed(turn.request, times)
        case "empty" if times <= MOST_EMPTY:
            return PromptAdded(text=_EMPTY)
    return _gave_up(failure)


async def _react(
    turn: Turn, reply: Reply, calls: list[ToolCalled], stall: StallDetector
) -> AsyncIterator[AnyEvent]:
    """What follows from a whole reply: its calls, or else what was said meanwhile, or else the end."""
    if calls:
        async for event in _run_calls(turn, calls, stall, reply.text):
            yield event
    elif words := await turn.inbox.wait_for_words():
        for said in words:
            yield said
    else:
        async for item in _end(turn, reply):
            yield item


async def _run_calls(
    turn: Turn, calls: list[ToolCalled], stall: StallDetector, said: str
) -> AsyncIterator[AnyEvent]:
    for call in calls:
        stall.called(call)
    async for event in _emitted(lambda emit: turn.toolbox.run(calls, emit)):
        yield event
        stall.see(event)
    seen = stall.step(said)
    if seen.stop:
        yield TurnEnded(reason="failed", message=f"Stopped: {seen.stop}.")
    elif seen.reminder:
        yield PromptAdded(text=seen.reminder)


async def _emitted(work: Callable[[Emit], Awaitable[None]]) -> AsyncIterator[AnyEvent]:
    """What `work` emits, as it is emitted. Cancelling cancels the work and waits for it."""
    queue: asyncio.Queue[AnyEvent | None] = asyncio.Queue()
    task = asyncio.ensure_future(work(queue.put_nowait))
    task.add_done_callback(lambda _: queue.put_nowait(None))
    try:
        while (event := await queue.get()) is not None:
            yield event
        await task
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])


async def _end(turn: Turn, reply: Reply) -> AsyncIterator[AnyEvent]:
    """The model ended without a call: the gate rules what that is worth."""
    if reply.finish == "length":
        yield PromptAdded(
            text="Your answer was cut off at the length limit. Go on from there, in smaller pieces."
        )
        return
    ruling = Ruling()
    async for item in turn.gate.rule():
        if isinstance(item, Ruling):
            ruling = item
        else:
            yield item
    if ruling.reason == "done" and not ruling.words:
        async for item in turn.ending.rule(
            turn.model, turn.meter, turn.request(tuple(turn.conversation.messages))
        ):
            if isinstance(item, Ruling):
                ruling = msgspec.structs.replace(item, message=item.message or ruling.message)
            else:
                yield item
    if ruling.words:
        yield PromptAdded(text=ruling.words)
    elif follow_up := turn.inbox.take_follow_up():
        yield follow_up
    elif ruling.reason == "done" and turn.toolbox.denied and not turn.gate.has_edited:
        denied = ", ".join(dict.fromkeys(turn.toolbox.denied))
        yield TurnEnded(
            reason="refused", message=f"Not allowed: {denied}. Nothing was changed.", answer=reply.text
        )
    else:
        yield TurnEnded(reason=ruling.reason or "done", message=ruling.message, answer=reply.text)


def _gave_up(failure: Failed) -> TurnEnded:
    reasons: dict[str, EndReason] = {
        "auth": "misconfigured",
        "bad_request": "misconfigured",
        "context_overflow": "budget",
        "rate_limit": "unavailable",
        "server": "unavailable",
        "connection": "unavailable",
        "cut": "unavailable",
        "timeout": "unavailable",
        "empty": "failed",
    }
    said = failure.message.rstrip()
    stop = "." if failure.hint and said[-1:] not in ".!?:" else ""
    message = f"{said}{stop} {failure.hint}".strip()
    return TurnEnded(reason=reasons[failure.kind], message=message)


_WHY_CANCELLED = {
    "interrupted": "The turn was stopped.",
    "timeout": "The turn was stopped by the time limit (--max-time).",
}

_EMPTY = (
    "Your last answer held neither words nor a call. Go on: make the next call, or end with a short report of what "
    "is done and what is not."
)
