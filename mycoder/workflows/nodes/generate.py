"""generate: writes the code, with tools or as files in its answer."""

from collections.abc import AsyncGenerator

from mycoder.protocol.events import AnyEvent
from mycoder.workflows.answers import without_blocks
from mycoder.workflows.asking import ask, prompt_of
from mycoder.workflows.definition import ModelNode
from mycoder.workflows.texts import filled
from mycoder.workflows.visit import Kind, Visit


async def run(visit: Visit) -> AsyncGenerator[AnyEvent, None]:
    prompt = filled(prompt_of(visit.spec, "generate"), visit)
    async for event in ask(visit, prompt, writes=True, role="code"):
        yield event
    visit.summary = without_blocks(visit.summary)
    visit.state.answer = visit.summary
    visit.state.rounds += 1


KIND = Kind("generate", "writes the code; counts as a round", ModelNode, run, role="code", prompt="generate")
