"""The sub-agents of one session: started, watched, told, stopped. None outlives the session.

A sub-agent is one turn of the ordinary loop with its own conversation and its own, smaller rights. Its events pass the
session's door like all others, stamped with its id, so that they are seen, stored and paid for in the same way.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from mycoder.agent import loop
from mycoder.config.agent_settings import Agents
from mycoder.protocol.blocks import Text
from mycoder.protocol.events import (
    AgentEnded,
    AgentStarted,
    AnyEvent,
    Asked,
    AskSettled,
    FilesChanged,
    Noticed,
    TestsRan,
    ToolCalled,
    ToolFinished,
    TurnEnded,
    TurnStarted,
    UsageChanged,
)
from mycoder.protocol.tooling import ToolResult
from mycoder.protocol.usage import Usage
from mycoder.workflows.agents.catalog import Catalog
from mycoder.workflows.agents.definition import Definition

TOOL_PATIENCE = 3
"""Times `stall_seconds` that a running tool may be silent: tools have time limits of their own."""
MOST_ANSWER = 24_000
"""Characters of an answer that the parent reads."""

Publish = Callable[[AnyEvent], None]


class Child(msgspec.Struct, eq=False):
    """One sub-agent made ready. `finish` is called after its turn and tells what else the parent must know, e.g. what
    became of its second tree; `close` always."""

    turn: loop.Turn
    is_apart: bool = False
    """It works in a tree of its own, so its test runs and changes say nothing about the project."""
    finish: Callable[[], Awaitable[str]] | None = None
    close: Callable[[], Awaitable[None]] | None = None


class Member(msgspec.Struct, eq=False):
    """A sub-agent that runs or waits for its turn."""

    id: str
    definition: Definition
    task: str
    parent: str
    background: bool
    started: float = msgspec.field(default_factory=time.monotonic)
    child: Child | None = None
    living: asyncio.Task[ToolResult] | None = None
    consuming: asyncio.Task[None] | None = None
    heard: float = msgspec.field(default_factory=time.monotonic)
    steps: int = 0
    usage: Usage = msgspec.field(default_factory=Usage)
    asks: set[str] = msgspec.field(default_factory=set)
    calls: set[str] = msgspec.field(default_factory=set)
    files: dict[str, None] = msgspec.field(default_factory=dict)
    end: TurnEnded | None = None
    why: str = ""
    """Why it was stopped, in words; empty when it was not."""


Make = Callable[[Member, Any, int], Awaitable[Child]]
"""Makes the turn of a member, given what its parent lends and its depth (1: started by the main agent).

Raises AgentUnavailable."""


class AgentUnavailable(Exception):
    """A sub-agent that cannot be started; the message says why."""


class Crew:
    """`publish` takes each event to the session's door; `catalog` is read when the first one is started."""

    def __init__(
        self, rules: Agents, catalog: Callable[[], Catalog], make: Make, publish: Publish, cores: int
    ) -> None:
        self.rules = rules
        self._catalog, self._make, self._publish = catalog, make, publish
        self._slots = asyncio.Semaphore(rules.at_once or min(8, 2 * max(cores, 1)))
        self._members: dict[str, Member] = {}
        self._numbers: dict[str, int] = {}
        self._in_turn = 0
        self._reports: list[str] = []
        self._changed = asyncio.Event()

    # -- for the session -------------------------------------------------------------------------------------------

    @property
    def running(self) -> tuple[Member, ...]:
        return tuple(self._members.values())

    def see(self, event: AnyEvent) -> None:
        """Takes over the numbers of a resumed session."""
        if isinstance(event, AgentStarted):
            name, _, number = event.child.rpartition("-")
            if number.isascii() and number.isdigit():
                self._numbers[name] = max(self._numbers.get(name, 0), int(number))

    def begin_turn(self) -> None:
        """The count of what one turn may start begins anew."""
        self._in_turn = 0

    def tell(self, child: str, words: str) -> bool:
        """Words that the sub-agent reads before its next step; False when none of that id runs."""
        member = self._members.get(child)
        if member is None or member.child is None:
            return False
        member.child.turn.inbox.steers.append(words)
        return True

    def stop(self, child: str, why: str = "stopped by the person") -> bool:
        """Stops a sub-agent; what it did so far stays. False when none of that id runs."""
        member = self._members.get(child)
        if member is None:
            return False
        member.why = member.why or why
        if member.consuming is not None:
            member.consuming.cancel()
        elif member.living is not None:
            member.living.cancel()
        return True

    async def close(self) -> None:
        """Stops all of them and waits until each has told its end."""
        living = [member.living for member in self._members.values() if member.living is not None]
        for child in list(self._members):
            self.stop(child, "the session ended")
        if living:
            await asyncio.wait(living)

    def take_reports(self) -> list[str]:
        """Results of sub-agents in the background that the main agent has not read."""
        taken, self._reports = self._reports, []
        return taken

    async def wait(self, seconds: float) -> bool:
        """Waits until one in the background has reported; False when there is none to wait for."""
        if not any(member.background for member in self._members.values()):
            return False
        if not self._reports:
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), seconds)
        return True

    # -- for the tool ----------------------------------------------------------------------------------------------

    async def spawn(
        self, task: str, name: str, *, background: bool = False, lender: Any, parent: str = "", depth: int = 1
    ) -> ToolResult:
        """Runs a sub-agent to its end, or starts it in the background. Cancelling this stops it."""
        problem = self._refusal(task, depth)
        definition = None if problem else self._catalog().find(name)
        if definition is None:
            known = "" if problem else ", ".join(sorted(self._catalog().definitions))
            return ToolResult(problem or f"There is no sub-agent {name!r}. There are: {known}.", ok=False)
        self._in_turn += 1
        number = self._numbers[definition.name] = self._numbers.get(definition.name, 0) + 1
        member = Member(
            f"{definition.name}-{number}", definition, task, parent, background or definition.background
        )
        self._members[member.id] = member
        self._publish(AgentStarted(child=member.id, name=definition.name, task=task, agent=parent))
        member.living = asyncio.ensure_future(self._live(member, lender, depth))
        if member.background and depth == 1:
            member.living.add_done_callback(lambda done: self._report(member, done))
            return ToolResult(
                f"{member.id} has started in the background; its result comes to you by itself. Go on."
            )
        try:
            return await asyncio.shield(member.living)
        except asyncio.CancelledError:
            self.stop(member.id, "the one who asked was stopped")
            await asyncio.wait([member.living])
            raise

    def _refusal(self, task: str, depth: int) -> str:
        if not self.rules.enabled or depth > self.rules.depth:
            return "No sub-agents can be started here: do it yourself."
        if not task.strip():
            return "`task` is empty: say what the sub-agent is to do; it knows nothing of this conversation."
        if self._in_turn >= self.rules.most:
            return (
                f"{self.rules.most} sub-agents were started in this turn, which is the limit: do it yourself."
            )
        return ""

    def _report(self, member: Member, done: "asyncio.Task[ToolResult]") -> None:
        if not done.cancelled():
            self._reports.append(f"[The sub-agent {member.id} has ended.]\n{done.result().output}")
        self._changed.set()

    # -- one life --------------------------------------------------------------------------------------------------

    async def _live(self, member: Member, lender: Any, depth: int) -> ToolResult:
        words, is_ok = "", False
        try:
            async with self._slots:
                member.child = await self._make(member, lender, depth)
                member.heard = time.monotonic()
                await self._watch(member, member.child)
            words, is_ok = _told(member)
            if member.child.finish is not None:
                words = f"{words}\n\n{await member.child.finish()}".strip()
        except AgentUnavailable as problem:
            words = f"{member.id} could not start: {problem}"
        except asyncio.CancelledError:
            words = f"{member.id} did not start: {member.why or 'stopped'}."
        except Exception as fault:  # a fault of ours costs the sub-agent, not the turn of its parent
            words = f"{member.id} broke inside mycoder ({type(fault).__name__}: {fault})."
        finally:
            if member.child is not None and member.child.close is not None:
                await member.child.close()
            self._members.pop(member.id, None)
            ended = AgentEnded(
                child=member.id, ok=is_ok, summary=words, usage=member.usage, agent=member.parent
            )
            self._publish(ended)
        return ToolResult(words, ok=is_ok, blocks=(Text(text=words),))

    async def _watch(self, member: Member, child: Child) -> None:
        """Consumes the turn; stops it when it is silent for too long or over its time."""
        member.consuming = consuming = asyncio.ensure_future(self._consume(member, child))
        if member.why:  # stopped while it was made ready
            consuming.cancel()
        limit = member.definition.seconds
        began = time.monotonic()
        try:
            while not consuming.done():
                await asyncio.wait([consuming], timeout=min(1.0, self.rules.stall_seconds / 4))
                now = time.monotonic()
                patience = self.rules.stall_seconds * (TOOL_PATIENCE if member.calls else 1)
                if not member.asks and now - member.heard > patience:
                    member.why = member.why or f"no sign of life for {patience:.0f} s"
                elif limit and now - began > limit:
                    member.why = member.why or f"its limit of {limit:g} s is reached"
                else:
                    continue
                child.turn.why_cancelled = "timeout"
                consuming.cancel()
        finally:
            if not consuming.done():
                consuming.cancel()
                await asyncio.wait([consuming])
        if not consuming.cancelled() and (fault := consuming.exception()):
            raise fault

    async def _consume(self, member: Member, child: Child) -> None:
        started = TurnStarted(prompt=member.task)
        async with contextlib.aclosing(loop.run(child.turn, started)) as events:
            async for event in events:
                member.heard = time.monotonic()
                self._note(member, event)
                if shown := _as_seen(event, is_apart=child.is_apart):
                    self._publish(msgspec.structs.replace(shown, agent=event.agent or member.id))

    def _note(self, member: Member, event: AnyEvent) -> None:
        match event:
            case UsageChanged():
                member.steps += 1
                member.usage += event.usage
            case ToolCalled():
                member.calls.add(event.call_id)
            case ToolFinished():
                member.calls.discard(event.call_id)
            case Asked():
                member.asks.add(event.ask_id)
            case AskSettled():
                member.asks.discard(event.ask_id)
            case FilesChanged():
                member.files.update(dict.fromkeys(change.path for change in event.changes))
            case TurnEnded():
                member.end = event


def _as_seen(event: AnyEvent, *, is_apart: bool) -> AnyEvent | None:
    """What of an event of a sub-agent the session sees: in a tree of its own no change is one of the project."""
    if not is_apart:
        return event
    match event:
        case FilesChanged():
            return None
        case TestsRan():
            seen = f"{event.passed} passed, {event.failed} failed, {event.errors} errors"
            return Noticed(text=f"tests in its own tree: {seen}")
    return event


def _told(member: Member) -> tuple[str, bool]:
    """What the parent reads of a turn that ended, and whether it came to its end by itself."""
    end = member.end
    if end is None:
        return f"{member.id} did not begin: {member.why or 'stopped'}.", False
    steps = f"{member.steps} step{'s' if member.steps != 1 else ''}"
    cost = f", ${member.usage.cost:.4f}" if member.usage.cost else ""
    answer = end.answer.strip()
    if len(answer) > MOST_ANSWER:
        answer = answer[:MOST_ANSWER] + "\n… (cut)"
    files = "\n\nFiles it changed: " + ", ".join(member.files) if member.files else ""
    if end.reason == "done" and answer:
        return f"{member.id}: done ({steps}{cost}).\n\n{answer}{files}", True
    why = member.why or end.message or ("it said nothing" if end.reason == "done" else end.reason)
    said = f"\n\nWhat it said last:\n{answer}" if answer else ""
    return f"{member.id}: not done ({steps}{cost}): {why}{said}{files}", False
