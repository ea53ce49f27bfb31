"""The goal of the session at the end of a workflow: the same law as in the plain loop.

The graph has ended and the tests have nothing against it. As long as the goal is not reached, the node that wrote code
last goes on with what was found, in its own conversation where it has one, until the goal's attempts are used up.
"""

from collections.abc import AsyncIterator, Callable

from mycoder.agent.gate import Ruling
from mycoder.models.registry import ModelUnavailable
from mycoder.protocol.events import AnyEvent, EndReason
from mycoder.protocol.messages import Message, Request
from mycoder.workflows.definition import ModelNode, Workflow
from mycoder.workflows.state import State
from mycoder.workflows.texts import filled, packaged
from mycoder.workflows.visit import Services, Visit

WRITERS = ("generate", "fix", "agent", "candidates")
"""Kinds of nodes that can be sent back to work."""
NAME = "goal"
"""Of the visits that are made for the goal, in what people are told."""
MOST_MENDS = 3
"""How often in a row tests that became red by work for the goal are sent back."""
_GOES_ON: tuple[EndReason, ...] = ("budget", "unavailable", "misconfigured", "crashed")

Visits = Callable[[Visit], AsyncIterator[AnyEvent]]
Rules = Callable[[], AsyncIterator[AnyEvent | Ruling]]


def goes_on(ruling: Ruling) -> bool:
    """Whether the run was stopped, and is not over."""
    return ruling.reason in _GOES_ON


class Goal:
    """Of one run. `visit` makes one more visit, `rule` has the tests judge."""

    def __init__(
        self, workflow: Workflow, services: Services, state: State, visit: Visits, rule: Rules
    ) -> None:
        self._workflow, self._services, self._state = workflow, services, state
        self._visit, self._rule = visit, rule

    async def reach(self, ruling: Ruling) -> AsyncIterator[AnyEvent | Ruling]:
        """Events of the checks and of the work; the last item is the Ruling. `ruling` is what the tests said."""
        mended = 0
        while True:
            if ruling.reason == "done":
                mended = 0
                async for item in self._look():
                    if isinstance(item, Ruling):
                        ruling = Ruling(item.reason, item.words, item.message or ruling.message)
                    else:
                        yield item
            elif ruling.reason == "tests_failing" and mended < MOST_MENDS:
                mended += 1
                ruling = Ruling(words=filled(packaged("goal_red"), self._place()))
            if not ruling.words:
                yield ruling
                return
            self._state.goal = ruling.words
            visit = self._place()
            async for event in self._visit(visit):
                yield event
            if visit.stop:
                yield Ruling(visit.stop, message=visit.message)
                return
            async for item in self._rule():
                if isinstance(item, Ruling):
                    ruling = item
                else:
                    yield item

    async def _look(self) -> AsyncIterator[AnyEvent | Ruling]:
        services = self._services
        try:
            judge = services.roles.open("judge")
        except ModelUnavailable as missing:
            yield Ruling("misconfigured", message=str(missing))
            return
        shown = Message("user", filled(packaged("goal"), self._place()))
        async for item in services.ending.rule(judge, services.meter, Request((shown,))):
            yield item

    def _place(self) -> Visit:
        """A visit of the node that wrote last, with what was found in the place of its prompt."""
        writer = self._workflow.nodes.get(self._state.writer)
        told = {}
        if isinstance(writer, ModelNode):
            names = ("role", "model", "temperature", "system", "tools", "thread")
            told = {name: getattr(writer, name) for name in names}
        spec = ModelNode(kind="fix", about="works until the goal is reached", prompt="{{goal}}", **told)
        return Visit(self._services, self._workflow, NAME, spec, self._state)
