"""fix: changes the code by what a test run or a diagnosis says."""

from collections.abc import AsyncGenerator

from mycoder.protocol.events import AnyEvent
from mycoder.workflows.answers import without_blocks
from mycoder.workflows.asking import ask, prompt_of
from mycoder.workflows.definition import ModelNode
from mycoder.workflows.texts import filled
from mycoder.workflows.visit import Kind, Visit


async def run(visit: Visit) -> AsyncGenerator[AnyEvent, None]:
    state = visit.state
    async for event in ask(visit, filled(prompt_of(visit.spec, "fix"), visit), writes=True, role="code"):
        yield event
    visit.summary = without_blocks(visit.summary)
    state.answer = visit.summary
    state.rounds += 1
    state.iteration += 1


KIND = Kind(
    "fix", "changes the code; counts as a round and an iteration", ModelNode, run, role="code", prompt="fix"
)
