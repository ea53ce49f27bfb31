"""Approvals: an event with an id, settled by a command with that id. The waiting future stays in here."""

import asyncio
import itertools
from typing import Any

from mycoder.agent.toolbox import Emit, asked
from mycoder.policy.decide import Verdict
from mycoder.protocol.blocks import AnyBlock
from mycoder.protocol.commands import Answer
from mycoder.protocol.events import Asked, AskOption, AskSettled, ToolCalled

ONCE, SESSION, DENY = "once", "session", "deny"


class Approvals:
    """Asks of one session. Where nobody can answer, an ask is a denial, and says so."""

    def __init__(self, *, can_ask: bool) -> None:
        self._can_ask = can_ask
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self._remembered: set[str] = set()

    async def approve(
        self,
        call: ToolCalled,
        arguments: dict[str, Any],
        verdict: Verdict,
        emit: Emit,
        shown: tuple[AnyBlock, ...],
        seconds: float = 0.0,
    ) -> AskSettled:
        """Whether `call` may run, by what was remembered or by asking; after `seconds` (0: never) it may not."""
        kind = _kind(call, arguments)
        if kind in self._remembered:
            return AskSettled(ask_id="", choice=SESSION, by="policy")
        options = (
            AskOption(ONCE, "Allow once"),
            AskOption(SESSION, f"Allow {kind} for this session", remembers=kind),
            AskOption(DENY, "Deny, and say why"),
        )
        question = asked(call, verdict, self._next(), options=options, blocks=shown)
        settled = await self._settle(question, emit, "nobody can approve it here", seconds)
        if settled.choice == SESSION:
            self._remembered.add(kind)
        return settled

    async def question(self, call_id: str, text: str, choices: tuple[str, ...], emit: Emit) -> str:
        """What the person answers to a question of the model: one of `choices`, or free words."""
        options = tuple(AskOption(choice, choice) for choice in choices)
        question = Asked(
            ask_id=self._next(), kind="question", question=text, call_id=call_id, options=options
        )
        settled = await self._settle(question, emit, "")
        return settled.note or ("" if settled.choice == DENY else settled.choice)

    def answer(self, answer: Answer) -> None:
        """Takes the answer; one to an ask that is settled already is ignored."""
        future = self._waiting.get(answer.ask_id)
        if future is not None and not future.done():
            future.set_result(answer)

    @property
    def can_ask(self) -> bool:
        return self._can_ask

    def _next(self) -> str:
        return f"ask-{next(self._numbers)}"

    async def _settle(self, question: Asked, emit: Emit, refusal: str, seconds: float = 0.0) -> AskSettled:
        emit(question)
        if not self._can_ask:
            settled = AskSettled(ask_id=question.ask_id, choice=DENY, note=refusal, by="policy")
        else:
            future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            self._waiting[question.ask_id] = future
            try:
                await asyncio.wait([future], timeout=seconds or None)
            finally:
                del self._waiting[question.ask_id]
            settled = _settled(question.ask_id, future, seconds)
        emit(settled)
        return settled


def _settled(ask_id: str, future: asyncio.Future[Answer], seconds: float) -> AskSettled:
    if not future.done():
        return AskSettled(ask_id=ask_id, choice=DENY, note=f"nobody answered in {seconds:g} s", by="timeout")
    answer = future.result()
    return AskSettled(ask_id=ask_id, choice=answer.choice, note=answer.note)


def _kind(call: ToolCalled, arguments: dict[str, Any]) -> str:
    """What is remembered for the session, spelled out and never shortened."""
    return f"`{arguments.get('command', call.title)}`" if call.tool == "shell" else f"every `{call.tool}`"
