"""Approvals: an event with an id, settled by a command with that id. The waiting future stays in here."""

import asyncio
import contextlib
import itertools
import os
from pathlib import Path
from typing import Any

import msgspec

from mycoder.agent.toolbox import Emit, asked
from mycoder.policy.decide import Policy, Verdict
from mycoder.policy.remembered import Remembered, rules_for_command, rules_for_paths
from mycoder.policy.rules import Rule, paths_of
from mycoder.protocol.blocks import AnyBlock
from mycoder.protocol.commands import Answer
from mycoder.protocol.events import Asked, AskOption, AskSettled, ToolCalled

ONCE, SESSION, ALWAYS, DENY = "once", "session", "always", "deny"


class Approvals:
    """Asks of one session. Where nobody can answer, an ask is a denial, and says so."""

    def __init__(self, *, can_ask: bool, remembered: Remembered | None = None) -> None:
        self._can_ask = can_ask
        self._store = remembered
        self._rules: tuple[Rule, ...] | None = None
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
        must_ask = verdict.rule == "taint"  # what a stranger may have asked for is looked at each time
        if kind in self._remembered and not must_ask:
            return AskSettled(ask_id="", choice=SESSION, by="policy")
        rules = () if must_ask else self._nameable(call, arguments)
        options = [AskOption(ONCE, "Allow once")]
        if not must_ask:
            options.append(AskOption(SESSION, f"Allow {kind} for this session", remembers=kind))
        if rules:
            named = ", ".join(map(str, rules))
            options.append(AskOption(ALWAYS, f"Always allow {named} in this project", remembers=named))
        options.append(AskOption(DENY, "Deny, and say why"))
        question = asked(call, verdict, self._next(), options=tuple(options), blocks=shown)
        settled = await self._settle(question, emit, "nobody can approve it here", seconds)
        if settled.choice in (SESSION, ALWAYS):
            self._remembered.add(kind)
        if settled.choice == ALWAYS and self._store is not None:
            with contextlib.suppress(OSError):  # then it holds for this session
                self._store.add(rules)
            self._rules = None
        return settled

    async def question(self, call_id: str, text: str, choices: tuple[str, ...], emit: Emit) -> str:
        """What the person answers to a question of the model: one of `choices`, or free words."""
        options = tuple(AskOption(choice, choice) for choice in choices)
        question = Asked(
            ask_id=self._next(), kind="question", question=text, call_id=call_id, options=options
        )
        settled = await self._settle(question, emit, "")
        return settled.note or ("" if settled.choice == DENY else settled.choice)

    async def choice(self, question: Asked, emit: Emit) -> AskSettled:
        """Which of its own options the person takes; `question` gets its id here."""
        return await self._settle(msgspec.structs.replace(question, ask_id=self._next()), emit, "")

    def answer(self, answer: Answer) -> None:
        """Takes the answer; one to an ask that is settled already is ignored."""
        future = self._waiting.get(answer.ask_id)
        if future is not None and not future.done():
            future.set_result(answer)

    # -- what is remembered --------------------------------------------------------------------------------------

    @property
    def remembered(self) -> Remembered:
        """What is remembered of this project; of a session without a project's folder nothing."""
        return self._store or Remembered(Path(os.devnull))

    @property
    def of_session(self) -> tuple[str, ...]:
        """What is allowed until the session ends, in words."""
        return tuple(sorted(self._remembered))

    def added_to(self, policy: Policy) -> Policy:
        """`policy` with the rules that were answered for this project."""
        if self._store is None:
            return policy
        if self._rules is None:
            self._rules = self._store.rules()
        return policy.with_rules(allow=self._rules) if self._rules else policy

    def forget(self, numbers: list[int] | None) -> list[str]:
        """Forgets answers by number, or all, those of the session too. Returns what. Raises OSError."""
        gone = [answer.rule for answer in self._store.forget(numbers)] if self._store is not None else []
        if numbers is None:
            gone += self.of_session
        if gone:  # an answer for the project was one for the session as well
            self._remembered.clear()
        self._rules = None
        return gone

    def _nameable(self, call: ToolCalled, arguments: dict[str, Any]) -> tuple[Rule, ...]:
        """The rules that would allow exactly this call; none when rules cannot name it."""
        if self._store is None:
            return ()
        if call.tool != "shell":
            return rules_for_paths(call.tool, paths_of(arguments))
        from mycoder.policy.reading import Reading  # late: the grammar of bash

        return rules_for_command(Reading(str(arguments.get("command", ""))))

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
