"""The parts of one session and what the session does with them. `build` makes it; only `Session` holds it."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping, Sequence, Set
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mycoder.agent import loop
from mycoder.agent.conversation import Conversation
from mycoder.agent.gate import Gate, Ruling
from mycoder.agent.goal import Ending
from mycoder.agent.keeper import Keeper
from mycoder.agent.limits import Meter
from mycoder.agent.stall import Patience
from mycoder.agent.toolbox import Toolbox
from mycoder.config.paths import Paths
from mycoder.config.settings import Settings
from mycoder.models.absent import AbsentModel
from mycoder.models.model import Model
from mycoder.models.registry import ModelUnavailable
from mycoder.models.retry import RetryPolicy
from mycoder.models.roles import Roles
from mycoder.protocol.cleaning import cleaned
from mycoder.protocol.events import (
    AgentStarted,
    AnyEvent,
    ContextCompacted,
    EndReason,
    ModeChanged,
    SessionStarted,
    TestsRan,
    ToolFinished,
    TurnEnded,
    TurnStarted,
)
from mycoder.protocol.messages import Message, Request
from mycoder.sandbox.sandbox import Sandbox
from mycoder.session.approvals import Approvals
from mycoder.session.composed import Composed, chained
from mycoder.session.offline import Offline, Opening
from mycoder.session.remembering import Remembering
from mycoder.session.skilled import Skilled
from mycoder.session.store import Log, Store
from mycoder.session.surroundings import Surroundings
from mycoder.testing.bench import TestBench
from mycoder.workflows.wording import is_about_failing_tests, is_go_on
from mycoder.workspace.workspace import Workspace

if TYPE_CHECKING:
    from mycoder.session.slash.lasting import Lasting
    from mycoder.workflows.agents.catalog import Catalog
    from mycoder.workflows.agents.crew import Crew

OpenModel = Callable[[str], Model]


def _unheard(event: AnyEvent) -> None:
    raise RuntimeError("the session is not open")


class Parts(msgspec.Struct, eq=False):
    """Every part of one session. `log` is None for an ephemeral session, whose history is only in memory."""

    id: str
    root: Path
    settings: Settings
    model: Model
    open_model: OpenModel
    """Raises ModelUnavailable."""
    conversation: Conversation
    gate: Gate
    meter: Meter
    keeper: Keeper
    ending: Ending
    inbox: loop.Inbox
    approvals: Approvals
    surroundings: Surroundings
    toolbox: Toolbox
    workspace: Workspace
    sandbox: Sandbox
    tests: TestBench
    offline: Offline
    roles: Roles
    composed: Composed
    paths: Paths
    env: Mapping[str, str]
    memory: Remembering
    skills: Skilled
    agent_catalog: "Callable[[], Catalog]"
    """Which sub-agents there are; reads files."""
    store_of_all: Store | None = None
    log: Log | None = None
    reply_schema: Mapping[str, object] | None = None
    make_crew: "Callable[[], Crew] | None" = None
    """Makes what starts sub-agents; None where they are switched off."""
    publish: Callable[[AnyEvent], None] = _unheard
    """Takes an event to the session's door; set by the session."""
    describe: Callable[[], str] = str
    """What the session knows now, as text for a model; set by the session."""
    facts: str = ""
    """What the first request says of the project."""
    _memory: list[AnyEvent] = msgspec.field(default_factory=list)
    _task: str = ""
    """What was asked last, beside to go on."""
    _is_chosen: bool = False
    """The model was chosen by a person in this session."""
    _running: loop.Turn | None = None
    _crew: "Crew | None" = None
    _deadline: asyncio.TimerHandle | None = None

    @property
    def model_name(self) -> str:
        return self.model.name

    @property
    def crew(self) -> "Crew | None":
        """The sub-agents; None where they are switched off. Made when somebody first asks for them."""
        if self._crew is None and self.make_crew is not None:
            self._crew = self.inbox.others = self.make_crew()
        return self._crew

    @property
    def sandbox_level(self) -> str:
        return self.sandbox.level

    # -- turns ---------------------------------------------------------------------------------------------------

    async def turn(self, started: TurnStarted) -> AsyncGenerator[AnyEvent, None]:
        """The events of one turn."""
        retry = self.settings.retry
        task = self._meant(started.prompt)
        self.gate.expects_tests = self.surroundings.mode != "plan" and is_about_failing_tests(task)
        self.surroundings.wants_baseline = self.gate.expects_tests
        opening, is_composed = self._opening(task)
        self.meter.also = None if is_composed else partial(self.roles.spent, "code")
        turn = loop.Turn(
            conversation=self.conversation,
            model=self.model if is_composed else self._coder(),
            toolbox=self.toolbox,
            gate=self.gate,
            meter=self.meter,
            inbox=self.inbox,
            request=self._request,
            keeper=self.keeper,
            ending=self.ending,
            retries=RetryPolicy(
                attempts=retry.attempts, first_delay=retry.first_delay, max_delay=retry.max_delay
            ),
            patience=patience_of(self.settings),
            cleaner=self.surroundings.entrance.cleaner(),
            opening=opening,
        )
        self._running = turn
        if self._crew is not None:
            self._crew.begin_turn()
        self._start_clock()
        try:
            async with contextlib.aclosing(loop.run(turn, started)) as events:
                async for event in events:
                    if isinstance(event, TurnEnded) and not event.agent:
                        await self.close_agents()  # none outlives the turn that started it
                    yield event
        finally:
            self._running = None
            if self._deadline is not None:
                self._deadline.cancel()

    def _opening(self, prompt: str) -> tuple[Opening | None, bool]:
        """What is done before the plain loop, the offline repair or a workflow; and whether a workflow does all."""
        mode = self.surroundings.mode  # a person may have changed it since the start
        composed = self.composed.opening(prompt, mode, has_schema=bool(self.reply_schema))
        opening = chained(
            self.offline.opening(prompt, mode, self._rule_on_goal, has_model=self._has_model), composed
        )
        return opening, composed is not None and mode != "plan" and not self.reply_schema

    @property
    def _has_model(self) -> bool:
        return bool(self.model.name) or bool(self.settings.roles.code.model)

    def _meant(self, prompt: str) -> str:
        """The task that `prompt` asks for. Without a model nobody else could tell what is to be gone on with."""
        is_again = not self._has_model and bool(self._task) and is_go_on(prompt)
        return self._task if is_again else prompt

    def _rule_on_goal(self) -> AsyncIterator[AnyEvent | Ruling]:
        request = self._request(tuple(self.conversation.messages))
        return self.ending.rule(self._coder(), self.meter, request)

    def _coder(self) -> Model:
        """Who does the work of the plain loop: the role `code`, unless a person has chosen a model since."""
        if self._is_chosen:
            return self.model
        try:
            return self.roles.open("code")
        except ModelUnavailable as missing:
            return AbsentModel(missing.message, missing.hint)

    def take_unread(self) -> list[str]:
        """Words that came in too late for the turn that ended."""
        box = self.inbox
        unread = [*box.steers, *box.follow_ups]
        box.steers.clear()
        box.follow_ups.clear()
        return unread

    def stop_turn(self, reason: EndReason) -> None:
        """Says why the running turn is about to be cancelled."""
        if self._running is not None:
            self._running.why_cancelled = reason

    def _start_clock(self) -> None:
        seconds = self.settings.limits.max_time
        task = asyncio.current_task()
        if not seconds or task is None:
            return

        def expire() -> None:
            self.stop_turn("timeout")
            task.cancel()

        self._deadline = asyncio.get_running_loop().call_later(seconds, expire)

    def _request(self, messages: tuple[Message, ...]) -> Request:
        schema = dict(self.reply_schema) if self.reply_schema else None
        return Request(messages, self.toolbox.specs, reply_schema=schema)

    async def use_model(self, name: str) -> str:
        """Changes the model; returns what is wrong, in words, when it can't."""
        try:
            model = await asyncio.to_thread(self.open_model, name)
        except Exception as problem:
            return str(problem)
        await self.model.aclose()
        self.model, self._is_chosen = model, True
        if self._running is not None:
            self._running.model = model
        return ""

    async def compacted(self) -> ContextCompacted:
        """A compaction that a person asked for."""
        return await self.keeper.rebuilt(self._request)

    def cleaned(self, event: AnyEvent) -> AnyEvent:
        """An event that did not come out of a turn, without secrets and hidden characters."""
        return cleaned(event, self.surroundings.entrance.redactor)

    def see(self, event: AnyEvent) -> None:
        """Notes for every event of the session, of sub-agents and of a resumed log too, what taints it and what a
        person asked for."""
        if isinstance(event, ToolFinished) and event.origin:
            taint = self.surroundings.entrance.taint
            taint.origin = taint.origin or event.origin
        elif isinstance(event, TurnStarted) and not event.agent and not self._has_model:
            self._task = self._meant(event.prompt)

    def apply(self, event: AnyEvent) -> None:
        """Reduces an event that did not come out of a turn of this process."""
        self.conversation.apply(event)
        self.keeper.chronicle.apply(event)
        self.gate.see(event)
        self.ending.see(event)
        self.meter.see(event)
        self.composed.apply(event)
        if isinstance(event, AgentStarted) and self.crew is not None:
            self.crew.see(event)
        if isinstance(event, SessionStarted):
            self.facts = event.facts
        if isinstance(event, SessionStarted | ModeChanged):
            self.surroundings.mode = event.mode

    # -- the repository ------------------------------------------------------------------------------------------

    async def files(self) -> Sequence[str]:
        from mycoder.workspace.search import files  # late: not needed for a turn

        return await asyncio.to_thread(files, self.root)

    async def run_tests(self, arguments: Sequence[str], lasting: "Lasting | None") -> TestsRan:
        """A run of the tests for a person, with its output and report in the command that asked for it."""
        show = lasting.progressed if lasting is not None else None
        if show is not None:
            show("running the tests\n")
        run = await self.tests.run(tuple(arguments), seconds=self.settings.tests.seconds, progress=show)
        comparison = self.tests.compare(run)
        if lasting is not None:
            lasting.show(self.tests.report(run, comparison))
        return self.tests.event(run, comparison)

    # -- the store -----------------------------------------------------------------------------------------------

    def store(self, event: AnyEvent) -> None:
        if self.log is not None:
            self.log.append(event)
        else:
            self._memory.append(event)

    def sync(self) -> None:
        if self.log is not None:
            self.log.sync()

    def history(self) -> Iterable[AnyEvent]:
        if self.log is None or self.store_of_all is None:
            return list(self._memory)
        return self.store_of_all.read(self.id)

    def fork(self, at: int = 0, kept: Set[str] = frozenset()) -> str:
        """Copies the log, or what is before `at`, to a new session and returns its id; an ephemeral session has
        none, and the id is empty."""
        if self.store_of_all is None:
            return ""
        return self.store_of_all.fork(self.id, self.root, at=at, kept=kept)

    def export(self, form: str) -> str:
        from mycoder.session.export import as_json, as_markdown  # late: seldom asked for

        return as_json(self.history()) if form == "json" else as_markdown(self.history())

    async def close_agents(self) -> None:
        """Stops the sub-agents, while their last events can still be told."""
        if self._crew is not None:
            await self._crew.close()

    async def close(self) -> None:
        await self.roles.aclose()
        await self.model.aclose()
        await self.sandbox.close()
        undo = self.settings.undo
        await asyncio.to_thread(self.workspace.forget_old, days=undo.days, most=undo.megabytes << 20)
        await self.surroundings.entrance.close()
        self.workspace.close()
        if self.log is not None:
            self.log.sync()
            self.log.close(drops_empty=True)


def patience_of(settings: Settings) -> Patience:
    """How long a turn may go without progress."""
    stall = settings.stall
    return Patience(stall.enabled, stall.remind, stall.replan, stall.stop)
