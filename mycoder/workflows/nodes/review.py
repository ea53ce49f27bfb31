"""review: a judge rules on the changes, or, from the task alone, on designed tests that fail."""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated, Literal

from msgspec import Meta

from mycoder.protocol.events import AnyEvent, Noticed
from mycoder.workflows.asking import ask, prompt_of
from mycoder.workflows.definition import ModelNode
from mycoder.workflows.designed import place
from mycoder.workflows.state import DesignedTest, Review, disputable
from mycoder.workflows.texts import filled, packaged
from mycoder.workflows.visit import Kind, Visit

_WRONG = ("wrong", "false", "invalid", "incorrect")


class ReviewNode(ModelNode, frozen=True, kw_only=True, forbid_unknown_fields=True):
    tools: str | tuple[str, ...] = "none"
    subject: Annotated[
        Literal["changes", "tests"],
        Meta(description="changes: approve them or not. tests: are the designed tests that fail right?"),
    ] = "changes"
    after: Annotated[
        int, Meta(ge=1, description="With the subject tests: only those that failed so many times.")
    ] = 1


async def run(visit: Visit) -> AsyncGenerator[AnyEvent, None]:
    spec = visit.spec
    assert isinstance(spec, ReviewNode)
    steps = _tests(visit, spec.after) if spec.subject == "tests" else _changes(visit)
    async for event in steps:
        yield event


async def _changes(visit: Visit) -> AsyncIterator[AnyEvent]:
    prompt = filled(prompt_of(visit.spec, "review"), visit)
    async for event in ask(visit, prompt, writes=False, role="judge"):
        yield event
    first, _, rest = visit.summary.strip().partition("\n")
    approved = first.strip(" *#`.:").upper().startswith("APPROVE")
    visit.state.review = Review(ran=visit.ok, approved=approved, notes=rest.strip() or first)


async def _tests(visit: Visit, after: int) -> AsyncIterator[AnyEvent]:
    """The judge sees the task and the tests, and no code."""
    state = visit.state
    disputed = [test for test in disputable(state) if test.failures >= after]
    if not disputed:
        visit.summary = "no test is in dispute"
        return
    listed = "\n\n".join(f"# {test.label}\n{test.source}" for test in disputed)
    prompt = packaged("dispute").replace("{{tests}}", listed).replace("{{task}}", state.task)
    async for event in ask(visit, prompt, writes=False, role="judge"):
        yield event
    for test in disputed:
        test.verdict, test.reason = verdict_on(test, visit.summary)
    wrong = [test for test in disputed if test.verdict == "wrong"]
    right = [test for test in disputed if test.verdict == "right"]
    visit.summary = f"{len(right)} right, {len(wrong)} wrong"
    for test in wrong:
        yield Noticed(
            text=f"Designed test in quarantine: {test.name}: {test.reason}",
            level="warning",
            hint=f"it stays in {state.designed.path}, skipped; judge it yourself",
        )
    if wrong:
        async for event in place(visit):
            yield event


def verdict_on(test: DesignedTest, answer: str) -> tuple[str, str]:
    """(wrong or right, why) by the line of the answer about `test`; a test is right unless that line says wrong."""
    found = re.search(rf"^\W*{re.escape(test.name)}\W+(\w+)\W*(.*)$", answer, re.M)
    if found is None:
        return "right", "the judge said nothing about it"
    return "wrong" if found[1].lower() in _WRONG else "right", found[2].strip()[:300]


KIND = Kind(
    "review", "rules on the changes, or on tests in dispute", ReviewNode, run, role="judge", prompt="review"
)
