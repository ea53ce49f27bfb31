"""test: runs the project's tests, without a model; designed tests are written into the project first."""

from collections.abc import AsyncGenerator
from typing import Annotated

from msgspec import Meta

from mycoder.protocol.events import AnyEvent
from mycoder.workflows.candidates import see_tests
from mycoder.workflows.definition import NodeSpec
from mycoder.workflows.designed import place
from mycoder.workflows.visit import Kind, Visit


class TestNode(NodeSpec, frozen=True, kw_only=True, forbid_unknown_fields=True):
    __test__ = False  # not a test class, whatever pytest thinks of the name

    selection: Annotated[
        tuple[str, ...], Meta(description="Tests to run, as ids, files or -k EXPRESSION; empty: all of them.")
    ] = ()
    seconds: Annotated[float, Meta(ge=0, description="Seconds for the run; 0 takes tests.seconds.")] = 0.0


async def run(visit: Visit) -> AsyncGenerator[AnyEvent, None]:
    spec, services, state = visit.spec, visit.services, visit.state
    assert isinstance(spec, TestNode)
    async for event in place(visit):
        yield event
    bench = services.tests
    if bench.command is None:
        services.find_tests()
    last = bench.last
    if last is None or spec.selection or not last.complete or bench.is_stale():
        last = await bench.run(spec.selection, seconds=spec.seconds or services.test_seconds)
        yield bench.event(last, bench.compare(last))
    see_tests(state, last, services)
    visit.ok = state.tests.green
    counts = f"{state.tests.passed} passed, {state.tests.failed + state.tests.errors} failed"
    visit.summary = state.tests.problem or counts


KIND = Kind("test", "runs the project's tests; the result becomes {{tests.…}}", TestNode, run)
