"""What anyone may see of a session, reduced from its events."""

from pathlib import Path

import msgspec

from mycoder.protocol.blocks import PlanItem
from mycoder.protocol.events import (
    COMMAND,
    AnyEvent,
    Asked,
    AskSettled,
    FilesChanged,
    Mode,
    ModeChanged,
    ModelChanged,
    PlanChanged,
    SessionResumed,
    SessionStarted,
    TestsRan,
    ToolCalled,
    ToolFinished,
    TurnEnded,
    TurnStarted,
    UsageChanged,
)
from mycoder.protocol.report import FileChange
from mycoder.protocol.usage import Usage


class SessionState(msgspec.Struct, eq=False):
    """Read-only for everyone but the session. `context` and `window` are tokens."""

    root: Path
    mode: Mode = "auto"
    model: str = ""
    sandbox: str = ""
    branch: str = ""
    turns: int = 0
    is_running: bool = False
    """A turn, or a slash command that takes long."""
    queue: tuple[str, ...] = ()
    asks: dict[str, Asked] = msgspec.field(default_factory=dict)
    usage: Usage = msgspec.field(default_factory=Usage)
    context: int = 0
    window: int = 0
    plan: tuple[PlanItem, ...] = ()
    tests: TestsRan | None = None
    """The last complete run of the project's tests."""
    changed: dict[str, FileChange] = msgspec.field(default_factory=dict)
    """Files changed in this session, by path, as the last event told."""

    def apply(self, event: AnyEvent) -> None:
        if event.agent == COMMAND:
            self._of_command(event)
        else:
            self._of_turns(event)

    def _of_command(self, event: AnyEvent) -> None:
        if isinstance(event, ToolCalled | ToolFinished):
            self.is_running = isinstance(event, ToolCalled)

    def _of_turns(self, event: AnyEvent) -> None:
        match event:
            case SessionStarted():
                self.mode, self.model, self.sandbox = event.mode, event.model, event.sandbox
                self.branch = event.branch
            case SessionResumed():
                self.model, self.sandbox = event.model or self.model, event.sandbox or self.sandbox
                self.branch = event.branch
            case TurnStarted(agent=""):
                self.turns += 1
                self.is_running = True
            case TurnEnded(agent=""):
                self.is_running = False
                self.sandbox = event.report.sandbox or self.sandbox
            case Asked():
                self.asks[event.ask_id] = event
            case AskSettled():
                self.asks.pop(event.ask_id, None)
            case UsageChanged():
                self.usage = event.total
                if not event.agent:
                    self.context, self.window = event.context, event.window
            case PlanChanged(agent=""):
                self.plan = event.items
            case ModeChanged():
                self.mode = event.mode
            case ModelChanged():
                self.model = event.model
            case TestsRan(complete=True):
                self.tests, self.sandbox = event, event.sandbox or self.sandbox
            case FilesChanged():
                self.changed.update({change.path: change for change in event.changes})
