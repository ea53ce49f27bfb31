"""One candidate: made in a second tree, then measured there by the project's tests, which it cannot weaken."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from mycoder.models.registry import ModelUnavailable
from mycoder.protocol.events import AgentEnded, AgentStarted, AnyEvent, FilesChanged, Noticed, TestsRan
from mycoder.testing.integrity.compare import FileVersions, compare
from mycoder.testing.integrity.places import is_test_file
from mycoder.testing.results import TestRun
from mycoder.workflows.answers import without_blocks
from mycoder.workflows.asking import ask
from mycoder.workflows.definition import ModelNode
from mycoder.workflows.patches import Version, fingerprint, size
from mycoder.workflows.second_trees import SecondTree
from mycoder.workflows.texts import filled
from mycoder.workflows.visit import Visit
from mycoder.workflows.weighing import Candidate, counted, outcome_of, regressions
from mycoder.workspace.search import files
from mycoder.workspace.worktrees import Worked, WorktreeError

MOST_OTHERS = 2_000
"""Test files that are read to tell whether code has answers written in."""


@dataclass(slots=True)
class Order:
    """What one candidate is to be."""

    number: int
    of: int
    prompt: str
    temperature: float | None
    model: str
    max_steps: int
    max_cost: float


@dataclass(slots=True)
class Attempt:
    """A candidate and the tree that it stands in, which is there until `close`."""

    order: Order
    visit: Visit
    steers: list[str] = field(default_factory=list)
    """What the person said since it was begun."""
    place: SecondTree | None = None
    worked: tuple[Worked, ...] = ()
    versions: tuple[Version, ...] = ()
    answer: str = ""
    result: Candidate = field(default_factory=lambda: Candidate(number=0, out="it was not made"))

    async def close(self) -> None:
        if self.place is not None:
            await self.place.close()


def attempt_of(visit: Visit, order: Order) -> Attempt:
    """A visit of its own for one candidate; the state is shared, so what it uses is counted there."""
    before = visit.state.visits.get(visit.name, 0)
    name = f"{visit.name}-{before + 1}-{order.number}" if before else f"{visit.name}-{order.number}"
    spec = visit.spec
    assert isinstance(spec, ModelNode)
    temperature, model = order.temperature, order.model or spec.model
    if temperature is not None:
        try:
            visit.services.roles.open(spec.role or "code", model=model, temperature=temperature)
        except ModelUnavailable:
            temperature = None  # a model that was handed over ready made has its own
    limits = msgspec.structs.replace(spec.limits, max_steps=order.max_steps, max_cost=order.max_cost)
    own = msgspec.structs.replace(spec, model=model, temperature=temperature, thread="", limits=limits)
    return Attempt(order, Visit(visit.services, visit.workflow, name, own, visit.state))


async def make(
    attempt: Attempt, before: TestRun | None, tests: asyncio.Semaphore
) -> AsyncGenerator[AnyEvent, None]:
    """Makes the candidate and measures it; `before` is how the project's tests stood, `tests` bounds test runs."""
    visit, order = attempt.visit, attempt.order
    agent = visit.agent
    yield AgentStarted(child=agent, name=visit.name, task=f"candidate {order.number} of {order.of}")
    try:
        async for event in _made(attempt):
            if shown := _as_seen(event):
                yield shown
        if attempt.place is not None and visit.stop in (None, "budget"):
            async with tests:
                attempt.result = await measure(attempt, before)
    except (WorktreeError, OSError) as problem:
        attempt.result = Candidate(number=order.number, out=str(problem))
    if visit.stop not in (None, "budget"):
        attempt.result = Candidate(number=order.number, out=visit.message or str(visit.stop))
    told = described(attempt.result)
    yield AgentEnded(child=agent, ok=not attempt.result.out, summary=told)
    yield Noticed(text=f"Candidate {order.number} of {order.of}: {told}")


async def _made(attempt: Attempt) -> AsyncGenerator[AnyEvent, None]:
    visit = attempt.visit
    attempt.place = place = await visit.services.second_tree(visit.name)
    visit.services = replace(
        visit.services,
        tools=place.tools,
        tests=place.tests,
        workspace=place.workspace,
        facts=place.facts,
        steers=attempt.steers,
    )
    prompt = filled(attempt.order.prompt, visit)
    async for event in ask(visit, prompt, writes=True, role="code"):
        yield event
    attempt.answer = without_blocks(visit.summary)


def _as_seen(event: AnyEvent) -> AnyEvent | None:
    """What of it the session sees: no change and no test run in a second tree is one of the project."""
    match event:
        case FilesChanged():
            return None
        case TestsRan():
            counts = f"{event.passed} passed, {event.failed} failed, {event.errors} errors"
            return Noticed(text=f"tests in its own tree: {counts}", agent=event.agent)
    return event


async def measure(attempt: Attempt, before: TestRun | None) -> Candidate:
    """Runs the tests in the candidate's tree. What it did to the reproduction test is taken back first."""
    place, state, number = attempt.place, attempt.visit.state, attempt.order.number
    assert place is not None
    await asyncio.to_thread(_look, attempt)
    if not attempt.worked:
        return Candidate(number=number, out="it changed no file")
    if not attempt.visit.services.may_change_tests():
        found = await asyncio.to_thread(_weakened, attempt)
        if found:
            return Candidate(number=number, out=f"it takes something away from the tests: {found[0]}")
    code = [version for version in attempt.versions if not is_test_file(version.path)]
    candidate = Candidate(
        number=number, key=fingerprint(code or attempt.versions), lines=size(code or attempt.versions)
    )
    place.find_tests()
    if place.tests.command is None:
        return candidate
    place.start_from(before)
    run = await place.tests.run(seconds=attempt.visit.services.test_seconds)
    own = frozenset(version.path for version in attempt.versions)
    passed, total = counted(run, own, before)
    candidate = msgspec.structs.replace(candidate, passed=passed, total=total)
    if run.problem and before is not None and not before.problem:
        return msgspec.structs.replace(candidate, out=f"its tests prove nothing: {run.problem}")
    if broken := regressions(run, before):
        more = f" and {len(broken) - 1} more" if len(broken) > 1 else ""
        return msgspec.structs.replace(candidate, out=f"it breaks {broken[0]}{more}")
    if state.reproduction.tests and (came := outcome_of(run, state.reproduction.tests)) != "passed":
        return msgspec.structs.replace(candidate, out=f"the test that shows the fault: {came}")
    return candidate


def _look(attempt: Attempt) -> None:
    """What the candidate changed, beside the reproduction test, which is put back."""
    place, reproduction = attempt.place, attempt.visit.state.reproduction
    assert place is not None
    worked: list[Worked] = []
    for item in place.tree.worked():
        if reproduction.tests and item.path == reproduction.path:
            (place.tree.root / item.path).write_text(reproduction.text, encoding="utf-8")
        else:
            worked.append(item)
    attempt.worked = tuple(worked)
    attempt.versions = tuple(
        Version(
            item.path,
            _text(place.tree.project / item.path) if item.before else None,
            item.data.decode("utf-8", "replace") if item.data is not None else None,
        )
        for item in worked
    )


def _weakened(attempt: Attempt) -> list[str]:
    changed = {version.path for version in attempt.versions}
    assert attempt.place is not None
    root = attempt.place.tree.root

    def others() -> list[str]:
        paths = [p for p in files(root) if p.endswith(".py") and is_test_file(p) and p not in changed]
        return [_text(root / path) or "" for path in paths[:MOST_OTHERS]]

    found = compare([FileVersions(v.path, v.before, v.after) for v in attempt.versions], others)
    return [str(finding) for finding in found]


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return None


def described(candidate: Candidate) -> str:
    """What came of it, for people."""
    counts = f"{candidate.passed} of {candidate.total} tests passed" if candidate.total else "no tests to run"
    if candidate.out:
        return f"out, because {candidate.out}" + (f" ({counts})" if candidate.total else "")
    return f"{counts}, {candidate.lines} lines changed"
