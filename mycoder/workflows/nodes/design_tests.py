"""design_tests: designs tests from the words of the task alone. It has no tools and is never shown code."""

from collections.abc import AsyncGenerator
from typing import Annotated

from msgspec import Meta

from mycoder.protocol.events import AnyEvent, Noticed
from mycoder.testing.command import TestCommand
from mycoder.workflows import script_form
from mycoder.workflows.asking import ask, prompt_of
from mycoder.workflows.definition import ModelName, NodeSpec, RoleName, Temperature
from mycoder.workflows.designed import LABELS, Reading, missing_labels, read_tests
from mycoder.workflows.forms import PYTEST, form_of
from mycoder.workflows.state import Designed
from mycoder.workflows.texts import filled, packaged
from mycoder.workflows.visit import Kind, Visit


class DesignNode(NodeSpec, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without tools and thread: what it could see otherwise is the code."""

    role: RoleName = ""
    model: ModelName = ""
    temperature: Temperature = None
    prompt: Annotated[
        str, Meta(description="What is asked; it may name {{task}}, {{vars.…}} and {{limits.…}} only.")
    ] = ""
    system: Annotated[str, Meta(description="The system text.")] = ""
    seconds: Annotated[float, Meta(gt=0, description="Seconds that a basic or edge test may take.")] = 5.0
    large_seconds: Annotated[float, Meta(gt=0, description="Seconds that a large test may take.")] = 20.0


async def run(visit: Visit) -> AsyncGenerator[AnyEvent, None]:
    spec, state, services = visit.spec, visit.state, visit.services
    assert isinstance(spec, DesignNode)
    if services.tests.command is None:
        services.find_tests()
    form = form_of(services.tests.command, services.workspace.root)
    if not form:
        visit.ok, visit.summary = False, _no_form(services.tests.command)
        yield Noticed(text=visit.summary, level="warning")
        return
    async for event in ask(visit, _prompt(visit, form), writes=False, role="design_tests"):
        yield event
    if not visit.ok:
        return
    reading = read_tests(visit.summary, form)
    missing = missing_labels(reading.tests)
    if reading.problem or missing:
        again = packaged("design_again").replace("{{problem}}", _wrong(reading, missing))
        again = again.replace("{{form}}", _FENCES[form == PYTEST]).replace("{{mark}}", _MARKS[form == PYTEST])
        async for event in ask(visit, again, writes=False, role="design_tests"):
            yield event
        reading = _together(reading, read_tests(visit.summary, form))
        missing = missing_labels(reading.tests)
    state.designed = Designed(
        form=form,
        preamble=reading.preamble,
        tests=reading.tests,
        missing=missing,
        problem=reading.problem,
        seconds={label: spec.large_seconds if label == "large" else spec.seconds for label in LABELS},
    )
    visit.ok = bool(reading.tests)
    visit.summary = f"{len(reading.tests)} tests" + (f"; none is {', '.join(missing)}" if missing else "")
    if missing or reading.problem:
        text = f"The designed tests: {visit.summary}" + (f"; {reading.problem}" if reading.problem else "")
        yield Noticed(text=text, level="warning")


_FENCES = ("JavaScript", "Python")
_MARKS = ("//", "#")


def _prompt(visit: Visit, form: str) -> str:
    """The node's prompt; where that is the packaged one for pytest, the one for the form in its place."""
    prompt = prompt_of(visit.spec, "design_tests")
    if form == PYTEST:
        return filled(prompt, visit)
    told = script_form.words(form)
    if prompt == packaged("design_tests"):
        return filled(packaged("design_tests_script"), visit).replace("[form]", told)
    return f"{filled(prompt, visit)}\n\nWrite the tests in {told}: test('title', () => {{ … }})."


def _no_form(command: TestCommand | None) -> str:
    said = f"this project's tests run with `{command.text}`" if command else "nothing here says how tests run"
    return f"No tests are designed: {said}, and the designer writes for pytest, node --test, jest and vitest only."


def _wrong(reading: Reading, missing: list[str]) -> str:
    parts = [reading.problem] if reading.problem else []
    parts += [f"there is no test of the class {label}" for label in missing]
    return "; ".join(parts)


def _together(first: Reading, second: Reading) -> Reading:
    """Both answers; of two tests of one name the later one stands."""
    tests = {test.name: test for test in (*first.tests, *second.tests)}
    preamble = "\n".join(dict.fromkeys(part for part in (first.preamble, second.preamble) if part))
    problem = "" if second.tests else second.problem
    return Reading(list(tests.values()), preamble, problem)


KIND = Kind(
    "design_tests",
    "designs labelled tests without seeing code",
    DesignNode,
    run,
    role="design_tests",
    prompt="design_tests",
)
