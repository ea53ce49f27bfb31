"""select: goes back to the best candidate of the run, by the test runs it has seen."""

from collections.abc import AsyncGenerator

from mycoder.protocol.events import AnyEvent, Noticed
from mycoder.workflows.candidates import is_best, restore_best
from mycoder.workflows.definition import NodeSpec
from mycoder.workflows.visit import Kind, Visit


async def run(visit: Visit) -> AsyncGenerator[AnyEvent, None]:
    state, services = visit.state, visit.services
    if is_best(state):
        visit.summary = "the code is the best candidate already"
        return
    paths = restore_best(state, services)
    for event in services.tools("none").leftovers():
        yield event
    failing = -state.best.score[1]
    visit.summary = f"went back to the best candidate ({failing} failing): {', '.join(paths)}"
    yield Noticed(text=visit.summary[:1].upper() + visit.summary[1:])


KIND = Kind("select", "goes back to the best candidate so far", NodeSpec, run)
