"""reproduce: a test that fails for the reason that the task describes, made and tried in a second tree.

Nothing of it comes into the project but the file of the test, and that only when it fails as it should.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from typing import Annotated

from msgspec import Meta

from mycoder.protocol.events import AnyEvent, FilesChanged, Noticed, TestsRan
from mycoder.testing.digest import digest
from mycoder.testing.results import Case, TestRun
from mycoder.workflows.asking import ask, prompt_of
from mycoder.workflows.definition import ModelNode
from mycoder.workflows.designed import free_path
from mycoder.workflows.second_trees import SecondTree
from mycoder.workflows.state import Reproduction
from mycoder.workflows.texts import filled, packaged
from mycoder.workflows.visit import Kind, Visit
from mycoder.workflows.weighing import in_file
from mycoder.workspace.workspace import Workspace
from mycoder.workspace.worktrees import WorktreeError

MOST_OF_FAILURE = 4_000
"""Characters of what the test showed that a model reads."""
_OF_THE_TEST = frozenset({"NameError", "SyntaxError", "IndentationError", "TabError", "UnboundLocalError"})
"""Exceptions that, raised in the test itself, say that the test is wrong."""


class ReproduceNode(ModelNode, frozen=True, kw_only=True, forbid_unknown_fields=True):
    path: Annotated[
        str, Meta(description="The file of the test; empty: test_reproduction.py where the tests are.")
    ] = ""
    tries: Annotated[
        int, Meta(ge=1, le=10, description="How often a test that does not fail is sent back.")
    ] = 2
    judged: Annotated[
        bool, Meta(description="A judge says whether it fails for the reason that the task describes.")
    ] = True


async def run(visit: Visit) -> AsyncGenerator[AnyEvent, None]:
    spec, services, state = visit.spec, visit.services, visit.state
    assert isinstance(spec, ReproduceNode)
    path = spec.path or free_path(services.workspace.root, "test_reproduction")
    state.reproduction = Reproduction(path=path)
    try:
        place = await services.second_tree(visit.name)
    except WorktreeError as problem:
        visit.ok, visit.summary = False, str(problem)
        yield _without(visit, str(problem))
        return
    try:
        visit.services = replace(
            services, tools=place.tools, tests=place.tests, workspace=place.workspace, facts=place.facts
        )
        async for event in _written(visit, spec, place):
            yield event
        if visit.stop is None and state.reproduction.tests:
            async for event in _take(visit, services.workspace, place):
                yield event
    finally:
        visit.services = services
        await place.close()
    for event in services.tools("none").leftovers():
        yield event
    visit.ok = bool(state.reproduction.tests)
    visit.summary = f"{path} fails as described" if visit.ok else f"no test: {state.reproduction.reason}"
    if not visit.ok and visit.stop is None:
        yield _without(visit, state.reproduction.reason)


def _without(visit: Visit, why: str) -> Noticed:
    visit.state.reproduction.path = ""
    visit.state.reproduction.reason = why
    return Noticed(text=f"No test shows what the task describes: {why}", level="warning")


async def _written(visit: Visit, spec: ReproduceNode, place: SecondTree) -> AsyncIterator[AnyEvent]:
    """Asks for the test until it fails as it should, or the tries are used up."""
    state, prompt = visit.state, filled(prompt_of(spec, "reproduce"), visit)
    for _ in range(spec.tries):
        async for event in ask(visit, prompt, writes=True, role="design_tests"):
            if isinstance(event, TestsRan | FilesChanged):
                continue  # of the second tree
            yield event
        if visit.stop is not None:
            return
        wrong = await _tried(visit, place)
        if not wrong and spec.judged:
            async for event in _judge(visit):
                yield event
            wrong = state.reproduction.reason
        state.reproduction.reason = wrong
        if not wrong:
            return
        state.reproduction.tests = []
        prompt = (
            packaged("reproduce_again")
            .replace("{{problem}}", wrong)
            .replace("{{path}}", state.reproduction.path)
        )


async def _tried(visit: Visit, place: SecondTree) -> str:
    """Runs the test; what is wrong with it, or nothing."""
    found = visit.state.reproduction
    file = place.tree.root / found.path
    try:
        text = await asyncio.to_thread(file.read_text, encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return f"there is no file {found.path}"
    place.find_tests()
    if place.tests.command is None:
        return "no command is known that runs the tests of this project"
    ran = await place.tests.run((found.path,), seconds=visit.services.test_seconds)
    cases = [ran.cases[name] for name in in_file(ran, found.path)]
    failing = [case for case in cases if case.is_failing]
    if wrong := _wrong(ran, cases, failing, found.path):
        return wrong
    found.text = text
    found.tests = [case.id for case in failing]
    found.failure = digest(ran, place.tests.compare(ran), place.tests.root, limit=MOST_OF_FAILURE)
    return ""


def _wrong(ran: TestRun, cases: list[Case], failing: list[Case], path: str) -> str:
    broken = [case for case in failing if case.phase or (case.kind in _OF_THE_TEST and _is_in(case, path))]
    if broken:
        return f"the test itself does not work: {broken[0].message[:1_000]}"
    if not cases:
        return f"no test of {path} was run. {ran.problem}".strip()
    if not failing:
        return "the test passes, although nothing was changed in the code yet"
    return ""


def _is_in(case: Case, path: str) -> bool:
    return not case.frames or case.frames[-1].path == path


async def _judge(visit: Visit) -> AsyncIterator[AnyEvent]:
    """Sets the reason for which the failure is not the one that the task describes, if so."""
    state = visit.state
    found = state.reproduction
    prompt = packaged("reproduced").replace("{{test}}", found.text).replace("{{failure}}", found.failure)
    prompt = prompt.replace("{{task}}", state.task)
    judge = Visit(visit.services, visit.workflow, f"{visit.name}-judge", _JUDGE, state)
    async for event in ask(judge, prompt, writes=False, role="judge"):
        yield event
    first, _, rest = judge.summary.strip().partition("\n")
    says_no = judge.ok and first.strip(" *#`.:").upper().startswith("NO")
    found.reason = f"it fails for another reason: {rest.strip() or first}"[:1_000] if says_no else ""


async def _take(visit: Visit, workspace: Workspace, place: SecondTree) -> AsyncIterator[AnyEvent]:
    """The file of the test, and nothing else, comes into the project."""
    found = visit.state.reproduction
    worked = tuple(item for item in place.tree.worked() if item.path == found.path)
    refused = ""
    async for item in visit.services.may_carry(f"add the test {found.path}", place.tree.project, worked):
        if isinstance(item, str):
            refused = item
        else:
            yield item
    if refused:
        found.tests, found.reason = [], f"{found.path} was not written: {refused}"
        return
    carried = await asyncio.to_thread(
        place.tree.carry, workspace, "workflow-reproduction", worked, is_whole=True
    )
    if not carried.paths:
        found.tests, found.reason = [], f"{found.path} was changed in the project meanwhile"
        return
    names = ", ".join(found.tests[:3])
    yield Noticed(text=f"This test shows what the task describes, and fails: {names}")


_JUDGE = ModelNode(kind="judge", tools="none")

KIND = Kind(
    "reproduce",
    "writes a test that fails for the described reason",
    ReproduceNode,
    run,
    role="design_tests",
    prompt="reproduce",
)
