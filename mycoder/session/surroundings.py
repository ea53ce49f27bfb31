"""What the session lends to the calls of a turn: policy, approvals, the journal, the baseline of the tests."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mycoder.agent.toolbox import Emit, progress
from mycoder.policy.decide import Action, Policy, Verdict, decide
from mycoder.protocol.events import AnyEvent, AskSettled, FilesChanged, Mode, Noticed, ToolCalled
from mycoder.protocol.tooling import Effect, ToolResult
from mycoder.sandbox.sandbox import Sandbox
from mycoder.session.approvals import Approvals
from mycoder.session.entrance import Entrance
from mycoder.session.remembering import Remembering
from mycoder.session.skilled import Skilled
from mycoder.testing.bench import TestBench
from mycoder.tools.tool import ToolContext
from mycoder.workspace import instructions
from mycoder.workspace.files import FileMissing, PathRefused
from mycoder.workspace.text import NotText
from mycoder.workspace.workspace import Workspace

if TYPE_CHECKING:
    from mycoder.workspace.entries import JournalEntry

QUICK = 0.015
"""Seconds that a look at the tree may take on the event loop; a longer one goes to a thread, which costs a switch."""


class Verifier:
    """The project's tests as the gate needs them (`agent.gate.Judge`)."""

    def __init__(self, bench: TestBench, root: Path, seconds: float) -> None:
        self._bench, self._root, self._seconds = bench, root, seconds

    @property
    def command(self) -> str:
        return self._bench.command.text if self._bench.command else ""

    async def run(self) -> AsyncIterator[AnyEvent]:
        run = await self._bench.run(seconds=self._seconds)
        yield self._bench.event(run, self._bench.compare(run))

    def digest(self) -> str:
        from mycoder.testing.digest import digest  # late: only for tests that fail

        run = self._bench.last
        return digest(run, self._bench.compare(run), self._root) if run else "The tests did not run."


class Changed(msgspec.Struct, eq=False):
    """Whether this session has changed the repository."""

    is_true: bool = False


class Surroundings:
    """`agent.toolbox.Surroundings` for one session."""

    def __init__(
        self,
        *,
        workspace: Workspace,
        sandbox: Sandbox,
        tests: TestBench,
        approvals: Approvals,
        policy: Policy,
        changed: Changed,
        entrance: Entrance,
        baseline_seconds: float,
        is_unconfined: bool = False,
        home: str = "",
    ) -> None:
        self._workspace, self._sandbox, self._tests = workspace, sandbox, tests
        self._approvals, self.policy, self._changed, self._spill = approvals, policy, changed, entrance.spill
        self.entrance = entrance
        self._baseline_seconds = baseline_seconds
        self._is_unconfined, self.home = is_unconfined, home
        self._told: frozenset[Path] | None = None
        self._look_seconds = QUICK * 2
        """What the last look at the tree took; the first one may take long."""
        self.wants_baseline = False
        """Set for a turn whose task is that tests pass: its first command waits for the baseline too."""
        self.mode: Mode = "auto"
        """Set by the session when the mode changes."""
        self.spawn: Callable[..., Awaitable[ToolResult]] | None = None
        """Starts a sub-agent; None where there are none."""
        self._baseline_lock = asyncio.Lock()
        self.is_trusted: Callable[[], bool] = lambda: True
        """Whether the person trusts what the folder would make us load; set by the session, asked for commands."""
        self.memory: Remembering | None = None
        """Set by the session when memory is on."""
        self.skills: Skilled | None = None
        """Set by the session."""

    def decide(self, action: Action) -> Verdict:
        is_run = action.effect is Effect.RUN  # only then is the level of the sandbox worth finding out
        verdict = decide(
            action,
            self.mode,
            self._approvals.added_to(self.policy),
            is_trusted=self.is_trusted() if is_run else True,
            is_tainted=bool(self.entrance.taint.origin),
            sandbox="off" if self._is_unconfined else self._sandbox.level if is_run else "limits",
            root=str(self._workspace.root),
            home=self.home,
            path=self._sandbox.path if is_run else "",
        )
        return self.memory.decide(action, verdict) if self.memory else verdict

    async def ask(
        self, call: ToolCalled, action: Action, verdict: Verdict, emit: Emit, seconds: float = 0.0
    ) -> AskSettled:
        from mycoder.session.preview import preview  # late: only where somebody is asked

        arguments = dict(action.arguments)
        shown = preview(call, arguments, self._workspace.files)
        return await self._approvals.approve(call, arguments, verdict, emit, shown, seconds)

    def context(self, call: ToolCalled, emit: Emit) -> ToolContext:
        async def ask(question: str, choices: tuple[str, ...]) -> str:
            return await self._approvals.question(call.call_id, question, choices, emit)

        return ToolContext(
            workspace=self._workspace,
            sandbox=self._sandbox,
            tests=self._tests,
            progress=progress(call, emit),
            ask=ask if self._approvals.can_ask else None,
            spawn=self.spawn,
            is_read_only=self.mode == "plan",
            spill=self._spill,
            memory=self.memory,
            skills=self.skills,
            call_id=call.call_id,
        )

    async def before_change(self, tool: str, effect: Effect, emit: Emit) -> None:
        """Runs the tests before the first edit, unless a complete run is there or there is nothing to run."""
        tests = self._tests
        if tool == "remember":  # writes nothing of the project
            return
        if effect is not Effect.WRITE and not (self.wants_baseline and tool == "shell"):
            return
        if tests.baseline is not None or tests.command is None or not self._baseline_seconds:
            return
        async with self._baseline_lock:
            if self._has_baseline():  # another agent's call has just made it
                return
            run = await tests.run(seconds=self._baseline_seconds)
            tests.baseline = run
            emit(tests.event(run, tests.compare(run)))

    def _has_baseline(self) -> bool:
        return self._tests.baseline is not None

    async def recording(
        self, call: ToolCalled, effect: Effect, run: Callable[[], Awaitable[ToolResult]]
    ) -> ToolResult:
        """A writing tool journals its own changes; around a command the tree is compared."""
        if effect is Effect.WRITE:
            return await run()
        around = self._workspace.journal.around("command", call.call_id)
        started = time.monotonic()
        if self._look_seconds > QUICK:
            await asyncio.to_thread(around.__enter__)
        else:
            around.__enter__()
        self._look_seconds = time.monotonic() - started
        try:
            return await run()
        finally:
            around.__exit__(None, None, None)

    async def note(self, arguments: dict[str, Any]) -> str:
        """The AGENTS.md files that hold where the call read or wrote, each once in a session."""
        path = arguments.get("path")
        if not isinstance(path, str) or "/" not in path:
            return ""
        root = self._workspace.root
        if self._told is None:  # those of the root are in the first request
            self._told = frozenset(instructions.applicable(root, root))
        text, new = instructions.note(root, path, self._told)
        self._told = self._told | set(new)
        return text

    def restored(self, arguments: Any) -> Any:
        return self.entrance.restored(arguments, self._text_of)

    async def received(
        self, tool: str, effect: Effect, arguments: dict[str, Any], result: ToolResult
    ) -> ToolResult:
        return await self.entrance.received(tool, effect, arguments, result)

    def _text_of(self, path: str) -> str:
        try:
            return self._workspace.files.read(path).text
        except (PathRefused, FileMissing, NotText, OSError):
            return ""

    def changes(self) -> list[FilesChanged | Noticed]:
        entries = self._workspace.drain()
        self._changed.is_true = self._changed.is_true or bool(entries)
        events: list[FilesChanged | Noticed] = []
        for entry in entries:
            if entry.changes:
                events.append(file_changes(entry))
            if entry.uncovered:
                names = ", ".join(entry.uncovered[:5]) + (" …" if len(entry.uncovered) > 5 else "")
                text = f"Changed or removed without a copy, so undo cannot bring it back: {names}"
                events.append(Noticed(text=text, level="warning"))
        return events


def file_changes(entry: "JournalEntry") -> FilesChanged:
    """What the journal tells, as an event."""
    cause: Any = entry.cause if entry.cause in ("tool", "command", "undo", "redo", "repair") else "tool"
    return FilesChanged(changes=entry.changes, entry=entry.id, cause=cause)
