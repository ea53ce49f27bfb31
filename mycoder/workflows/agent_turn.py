"""An agent's turn inside a turn: a conversation, tools, a model and limits of its own, on the session's one door.

Its events carry the agent's id, so the main conversation does not take them for its own; what it used counts for
the turn it is part of. The conversation can be gone on with in a later agent turn, also after a restart.
"""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from mycoder.agent import loop
from mycoder.agent.conversation import Conversation
from mycoder.agent.gate import Gate
from mycoder.agent.goal import Ending, EndingRules
from mycoder.agent.keeper import Keeper, Rules
from mycoder.agent.limits import Budget, Meter
from mycoder.agent.stall import Patience
from mycoder.agent.toolbox import Toolbox
from mycoder.models.model import CallDelta, Card, Delta, Model
from mycoder.models.retry import RetryPolicy
from mycoder.protocol.cleaning import Cleaner
from mycoder.protocol.events import (
    AnyEvent,
    PromptAdded,
    SessionStarted,
    TurnEnded,
    TurnStarted,
    UsageChanged,
)
from mycoder.protocol.messages import Request
from mycoder.protocol.redact import Redactor
from mycoder.protocol.usage import Usage

LONGEST_ID = 40
"""Characters that OpenAI's wire takes for the id of a call."""


@dataclass(slots=True)
class AgentTurn:
    """All that one agent turn needs. `account` is the meter of the turn that it is part of.

    `steers` is the list that the words of the person come in by. After the run `ended` says how it ended, and
    `used` and `calls` what it took.
    """

    agent: str
    model: Model
    toolbox: Toolbox
    gate: Gate
    account: Meter
    conversation: Conversation
    retries: RetryPolicy
    budget: Budget = field(default_factory=Budget)
    steers: list[str] = field(default_factory=list)
    rules: Rules = field(default_factory=Rules)
    """How the conversation is kept inside the window."""
    patience: Patience = field(default_factory=Patience)
    cleaner: Callable[[], Cleaner] = field(default=lambda: Cleaner(Redactor()))
    """Makes what every event passes before it is part of the conversation."""
    ended: TurnEnded | None = None
    used: Usage = field(default_factory=Usage)
    calls: int = 0


def conversation_of(system: str, facts: str, history: Iterable[AnyEvent] = ()) -> Conversation:
    """A conversation of one agent that begins with `system`; `history` are its events of before, if any."""
    conversation = Conversation()
    conversation.apply(SessionStarted(version="", root="", model="", system=system, facts=facts))
    for event in history:
        conversation.apply(msgspec.structs.replace(event, agent=""))
    conversation.apply(TurnEnded(reason="interrupted"))  # closes a reply that a killed process left open
    return conversation


async def run_agent(turn: AgentTurn, prompt: str) -> AsyncIterator[AnyEvent]:
    """The events of the agent's turn, each with its id, from its TurnStarted to its TurnEnded.

    When it is cancelled it ends by the laws, with the reason ``interrupted``; whoever runs it then stops too.
    """
    meter = Meter(_left(turn))
    inner = loop.Turn(
        conversation=turn.conversation,
        model=_Prefixed(turn.model, turn.agent),
        toolbox=turn.toolbox,
        gate=turn.gate,
        meter=meter,
        inbox=loop.Inbox(steers=turn.steers),
        request=lambda messages: Request(messages, turn.toolbox.specs),
        keeper=Keeper(turn.conversation, meter, rules=turn.rules),
        ending=Ending(None, EndingRules()),
        retries=turn.retries,
        patience=turn.patience,
        cleaner=turn.cleaner(),
        opening=lambda: _said_before(turn.steers),
    )
    async with contextlib.aclosing(loop.run(inner, TurnStarted(prompt=prompt))) as events:
        async for event in events:
            if isinstance(event, UsageChanged):
                event = _counted(turn, event)
            elif isinstance(event, TurnEnded) and not event.agent:
                turn.ended = event
            yield event if event.agent else msgspec.structs.replace(event, agent=turn.agent)


async def _said_before(steers: list[str]) -> AsyncIterator[AnyEvent]:
    """What the person said while no agent was there to hear it, e.g. while the tests ran."""
    while steers:
        yield PromptAdded(text=steers.pop(0), origin="steer")


def _counted(turn: AgentTurn, event: UsageChanged) -> UsageChanged:
    """What it used counts for the agent and for the whole turn."""
    account = turn.account
    turn.used += event.usage
    turn.calls += 1
    account.steps += 1
    account.used += event.usage
    account.total += event.usage
    return msgspec.structs.replace(event, total=account.total)


def _left(turn: AgentTurn) -> Budget:
    """The agent's own limits, or what is left of those of the turn where that is less."""
    account, own = turn.account, turn.budget
    steps = account.budget.steps - account.steps if account.budget.steps else 0
    cost = account.budget.cost - account.used.cost if account.budget.cost else 0.0
    return Budget(
        steps=min((n for n in (own.steps, steps) if n), default=0),
        cost=min((c for c in (own.cost, cost) if c), default=0.0),
    )


class _Prefixed:
    """The model, with ids of calls that begin with the agent's: many providers number the calls of every
    conversation anew, and the log and the journal of a session must tell them apart."""

    def __init__(self, model: Model, agent: str) -> None:
        self._model, self._agent = model, agent

    @property
    def name(self) -> str:
        return self._model.name

    def card(self) -> Card:
        return self._model.card()

    async def stream(self, request: Request) -> AsyncIterator[Delta]:
        deltas: Any = self._model.stream(request)
        try:
            async for delta in deltas:
                if isinstance(delta, CallDelta) and delta.id:
                    named = f"{self._agent}-{delta.id}"[-LONGEST_ID:]
                    yield msgspec.structs.replace(delta, id=named)
                else:
                    yield delta
        finally:
            close = getattr(deltas, "aclose", None)  # generators have it, plain iterators need not
            if close is not None:
                await close()

    async def aclose(self) -> None:
        """The model belongs to whoever opened it."""
