"""Runs a workflow: visits nodes, follows edges, saves its state after each node, and lets the tests judge the end.

It is the opening of a turn (`agent.loop.Turn.opening`), so the laws of a turn hold around it: when it is cancelled
or breaks, what is owed is settled by the loop. An event is only asked for when the one before it is stored.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from mycoder.agent.gate import Ruling
from mycoder.protocol.events import (
    AgentEnded,
    AgentStarted,
    AnyEvent,
    EndReason,
    FilesChanged,
    NodeEnded,
    NodeStarted,
    Noticed,
    TurnEnded,
    WorkflowSaved,
)
from mycoder.workflows.candidates import is_best, restore_best, see_files, see_tests
from mycoder.workflows.definition import END, Edge, Workflow
from mycoder.workflows.expressions import evaluate, parse
from mycoder.workflows.goal import WRITERS, Goal, goes_on
from mycoder.workflows.nodes import KINDS
from mycoder.workflows.state import State, value
from mycoder.workflows.visit import Services, Visit

_Item = tuple[AnyEvent | None, "asyncio.Future[None] | None"]


class Engine:
    """One run. `at` are the nodes to visit next, which are those of the start for a new run."""

    def __init__(
        self, workflow: Workflow, services: Services, state: State, at: Sequence[str] | None = None
    ) -> None:
        self._workflow, self._services, self._state = workflow, services, state
        state.workflow, state.source = workflow.name, digest_of(workflow)
        begin = list(at) if at is not None else self._first(workflow.start)
        self._at = [name for name in begin if name in workflow.nodes]
        state.group = [name for name in (state.group or self._at) if name in workflow.nodes]

    async def run(self) -> AsyncIterator[AnyEvent]:
        """The events of the run; the last is the TurnEnded of the turn."""
        state, services = self._state, self._services
        services.meter.start()
        yield self._saved(self._at)
        while self._at:
            if sum(state.visits.values()) >= self._workflow.limits.max_visits:
                yield Noticed(
                    text=f"The run ends after {sum(state.visits.values())} visits.", level="warning"
                )
                break
            stopped: Visit | None = None
            left, follow = self._at, list[str]()
            async for item in self._together([self._visit(name) for name in self._at]):
                if isinstance(item, Visit):
                    stopped = stopped or (item if item.stop else None)
                    yield self._node_ended(item)
                    if not item.stop:
                        left = [name for name in left if name != item.name]
                        if not left:
                            follow = state.group = self._follow()
                        yield self._saved(left or follow or (END,))
                else:
                    yield item
            if stopped is not None:
                assert stopped.stop is not None
                yield self._stopped(Ruling(stopped.stop, message=stopped.message))
                return
            self._at = follow
        async for event in self._finish():
            yield event

    # -- visits --------------------------------------------------------------------------------------------------

    async def _together(self, visits: Sequence[Visit]) -> AsyncIterator[AnyEvent | Visit]:
        """Makes `visits` side by side; each comes last of its own events."""
        queue: asyncio.Queue[_Item | Visit] = asyncio.Queue()
        tasks = [asyncio.ensure_future(_feed(visit, queue)) for visit in visits]
        left = len(tasks)
        try:
            while left:
                item = await queue.get()
                if isinstance(item, Visit):
                    left -= 1
                    yield item
                    continue
                event, taken = item
                if event is not None:
                    self.see(event)
                    yield event
                if taken is not None and not taken.done():
                    taken.set_result(None)
            for task in tasks:
                await task
        except asyncio.CancelledError:
            for task in tasks:
                task.cancel()
            async for event in _drained(tasks, queue):
                self.see(event)
                yield event
            raise
        finally:
            for task in tasks:
                task.cancel()

    async def _visit_alone(self, visit: Visit) -> AsyncIterator[AnyEvent]:
        """A visit that no edge leads to."""
        async for item in self._together([visit]):
            yield self._node_ended(item) if isinstance(item, Visit) else item
        if not visit.stop:
            yield self._saved((END,))

    def _visit(self, name: str) -> Visit:
        return Visit(self._services, self._workflow, name, self._workflow.nodes[name], self._state)

    def see(self, event: AnyEvent) -> None:
        """Takes notice of changed files."""
        if isinstance(event, FilesChanged):
            see_files(self._state, event)

    def _node_ended(self, visit: Visit) -> NodeEnded:
        state = self._state
        if not visit.stop:
            state.visits[visit.name] = state.visits.get(visit.name, 0) + 1
            state.outputs[visit.name] = visit.summary
            state.ok = visit.ok
            if visit.spec.kind in WRITERS and visit.name in self._workflow.nodes:
                state.writer = visit.name
        return NodeEnded(
            workflow=self._workflow.name,
            node=visit.name,
            kind=visit.spec.kind,
            ok=visit.ok,
            summary=visit.message or visit.summary[:500],
            model=visit.model,
            seconds=visit.seconds,
        )

    # -- edges ---------------------------------------------------------------------------------------------------

    def _follow(self) -> list[str]:
        """The nodes after the group that was visited last."""
        return self._first(self._workflow.nodes[self._state.group[0]].edges) if self._state.group else []

    def _first(self, edges: Sequence[Edge]) -> list[str]:
        for edge in edges:
            if self._holds(edge):
                return [target for target in edge.targets if target != END]
        return []

    def _holds(self, edge: Edge) -> bool:
        for target in edge.targets:
            most = self._workflow.nodes[target].limits.max_visits if target != END else 0
            if most and self._state.visits.get(target, 0) >= most:
                return False
        return not edge.when or bool(evaluate(parse(edge.when), self._look))

    def _look(self, name: str) -> Any:
        head, _, rest = name.partition(".")
        match head:
            case "limits":
                return getattr(self._workflow.limits, rest)
            case "vars":
                return self._workflow.vars[rest]
        return value(self._state, name)

    # -- the end -------------------------------------------------------------------------------------------------

    def _saved(self, at: Sequence[str]) -> WorkflowSaved:
        state = msgspec.to_builtins(self._state)
        return WorkflowSaved(workflow=self._workflow.name, nodes=tuple(at), state=state)

    def _stopped(self, ruling: Ruling) -> TurnEnded:
        assert ruling.reason is not None
        words = (
            f"{ruling.message} The workflow {self._workflow.name} goes on from here with: mycoder --continue."
        )
        return TurnEnded(reason=ruling.reason, message=words.strip(), answer=self._state.answer)

    async def _finish(self) -> AsyncIterator[AnyEvent]:
        """The gate of the session rules; when the tests stay red, the best candidate is what is kept."""
        state, services = self._state, self._services
        ruling = Ruling()
        async for item in self._rule():
            if isinstance(item, Ruling):
                ruling = item
            else:
                yield item
        if ruling.reason == "done":
            goal = Goal(self._workflow, services, state, self._visit_alone, self._rule)
            async for item in goal.reach(ruling):
                if isinstance(item, Ruling):
                    ruling = item
                else:
                    yield item
        if goes_on(ruling):
            yield self._stopped(ruling)
            return
        if ruling.reason == "tests_failing" and not is_best(state):
            paths = restore_best(state, services)
            for event in services.tools("none").leftovers():
                self.see(event)
                yield event
            if paths:
                yield Noticed(text=f"The best candidate is kept: {', '.join(paths)} went back to it.")
                async for item in self._rule():
                    if isinstance(item, Ruling):
                        ruling = item
                    else:
                        yield item
        yield self._saved(())
        yield self._ended(ruling)

    async def _rule(self) -> AsyncIterator[AnyEvent | Ruling]:
        """The last item is a Ruling with a reason: nobody is there to be sent back to work."""
        services = self._services
        if services.tests.command is None:
            services.find_tests()
        ruling = Ruling()
        while ruling.reason is None:
            async for item in services.gate.rule():
                if isinstance(item, Ruling):
                    ruling = item
                else:
                    yield item
        last = services.tests.last
        if last is not None and last.complete and not services.tests.is_stale():
            see_tests(self._state, last, services)
        yield ruling

    def _ended(self, ruling: Ruling) -> TurnEnded:
        state = self._state
        reason: EndReason = ruling.reason or "done"
        message = ruling.message
        changed = [path for path, content in state.now.items() if content != state.before.get(path)]
        if state.denied and not changed:
            reason = "refused"
            message = f"Not allowed: {', '.join(dict.fromkeys(state.denied))}. Nothing was changed."
        elif reason == "done" and not state.ok and not changed and not state.answer:
            reason, message = "failed", f"The workflow {self._workflow.name} came to nothing."
        elif reason == "tests_failing" and state.tests.failing:
            names = ", ".join(state.tests.failing[:10])
            message = f"{message} After {state.rounds} rounds these are red: {names}."
        return TurnEnded(reason=reason, message=message, answer=_answer(state))


def digest_of(workflow: Workflow) -> str:
    """By which a run tells that its graph was changed since it was saved."""
    shape = msgspec.json.encode({name: spec.kind for name, spec in workflow.nodes.items()}, order="sorted")
    return blake2b(shape, digest_size=8).hexdigest()


def _answer(state: State) -> str:
    """The last words about the code, and what became of designed tests."""
    parts = [state.answer.strip()]
    wrong = [test for test in state.designed.tests if test.verdict == "wrong"]
    if wrong:
        lines = (f"- {test.name}: {test.reason or 'no reason was given'}" for test in wrong)
        parts.append(f"Designed tests in quarantine ({state.designed.path}):\n" + "\n".join(lines))
    if state.designed.missing:
        parts.append(f"No test was designed of the class: {', '.join(state.designed.missing)}.")
    return "\n\n".join(part for part in parts if part)


async def _feed(visit: Visit, queue: "asyncio.Queue[_Item | Visit]") -> None:
    """The events of one visit, each when the one before it was taken; at last the visit itself."""
    loop, started = asyncio.get_running_loop(), time.monotonic()
    task = asyncio.current_task()
    timer: asyncio.TimerHandle | None = None

    def expire() -> None:
        visit.is_out_of_time = True
        if task is not None:
            task.cancel()

    if visit.spec.limits.seconds:
        timer = loop.call_later(visit.spec.limits.seconds, expire)
    try:
        async with contextlib.aclosing(_visited(visit)) as events:
            async for event in events:
                taken = loop.create_future()
                queue.put_nowait((event, taken))
                await taken
    except asyncio.CancelledError:
        if not visit.is_out_of_time:
            raise
    finally:
        if timer is not None:
            timer.cancel()
        visit.seconds = round(time.monotonic() - started, 3)
        if visit.is_out_of_time:
            visit.ok, visit.summary = False, f"out of time after {visit.spec.limits.seconds:g} s"
        queue.put_nowait(visit)


async def _visited(visit: Visit) -> AsyncGenerator[AnyEvent, None]:
    """One visit with what people are told of it."""
    spec, kind = visit.spec, KINDS[visit.spec.kind]
    number = visit.state.visits.get(visit.name, 0) + 1
    yield NodeStarted(workflow=visit.workflow.name, node=visit.name, kind=spec.kind, visit=number)
    is_agent = bool(kind.role) or spec.kind == "shell"
    if is_agent:
        yield AgentStarted(child=visit.agent, name=visit.name, task=spec.about or kind.about)
    async with contextlib.aclosing(kind.run(visit)) as events:
        async for event in events:
            yield event
    if is_agent:
        yield AgentEnded(child=visit.agent, ok=visit.ok, summary=visit.message or visit.summary[:2_000])


async def _drained(
    tasks: Sequence["asyncio.Task[None]"], queue: "asyncio.Queue[_Item | Visit]"
) -> AsyncIterator[AnyEvent]:
    """What cancelled visits still tell, until all have ended."""
    while not all(task.done() for task in tasks) or not queue.empty():
        if queue.empty():
            getter = asyncio.ensure_future(queue.get())
            await asyncio.wait([getter, *(t for t in tasks if not t.done())], return_when="FIRST_COMPLETED")
            if not getter.done():
                getter.cancel()
                continue
            item = getter.result()
        else:
            item = queue.get_nowait()
        if isinstance(item, Visit):
            continue
        event, taken = item
        if event is not None:
            yield event
        if taken is not None and not taken.done():
            taken.set_result(None)
