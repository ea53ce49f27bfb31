"""debug: finds out why tests fail, from what the run showed and the code that was changed."""

from collections.abc import AsyncGenerator

from mycoder.protocol.events import AnyEvent
from mycoder.workflows.asking import ask, prompt_of
from mycoder.workflows.definition import ModelNode
from mycoder.workflows.texts import filled
from mycoder.workflows.visit import Kind, Visit


class DebugNode(ModelNode, frozen=True, kw_only=True, forbid_unknown_fields=True):
    tools: str | tuple[str, ...] = "none"


async def run(visit: Visit) -> AsyncGenerator[AnyEvent, None]:
    state = visit.state
    prompt = filled(prompt_of(visit.spec, "debug"), visit)
    async for event in ask(visit, prompt, writes=False, role="debug"):
        yield event
    if visit.summary:
        state.tried += [state.diagnosis] if state.diagnosis else []
        state.diagnosis = visit.summary


KIND = Kind(
    "debug", "finds the cause; it becomes {{diagnosis}}", DebugNode, run, role="debug", prompt="debug"
)
