"""localise: where in the code the task is likely to be about, by its words, its tracebacks and the tests that fail."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated

from msgspec import Meta

from mycoder.protocol.events import AnyEvent, Noticed
from mycoder.repair.asked import behind
from mycoder.repair.locate import locate
from mycoder.repair.outcome import RepairRequest
from mycoder.testing.several import own_names, part_of
from mycoder.workflows.definition import NodeSpec
from mycoder.workflows.likeness import Likeness
from mycoder.workflows.visit import Kind, Visit
from mycoder.workspace.retrieval import described, rank
from mycoder.workspace.retrieval_index import open_index

RETRIEVAL = "retrieval"
"""Folder of the index below the state of a project."""


class LocaliseNode(NodeSpec, frozen=True, kw_only=True, forbid_unknown_fields=True):
    most: Annotated[int, Meta(ge=1, le=50, description="Most files that are named.")] = 8
    coverage_seconds: Annotated[
        float,
        Meta(ge=0, description="Seconds to run failing tests with coverage, where there are any; 0: never."),
    ] = 60.0


async def run(visit: Visit) -> AsyncGenerator[AnyEvent, None]:
    spec, services, state = visit.spec, visit.services, visit.state
    assert isinstance(spec, LocaliseNode)
    suspicion = await _suspicion(visit, spec.coverage_seconds) if spec.coverage_seconds else {}
    workspace = services.workspace
    index = await asyncio.to_thread(open_index, workspace.root, workspace.state / RETRIEVAL)
    text = "\n".join(part for part in (state.task, state.hints) if part)
    alike = await services.likeness(text, index) if services.likeness is not None else Likeness()
    if alike.problem:
        yield Noticed(text=alike.problem, level="warning")
    found = await asyncio.to_thread(
        lambda: rank(text, index, suspicion=suspicion, likeness=alike.scores, most=spec.most)
    )
    state.places = described(found)
    visit.ok = bool(found)
    visit.summary = (
        ", ".join(item.path for item in found[:5]) or "nothing in the code fits the words of the task"
    )
    yield Noticed(text=f"Likely places: {visit.summary}" if found else visit.summary)


async def _suspicion(visit: Visit, seconds: float) -> dict[str, float]:
    """What tests that fail say of files, 0 to 1; nothing where none is known to fail."""
    bench = visit.services.tests
    last = bench.last
    if last is None or not last.failing or bench.command is None:
        return {}
    # Where several folders have tests, the first one with a failing test is looked at.
    command, root = part_of(bench.command, last.failing[0], bench.root), bench.root
    if command.runner != "pytest":
        return {}
    names = [name for name in last.failing if part_of(bench.command, name, root) is command][:10]
    failing = own_names(command, names, root) if bench.command.parts else tuple(names)
    request = behind(RepairRequest(seconds=seconds, failing=failing), command, root)
    located = await locate(bench.root, request, bench.sandbox)
    found: dict[str, float] = {}
    for place in located.statements:
        found[place.path] = max(found.get(place.path, 0.0), min(place.score, 1.0))
    return found


KIND = Kind("localise", "finds where the task is about; it becomes {{places}}", LocaliseNode, run)
