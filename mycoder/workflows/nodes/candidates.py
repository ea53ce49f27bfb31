"""candidates: makes the change several times in trees of their own, and takes over the best by the project's tests."""

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Annotated

from msgspec import Meta

from mycoder.protocol.events import AnyEvent, Noticed
from mycoder.testing.results import TestRun
from mycoder.workflows.asking import ENDS_THE_RUN, ask, prompt_of
from mycoder.workflows.attempts import Attempt, Order, attempt_of, described, make
from mycoder.workflows.definition import ModelNode
from mycoder.workflows.merging import side_by_side
from mycoder.workflows.state import Chosen
from mycoder.workflows.texts import cut, packaged
from mycoder.workflows.visit import Kind, Visit
from mycoder.workflows.weighing import Choice, choose
from mycoder.workspace.diff import unified

COOLEST, WARMEST = 0.5, 1.0
"""The spread of temperatures, where a node names none."""
MOST_OF_DIFF = 12_000
"""Characters of each candidate that a judge reads."""
_CHOICE = re.compile(r"\bCANDIDATE\s+(\d+)", re.I)


class CandidatesNode(ModelNode, frozen=True, kw_only=True, forbid_unknown_fields=True):
    n: Annotated[int, Meta(ge=1, le=32, description="How many candidates are made.")] = 4
    temperatures: Annotated[
        tuple[Annotated[float, Meta(ge=0, le=2)], ...] | None,
        Meta(
            description="One for each candidate, in turn; unset: spread from 0.5 to 1.0; []: the model's own."
        ),
    ] = None
    models: Annotated[
        tuple[str, ...], Meta(description="Models as provider/name, one for each candidate, in turn.")
    ] = ()
    variants: Annotated[
        tuple[str, ...],
        Meta(description="Texts that are added to the prompt, one for each candidate, in turn."),
    ] = ()


async def run(visit: Visit) -> AsyncGenerator[AnyEvent, None]:
    spec, services = visit.spec, visit.services
    assert isinstance(spec, CandidatesNode)
    before: TestRun | None = None
    async for item in _before(visit):
        if isinstance(item, TestRun):
            before = item
        else:
            yield item
    attempts = [attempt_of(visit, order) for order in _orders(visit, spec)]
    limit = asyncio.Semaphore(max(services.cores, 1))
    try:
        feeds = [make(attempt, before, limit) for attempt in attempts]
        async with contextlib.aclosing(side_by_side(feeds)) as events:
            async for event in events:
                _pass_on(services.steers, attempts)
                yield event
        async with contextlib.aclosing(_take(visit, attempts)) as events:
            async for event in events:
                yield event
    finally:
        for attempt in attempts:
            await attempt.close()


async def _before(visit: Visit) -> AsyncIterator[AnyEvent | TestRun]:
    """How the project's tests stand now; the last item is the run, if there is one."""
    bench = visit.services.tests
    if bench.command is None:
        visit.services.find_tests()
    if bench.command is None:
        return
    last = bench.last
    if last is None or not last.complete or bench.is_stale():
        last = await bench.run(seconds=visit.services.test_seconds)
        yield bench.event(last, bench.compare(last))
    yield last


def _orders(visit: Visit, spec: CandidatesNode) -> list[Order]:
    """What is left of the limits is shared out, because all candidates are made at the same time."""
    services, n = visit.services, spec.n
    role = services.roles.settings(spec.role or "code")
    use = visit.state.uses.get(spec.role or "code")
    meter, budget = services.meter, services.meter.budget
    steps = [budget.steps - meter.steps] if budget.steps else []
    steps += [role.max_calls - (use.calls if use else 0)] if role.max_calls else []
    costs = [budget.cost - meter.used.cost] if budget.cost else []
    costs += [role.budget - (use.cost if use else 0.0)] if role.budget else []
    costs += [spec.limits.max_cost] if spec.limits.max_cost else []
    most = [max(min(steps) // n, 1)] if steps else []
    most += [spec.limits.max_steps] if spec.limits.max_steps else []
    temperatures = spread(n) if spec.temperatures is None else spec.temperatures
    if spec.temperature is not None:
        temperatures = (spec.temperature,)
    prompt = prompt_of(spec, "candidate")
    return [
        Order(
            number=k + 1,
            of=n,
            prompt="\n\n".join(part for part in (prompt, _turn(spec.variants, k, "")) if part),
            temperature=temperatures[k % len(temperatures)] if temperatures else None,
            model=_turn(spec.models, k, ""),
            max_steps=min(most, default=0),
            max_cost=max(min(costs), 1e-9) / n if costs else 0.0,
        )
        for k in range(n)
    ]


def _turn(values: Sequence[str], k: int, otherwise: str) -> str:
    return values[k % len(values)] if values else otherwise


def spread(n: int) -> tuple[float, ...]:
    """`n` temperatures, evenly from the coolest to the warmest."""
    step = (WARMEST - COOLEST) / (n - 1) if n > 1 else 0.0
    return tuple(round(COOLEST + k * step, 3) for k in range(n))


def _pass_on(steers: list[str], attempts: Sequence[Attempt]) -> None:
    """What the person says meanwhile is for all candidates."""
    while steers:
        text = steers.pop(0)
        for attempt in attempts:
            attempt.steers.append(text)


async def _take(visit: Visit, attempts: Sequence[Attempt]) -> AsyncGenerator[AnyEvent, None]:
    """Chooses one and takes it over into the project, as one change that undo can take back."""
    state = visit.state
    choice = choose([attempt.result for attempt in attempts])
    eligible = sum(not attempt.result.out for attempt in attempts)
    state.candidates = Chosen(len(attempts), eligible)
    state.rounds += 1
    visit.model = ", ".join(dict.fromkeys(a.visit.model for a in attempts if a.visit.model))
    if not choice.best:
        stops = [attempt.visit for attempt in attempts if attempt.visit.stop is not None]
        if len(stops) == len(attempts) or (stops and visit.services.meter.spent()):
            visit.stop, visit.message = stops[0].stop, stops[0].message
        visit.ok, visit.summary = False, f"none of {len(attempts)} candidates can be taken"
        told = "; ".join(f"{a.order.number}: {a.result.out}" for a in attempts)
        yield Noticed(text=f"None of {len(attempts)} candidates can be taken. {told}", level="warning")
        return
    number, why = choice.best[0].number, choice.why
    if len(choice.best) > 1:
        async for event in _judge(visit, attempts, choice):
            yield event
        number, why = _judged(visit, choice)
    winner = next(attempt for attempt in attempts if attempt.order.number == number)
    assert winner.place is not None
    refused = ""
    async for item in visit.services.may_carry(
        f"take candidate {number} of {len(attempts)}", winner.place.tree.project, winner.worked
    ):
        if isinstance(item, str):
            refused = item
        else:
            yield item
    if refused:
        visit.ok, visit.stop = False, "refused"
        visit.summary = visit.message = f"Candidate {number} was not taken over: {refused}."
        return
    carried = await asyncio.to_thread(
        winner.place.tree.carry,
        visit.services.workspace,
        "workflow-candidate",
        winner.worked,
        is_whole=True,
    )
    for event in visit.services.tools("none").leftovers():
        yield event
    if carried.conflicts:
        path, reason = carried.conflicts[0]
        visit.ok, visit.summary = False, f"candidate {number} was not taken over, because of {path}: {reason}"
        yield Noticed(text=visit.summary[:1].upper() + visit.summary[1:], level="warning")
        return
    state.candidates = Chosen(len(attempts), eligible, number, choice.votes)
    state.answer = winner.answer
    visit.ok = True
    visit.summary = f"candidate {number} of {len(attempts)} is taken: {described(winner.result)}"
    yield Noticed(text=f"Candidate {number} of {len(attempts)} is taken" + (f": {why}." if why else "."))


async def _judge(visit: Visit, attempts: Sequence[Attempt], choice: Choice) -> AsyncIterator[AnyEvent]:
    shown = []
    for candidate in choice.best:
        attempt = next(a for a in attempts if a.order.number == candidate.number)
        diffs = (unified(v.before or "", v.after or "", v.path).text for v in attempt.versions)
        text = cut("\n".join(diffs), MOST_OF_DIFF)
        shown.append(f"CANDIDATE {candidate.number}\n{text}")
    prompt = packaged("choose").replace("{{candidates}}", "\n\n".join(shown))
    prompt = prompt.replace("{{task}}", visit.state.task)
    judge = Visit(visit.services, visit.workflow, f"{visit.name}-judge", _JUDGE, visit.state)
    async for event in ask(judge, prompt, writes=False, role="judge"):
        yield event
    visit.summary = "" if judge.stop in ENDS_THE_RUN or not judge.ok else judge.summary


def _judged(visit: Visit, choice: Choice) -> tuple[int, str]:
    """The number that the judge's last words name, else the first; and why."""
    named = [int(found) for found in _CHOICE.findall(visit.summary)]
    known = {candidate.number for candidate in choice.best}
    for number in reversed(named):
        if number in known:
            return number, ", ".join(part for part in (choice.why, "the judge chose it") if part)
    return choice.best[0].number, ", ".join(part for part in (choice.why, "the first of equals") if part)


_JUDGE = ModelNode(kind="judge", tools="none")

KIND = Kind(
    "candidates",
    "makes the change several times in trees of their own and takes the best",
    CandidatesNode,
    run,
    role="code",
    prompt="candidate",
)
