"""What a stop is worth beside the tests: tasks of the plan that are still open, and the goal of the session.

Checks are run, a model is asked only for what no check says, and without proof the goal counts as not met.
"""

from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec

from mycoder.agent.aside import aside
from mycoder.agent.gate import Ruling
from mycoder.agent.limits import Meter
from mycoder.agent.notes import object_in
from mycoder.models.model import Model
from mycoder.protocol.blocks import PlanItem
from mycoder.protocol.events import (
    AnyEvent,
    GoalChanged,
    ModeChanged,
    Noticed,
    PlanChanged,
    SessionStarted,
    TurnStarted,
)
from mycoder.protocol.messages import Request

_MOST_BROKEN = 2
"""How often in a row a check may be unable to run before the turn ends."""


class CheckRun(msgspec.Struct, frozen=True):
    """How a check ended. `problem` says why it says nothing (not found, time limit); `events` are what it changed."""

    is_passed: bool
    output: str = ""
    problem: str = ""
    events: tuple[AnyEvent, ...] = ()


_UNCHECKED = "The goal is still open: in the mode `plan` nothing is run that could check it."


class EndingRules(msgspec.Struct, frozen=True):
    """`attempts` at the goal in a turn, and how often a stop with open tasks is returned."""

    attempts: int = 12
    open_tasks: int = 3


Check = Callable[[str], Awaitable[CheckRun]]


class Ending:
    """Watches one session's events; `rule` is asked when the tests have nothing against the end of a turn."""

    def __init__(self, check: Check | None = None, rules: EndingRules = EndingRules()) -> None:
        self._check, self._rules = check, rules
        self.goal: GoalChanged | None = None
        self._plan: tuple[PlanItem, ...] = ()
        self._is_planned = False
        """The plan was touched in this turn, so its open tasks are those of this turn."""
        self._returned = self._broken = 0
        self._mode = "auto"

    def see(self, event: AnyEvent) -> None:
        match event:
            case SessionStarted() | ModeChanged():
                self._mode = event.mode
            case TurnStarted(agent=""):
                self._is_planned, self._returned, self._broken = False, 0, 0
                if self.goal is not None and self.goal.status != "met":  # a person has spoken: it counts anew
                    self.goal = msgspec.structs.replace(self.goal, status="open", attempts=0)
            case PlanChanged(agent=""):
                self._plan, self._is_planned = event.items, True
            case GoalChanged():
                self.goal = event if event.text else None

    async def rule(self, model: Model, meter: Meter, request: Request) -> AsyncIterator[AnyEvent | Ruling]:
        """Events of the checks; the last item is the Ruling."""
        if self._mode == "plan":
            is_open = self.goal is not None and self.goal.status != "met"
            yield Ruling("done", message=_UNCHECKED if is_open else "")
            return
        goal = self.goal
        still = [item for item in self._plan if item.status in ("open", "active")]
        if still and self._returned < self._rules.open_tasks and (self._is_planned or goal is not None):
            self._returned += 1
            listed = "\n".join(f"- [{item.status}] {item.label.strip()}" for item in still[:30])
            yield Ruling(words=_OPEN_TASKS.format(tasks=listed))
            return
        if goal is None or goal.status == "met" or self._check is None:
            yield Ruling("done")
            return
        async for item in self._look(goal, self._check, model, meter, request):
            yield item

    async def _look(
        self, goal: GoalChanged, check: Check, model: Model, meter: Meter, request: Request
    ) -> AsyncIterator[AnyEvent | Ruling]:
        goal = msgspec.structs.replace(goal, attempts=goal.attempts + 1)
        why, is_broken = "", False
        for command in goal.checks:
            yield Noticed(text=f"Checking the goal with {command}")
            run = await check(command)
            for event in run.events:
                yield event
            if not run.is_passed:
                is_broken = bool(run.problem)
                why = f"`{command}` {run.problem or 'fails'}:\n{run.output}".strip()
                break
        if not why and (goal.judged or not goal.checks):
            said = await aside(model, request, _JUDGE.format(goal=goal.text))
            if said.usage.input:
                yield meter.count_aside(model, said.usage, "judge")
            why = _verdict(said.text, said.problem)
        self._broken = self._broken + 1 if is_broken else 0
        if not why:
            yield msgspec.structs.replace(goal, status="met", reason="")
            yield Noticed(text=f"Goal reached: {goal.text}")
            yield Ruling("done")
        elif goal.attempts >= self._rules.attempts or self._broken >= _MOST_BROKEN:
            yield msgspec.structs.replace(goal, status="unmet", reason=why[:2000])
            times = f"{goal.attempts} attempt{'s' if goal.attempts > 1 else ''}"
            yield Ruling(
                "failed", message=f"The goal is not reached after {times}: {why.splitlines()[0][:300]}"
            )
        else:
            yield msgspec.structs.replace(goal, reason=why[:2000])
            yield Ruling(words=(_CANNOT_CHECK if is_broken else _NOT_MET).format(goal=goal.text, why=why))


def _verdict(text: str, problem: str) -> str:
    """Why the goal is not met, empty when it is; an answer that cannot be read is no proof."""
    value = object_in(text)
    if value is None or not isinstance(value.get("met"), bool):
        return f"the judge gave no verdict ({problem or 'its answer cannot be read'})"
    reason = " ".join(str(value.get("reason", "")).split())[:1000]
    return "" if value["met"] else reason or "the judge sees no proof"


_OPEN_TASKS = (
    "These tasks of your plan are still open:\n{tasks}\nGo on with them. Those that are done or no longer needed mark "
    "as done or dropped with the tool `plan`; then end."
)

_NOT_MET = (
    "The goal is not reached yet: {goal}\nWhat was found:\n{why}\n\nGo on until it is. If it cannot be reached, say "
    "exactly why."
)

_CANNOT_CHECK = (
    "Whether the goal is reached could not be checked: {goal}\n{why}\n\nThis says nothing about your change. If what "
    "the check needs is missing because of it, put it right; else end and say what is missing."
)

_JUDGE = (
    "[mycoder asks about the goal; this is no new task.] Do not call a tool. The goal of this session is:\n{goal}\n"
    "Judge by what the results above show, not by what was claimed; without proof it is not met. Answer with one JSON "
    'object only: {{"met": true or false, "reason": "what proves it, or what is missing, with a quotation"}}.'
)
