"""agent: an agent with tools that works until it is done, as the plain loop does."""

from collections.abc import AsyncGenerator

from mycoder.protocol.events import AnyEvent
from mycoder.workflows.asking import ask, prompt_of
from mycoder.workflows.definition import ModelNode
from mycoder.workflows.texts import filled
from mycoder.workflows.visit import Kind, Visit


async def run(visit: Visit) -> AsyncGenerator[AnyEvent, None]:
    async for event in ask(visit, filled(prompt_of(visit.spec, "agent"), visit), writes=False, role="code"):
        yield event
    visit.state.answer = visit.summary


KIND = Kind(
    "agent", "an agent with tools, until it says that it is done", ModelNode, run, role="code", prompt="agent"
)
