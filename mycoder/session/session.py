"""The one door: commands go in, events come out, and the state is a function of the events.

The parts behind it are loaded when a session is opened, while git looks at the project; see `build`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import msgspec

from mycoder.protocol.blocks import AnyBlock, Diff
from mycoder.protocol.commands import (
    Answer,
    AnyCommand,
    FollowUp,
    Interrupt,
    Redo,
    RunSlash,
    SetMode,
    SetModel,
    Steer,
    Submit,
    Undo,
)
from mycoder.protocol.events import (
    AnyEvent,
    EndReason,
    GoalChanged,
    ModeChanged,
    ModelChanged,
    Noticed,
    TurnEnded,
    TurnStarted,
)
from mycoder.protocol.feeds import Merger
from mycoder.session.late_words import LateWords
from mycoder.session.listeners import Listeners
from mycoder.session.opening import Opening
from mycoder.session.reports import Reporter
from mycoder.session.state import SessionState
from mycoder.session.waiting import Waiting, Work

if TYPE_CHECKING:
    from mycoder.session.approvals import Approvals
    from mycoder.session.build import Built
    from mycoder.session.checks import Check
    from mycoder.session.parts import Parts
    from mycoder.session.remembering import Remembering
    from mycoder.session.slash.lasting import Lasting
    from mycoder.workflows.agents.crew import Crew

UNSTORED = 1.0
"""Seconds of a streaming reply that may be lost when the process is killed."""

_AT_ONCE = 500
"""Events of the log that a listener gets before others have their turn."""


class Session:
    """One conversation about one repository.

    `Session.open(...)` makes it; use it as an async context manager, or call `close`. Every event passes
    `_publish`, which stamps it, reduces it into the state, stores it and hands it to whoever listens.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.id, self.skills, self.own_slashes = parts.id, parts.skills, parts.skills.slashes
        self.agent_catalog = parts.agent_catalog
        self.memory_text, self.keep_memory = parts.memory.text, parts.memory.keep_text
        self.state = SessionState(parts.root)
        self._merger, self._reporter, self._listeners = Merger(), Reporter(), Listeners()
        self._waiting = Waiting(self.state, self._do)
        self._lasting: Lasting | None = None
        self._seq = self._number = 0
        self._is_closed = False
        parts.publish, parts.describe = self._publish, parts.keeper.describe

    @classmethod
    def open(cls, root: str | Path = ".", **options: Any) -> Opening[Self]:
        """A session in the repository at `root`; see `mycoder.session.build.build` for the options.

        Both ``async with Session.open(...) as session`` and ``session = await Session.open(...)`` work.
        """
        return Opening(root, options, cls._begun)

    @classmethod
    def _begun(cls, built: Built) -> Self:
        session = cls(built.parts)
        session._begin(built.past, built.fresh)
        return session

    # -- commands in -------------------------------------------------------------------------------------------

    async def send(self, command: AnyCommand) -> None:
        """Takes a command. What comes of it is seen in the events."""
        match command:
            case Submit():
                self._waiting.add(command)
            case Steer(text=text):
                self._inbox(self._parts.inbox.steers, text)
            case FollowUp(text=text):
                self._inbox(self._parts.inbox.follow_ups, text)
            case Interrupt(hard=hard):
                await self.interrupt(hard=hard)
            case Answer():
                self._parts.approvals.answer(command)
            case SetMode(mode=mode):
                self.set_mode(mode)
            case SetModel(model=model):
                await self.set_model(model)
            case RunSlash(name=name, arguments=arguments):
                # late: most sessions never use one
                from mycoder.session.slash.lasting import has_to_wait
                from mycoder.session.slash.registry import run_slash

                if has_to_wait(command, is_busy=self._waiting.running is not None):
                    self._waiting.add(command)
                else:
                    await run_slash(self, name, arguments)
            case Undo(steps=steps):
                self.undo(steps)
            case Redo(steps=steps):
                self.redo(steps)

    async def interrupt(self, reason: EndReason = "interrupted", *, hard: bool = False) -> None:
        """Stops the running turn and waits until its end was told."""
        if (running := self._waiting.running) is None:
            return
        self._parts.stop_turn(reason)
        running.cancel()
        if not hard:
            await asyncio.wait([running], timeout=5)

    def set_mode(self, mode: str) -> None:
        if mode not in ("plan", "ask", "edit", "auto"):
            self.notice(f"There is no mode {mode!r}.", level="warning", hint="plan, ask, edit or auto")
            return
        self._publish(ModeChanged(mode=mode))  # type: ignore[arg-type]

    async def set_model(self, model: str) -> None:
        """Changes the model from the next reply on; says so when it can't be reached."""
        problem = await self._parts.use_model(model)
        if problem:
            from mycoder.session.connection import SET_UP  # late: as all parts

            self.notice(problem, level="error", hint=SET_UP if self._parts.approvals.can_ask else "")
        else:
            self._publish(ModelChanged(model=self._parts.model_name))

    @property
    def workflow(self) -> str:
        """The name of the workflow that does the next task."""
        return self._parts.composed.name

    def use_workflow(self, name: str) -> str:
        """Changes the workflow from the next task on; returns what is wrong, in words, when it can't."""
        return self._parts.composed.use(name)

    @property
    def memory(self) -> Remembering:
        """What is remembered of the project and its person."""
        return self._parts.memory

    def remove_queued(self, index: int) -> None:
        """Takes a waiting task out of the queue."""
        self._waiting.remove(index)

    # -- events out --------------------------------------------------------------------------------------------

    async def events(self, replay: bool = False) -> AsyncGenerator[AnyEvent, None]:
        """The raw feed from now on; with `replay` after everything the log holds. Ends when the session closes."""
        if replay:
            self._flush()
        with self._listeners.joined() as feed:
            told = self._seq
            for number, event in enumerate(self._parts.history() if replay else ()):
                if event.seq <= told:  # what comes after is in the feed
                    yield event
                if number % _AT_ONCE == _AT_ONCE - 1:
                    await asyncio.sleep(0)
            while (item := await feed.get()) is not None:
                yield item

    async def run(self, prompt: str) -> AsyncGenerator[AnyEvent, None]:
        """Submits `prompt` and yields the raw feed up to the end of its turn, or of the session."""
        with self._listeners.joined() as feed:
            await self.send(Submit(text=prompt))
            while (event := await feed.get()) is not None:
                yield event
                if isinstance(event, TurnEnded) and not event.agent:
                    return

    @property
    def approvals(self) -> Approvals:
        """What was answered for this session and for this project."""
        return self._parts.approvals

    def notice(
        self,
        text: str,
        *,
        level: str = "info",
        hint: str = "",
        blocks: tuple[AnyBlock, ...] = (),
        undo: str = "",
    ) -> None:
        """Tells people something that is nobody's answer; `undo` is the slash command that takes it back."""
        self._publish(Noticed(text=text, level=level, hint=hint, blocks=blocks, undo=undo))  # type: ignore[arg-type]

    # -- the repository ------------------------------------------------------------------------------------------

    async def files(self) -> Sequence[str]:
        """Paths in the repository that are not ignored, relative to its root, for mentions."""
        return await self._parts.files()

    def takes_images(self) -> bool:
        """What the catalogue says of the model; one that it does not know may take them. May read a table."""
        card = self._parts.model.card()
        return card.has_images or not card.window

    async def run_tests(self, arguments: Sequence[str] = ()) -> None:
        """Runs the project's tests and tells the result as TestsRan."""
        self._publish(await self._parts.run_tests(arguments, self._lasting))

    def diff(self) -> list[Diff]:
        """What this session has changed and not undone, one block a file."""
        return self._parts.workspace.journal.diff()

    def undo(self, steps: int = 1) -> None:
        """Takes back the last `steps` changes; a file that somebody else touched since is left alone, and said."""
        from mycoder.session.rewind import step  # late: seldom needed

        step(self, self._parts, "undo", steps)

    def redo(self, steps: int = 1) -> None:
        from mycoder.session.rewind import step  # late: seldom needed

        step(self, self._parts, "redo", steps)

    def fork(self, at: int = 0) -> str:
        """A new session that begins with all of this one, or with what is before the event `at`; returns its id,
        which is empty for an ephemeral session."""
        from mycoder.session.rewind import entries_since  # late: seldom needed

        self._flush()
        return self._parts.fork(at, entries_since(self._parts, at) if at else frozenset())

    async def rewind(self, at: int, *, files: bool, talk: bool) -> str:
        """Goes back to before the event `at`, a TurnStarted, and deletes nothing: `files` takes back the changes
        made since, `talk` makes a session that ends there and returns its id. What can't be is told and ""."""
        from mycoder.session.rewind import rewind  # late: seldom needed

        return await rewind(self, self._parts, at, files=files, talk=talk)

    def export(self, form: str = "md") -> str:
        """The session as markdown (`md`) or as JSON (`json`)."""
        return self._parts.export(form)

    async def compact(self) -> None:
        """Makes what the model reads shorter, before its next reply."""
        self._publish(await self._parts.compacted())

    @property
    def goal(self) -> GoalChanged | None:
        """What a turn has to reach before it may end as done."""
        return self._parts.ending.goal

    def set_goal(self, goal: GoalChanged) -> None:
        """Sets the goal; one without a text takes it away."""
        self._publish(goal)

    @property
    def crew(self) -> Crew | None:
        """The sub-agents of this session; None where they are switched off."""
        return self._parts.crew

    async def checks(self) -> list[Check]:
        """What ``mycoder doctor`` finds here."""
        # late: the checks import much that a turn needs not
        from mycoder.session.checks import run_all
        from mycoder.session.place import Place

        return await run_all(Place(self._parts.root, self._parts.paths, self._parts.env))

    # -- ending ------------------------------------------------------------------------------------------------

    async def wait(self) -> None:
        """Returns when no turn is running and none is queued."""
        await self._waiting.wait()

    async def close(self) -> None:
        """Stops what runs, stores what is left and ends all feeds. May be called twice."""
        if self._is_closed:
            return
        self._waiting.close()
        self._parts.memory.wake()
        await self.interrupt()
        await self._parts.close_agents()
        self._is_closed = True
        self._flush()
        self._listeners.tell(None)
        await self._parts.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # -- inside ------------------------------------------------------------------------------------------------

    def _begin(self, past: Iterable[AnyEvent], fresh: Callable[[], Sequence[AnyEvent]]) -> None:
        """Reduces what a resumed log holds, event by event and keeping none, then publishes the events that open
        this run."""
        for event in past:
            self._reduce(event)
            self._parts.memory.see(event, is_past=True)
            self._seq = max(self._seq, event.seq)
            self._number = max(self._number, event.turn)
        for event in fresh():
            self._publish(event)
        self._parts.memory.rest(self._parts.model, self.notice)

    async def _do(self, work: Work) -> None:
        self._parts.memory.wake()
        if isinstance(work, RunSlash):
            await self._run_slash(work)
        else:
            self._number += 1
            await self._run_turn(work)
        self._parts.sync()
        self._parts.memory.rest(self._parts.model, self.notice)

    async def _run_slash(self, slash: RunSlash) -> None:
        from mycoder.session.slash.lasting import Lasting  # late: as all slash commands

        self._lasting = Lasting(slash, self._publish)
        try:
            await self._lasting.run(self)
        finally:
            self._lasting = None

    async def _run_turn(self, submit: Submit) -> None:
        started = TurnStarted(prompt=submit.text, attachments=submit.attachments)
        if warning := self._parts.surroundings.entrance.warning(submit.text):
            self.notice(warning, level="warning")
        late = LateWords()
        async with contextlib.aclosing(self._parts.turn(started)) as events:
            async for event in events:
                late.see(event)
                self._publish(event, is_reduced=True)
        for text in self._parts.take_unread():
            self._publish(late.told(text))
        for task in reversed(late.tasks):
            self._waiting.add(task)

    def _publish(self, event: AnyEvent, *, is_reduced: bool = False) -> None:
        if isinstance(event, TurnEnded) and not event.agent:
            event = self._reporter.complete(event, self._parts.sandbox_level)
        if not is_reduced:
            event = self._parts.cleaned(event)
        self._seq += 1
        event = msgspec.structs.replace(
            event, session=self.id, turn=self._number, seq=self._seq, at=round(time.time(), 3)
        )
        self._reduce(event, in_conversation=not is_reduced)
        self._parts.memory.see(event)
        for whole in self._merger.push(event):
            self._parts.store(whole)
        if event.at - (self._merger.held_since or event.at) > UNSTORED:
            self._flush()
        self._listeners.tell(event)

    def _reduce(self, event: AnyEvent, *, in_conversation: bool = True) -> None:
        self.state.apply(event)
        self._reporter.see(event)
        self._parts.see(event)
        if in_conversation:
            self._parts.apply(event)

    def _flush(self) -> None:
        for event in self._merger.flush():
            self._parts.store(event)

    def _inbox(self, box: list[str], text: str) -> None:
        if self._lasting is not None or self._waiting.running is None:
            self._waiting.add(Submit(text=text))
        else:
            box.append(text)
