"""plan: understands the task and says how to do it, before anything is written."""

from collections.abc import AsyncGenerator

from mycoder.protocol.events import AnyEvent
from mycoder.workflows.asking import ask, prompt_of
from mycoder.workflows.definition import ModelNode
from mycoder.workflows.texts import filled
from mycoder.workflows.visit import Kind, Visit


class PlanNode(ModelNode, frozen=True, kw_only=True, forbid_unknown_fields=True):
    tools: str | tuple[str, ...] = "read"


async def run(visit: Visit) -> AsyncGenerator[AnyEvent, None]:
    async for event in ask(visit, filled(prompt_of(visit.spec, "plan"), visit), writes=False, role="plan"):
        yield event
    visit.state.plan = visit.summary if visit.ok else visit.state.plan


KIND = Kind("plan", "makes a plan; it becomes {{plan}}", PlanNode, run, role="plan", prompt="plan")
