"""What must outlive a compaction, reduced from the session's events and never from the conversation.

The conversation is shortened again and again; the events are not. So what was asked on the first day is as fresh
after the tenth rebuild as after the first, and a resumed session knows the same as a live one.
"""

from collections import deque

import msgspec

from mycoder.agent.literals import COMMAND, FILE, MODEL, PERSON, Literals
from mycoder.protocol.blocks import PlanItem
from mycoder.protocol.events import (
    AnyEvent,
    AskSettled,
    FilesChanged,
    GoalChanged,
    ModelRetried,
    PlanChanged,
    PromptAdded,
    SessionStarted,
    TestsRan,
    TextAdded,
    ToolCalled,
    ToolFinished,
    TurnEnded,
    TurnStarted,
    UsageChanged,
)
from mycoder.protocol.report import FileChange

LONGEST_WORDS = 64_000
"""Characters that are kept of what a person said in one go; the log has the rest."""

_MOST_WORDS, _MOST_FILES, _MOST_ACTIONS = 300, 1000, 80
_LAST_WORDS = 4_000
_READS = frozenset({"read", "grep", "find", "outline", "localise"})
"""Tools whose results can be had again from the files."""


class Action(msgspec.Struct):
    """A call for people and models: its title, and how it ended."""

    title: str
    ok: bool = True
    times: int = 1


class Chronicle:
    """The state that a checkpoint is made of. Read by `rebuild` and `checkpoint`, fed by every event."""

    def __init__(self) -> None:
        self.facts = ""
        self.words: list[str] = []
        self.plan: tuple[PlanItem, ...] = ()
        self.goal: GoalChanged | None = None
        self.files: dict[str, FileChange] = {}
        self.tests: TestsRan | None = None
        self.part: TestsRan | None = None
        """The last run of some of the tests, when it came after the last complete one."""
        self.actions: deque[Action] = deque(maxlen=_MOST_ACTIONS)
        self.failures: deque[str] = deque(maxlen=8)
        self.last_words = ""
        self.literals = Literals()
        self.steps = 0
        self.is_finished = False
        """The last task ended as done, and nobody has said anything since."""
        self._text: list[str] = []
        self._calls: dict[str, ToolCalled] = {}

    def apply(self, event: AnyEvent) -> None:
        if event.agent and not isinstance(event, FilesChanged):
            return
        match event:
            case SessionStarted():
                self.facts = event.facts
            case TurnStarted():
                self._said(event.prompt)
                self._calls.clear()
            case PromptAdded(origin="steer" | "follow_up" | "slash"):
                self._said(event.text)
            case AskSettled(by="person") if event.note:
                self._said(event.note)
            case TextAdded():
                self._text.append(event.text)
            case ModelRetried():
                self._text.clear()
            case UsageChanged():
                self.steps += 1
                self._replied()
            case ToolCalled():
                self._calls[event.call_id] = event
            case ToolFinished():
                self._finished(event)
            case TurnEnded():
                self._replied()
                self.is_finished = event.reason == "done" and not self.open_tasks
            case _:
                self._state(event)

    @property
    def open_tasks(self) -> list[PlanItem]:
        return [item for item in self.plan if item.status in ("open", "active")]

    def _state(self, event: AnyEvent) -> None:
        match event:
            case FilesChanged():
                self._changed(event)
            case TestsRan():
                self.tests, self.part = (event, None) if event.complete else (self.tests, event)
            case PlanChanged():
                self.plan = event.items
            case GoalChanged():
                self.goal = event if event.text else None

    def _said(self, text: str) -> None:
        self.is_finished = False
        self.words.append(
            text
            if len(text) <= LONGEST_WORDS
            else text[: LONGEST_WORDS // 2] + "\n[…]\n" + text[-LONGEST_WORDS // 2 :]
        )
        if len(self.words) > _MOST_WORDS:
            del self.words[1]  # the first task stays
        self.literals.see(text, PERSON)

    def _replied(self) -> None:
        text = "".join(self._text).strip()
        self._text.clear()
        if text:
            self.last_words = text[-_LAST_WORDS:]
            self.literals.see(text, MODEL)

    def _finished(self, event: ToolFinished) -> None:
        call = self._calls.pop(event.call_id, None)
        if call is None:
            return
        title = call.title or call.tool
        last = self.actions[-1] if self.actions else None
        if last is not None and (last.title, last.ok) == (title, event.ok):
            last.times += 1
        else:
            self.actions.append(Action(title, event.ok))
        if not event.ok:
            lines = [line for line in event.output.splitlines() if line.strip()]
            self.failures.append(f"{title}: {lines[-1].strip()[:200]}" if lines else title)
        self.literals.see(event.output, FILE if call.tool in _READS else COMMAND)

    def _changed(self, event: FilesChanged) -> None:
        for change in event.changes:
            self.files.pop(change.path, None)  # the one changed last stands last
            self.files[change.path] = change
        while len(self.files) > _MOST_FILES:
            del self.files[next(iter(self.files))]
