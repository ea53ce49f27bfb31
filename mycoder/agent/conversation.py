"""The messages a model reads, as a pure function of the session's events.

The live turn and a resumed session go through this one reducer, which is what makes their requests equal
byte for byte.
"""

from mycoder.agent.tail import Tail, kept
from mycoder.protocol.events import (
    AnyEvent,
    ContextCompacted,
    FilesChanged,
    GoalChanged,
    ModelRetried,
    PromptAdded,
    SessionStarted,
    TextAdded,
    ThoughtAdded,
    ToolCalled,
    ToolFinished,
    TurnEnded,
    TurnStarted,
    UsageChanged,
)
from mycoder.protocol.messages import Message, ToolCall


class Conversation:
    """Reduces the events of one agent (`agent` is its id, empty for the main one) to messages.

    Messages are only ever appended, except by ContextCompacted, a declared boundary.
    """

    def __init__(self, agent: str = "") -> None:
        self.agent = agent
        self.messages: list[Message] = []
        self.compactions = 0
        self._facts = ""
        self._notes: list[str] = []
        self._text: list[str] = []
        self._thought: list[str] = []
        self._calls: list[ToolCall] = []

    def apply(self, event: AnyEvent) -> None:
        if event.agent != self.agent:
            return
        match event:
            case SessionStarted():
                self.messages = [Message("system", event.system)] if event.system else []
                self._facts = event.facts
            case TurnStarted():
                self.messages.append(Message("user", self._opening(event.prompt), images=event.attachments))
            case PromptAdded():
                self.messages.append(Message("user", event.text))
            case TextAdded():
                self._text.append(event.text)
            case ThoughtAdded():
                self._thought.append(event.text)
            case ToolCalled():
                self._calls.append(ToolCall(event.call_id, event.tool, event.arguments, event.opaque))
            case ModelRetried():
                self._void()
            case UsageChanged():
                self._close_reply()
            case ToolFinished():
                self._close_reply()
                self.messages.append(Message("tool", event.output, call_id=event.call_id))
            case TurnEnded():
                self._close_reply()
            case ContextCompacted():
                self._compact(event)
            case _:
                self._note(event)

    def _note(self, event: AnyEvent) -> None:
        """What the model is told with the next task."""
        match event:
            case GoalChanged(status="open", attempts=0) if event.text:
                self._notes = [*(n for n in self._notes if not n.startswith(_GOAL)), _goal(event)]
            case FilesChanged(cause="undo" | "redo"):
                paths = ", ".join(change.path for change in event.changes)
                self._notes.append(
                    f"[Since then the person used {event.cause} on: {paths}. Read before you edit.]"
                )

    def _opening(self, prompt: str) -> str:
        parts = [self._facts, *self._notes, f"# Task\n{prompt}" if self._facts else prompt]
        self._facts, self._notes = "", []
        return "\n\n".join(part for part in parts if part)

    def _compact(self, event: ContextCompacted) -> None:
        head = self.messages[:1] if self.messages and self.messages[0].role == "system" else []
        tail = kept(self.messages[len(head) :], Tail(self._whole_keep(event.keep), event.cuts), event.whole)
        self.messages = [*head, Message("user", event.summary), *tail]
        self.compactions += 1

    def _whole_keep(self, keep: int) -> int:
        """`keep`, or more, so that no call is split from its result (logs of older versions counted otherwise)."""
        keep = min(keep, len(self.messages) - 1)
        while 0 < keep < len(self.messages) - 1 and self.messages[-keep].role == "tool":
            keep += 1
        return max(keep, 0)

    def _close_reply(self) -> None:
        if self._text or self._calls:
            message = Message("assistant", "".join(self._text), "".join(self._thought), tuple(self._calls))
            self.messages.append(message)
        self._void()

    def _void(self) -> None:
        self._text, self._thought, self._calls = [], [], []


_GOAL = "[The goal of this session: "


def _goal(goal: GoalChanged) -> str:
    checks = " and ".join(f"`{check}`" for check in goal.checks)
    how = (
        f"A turn ends as done only when {checks} exits 0."
        if checks
        else "A turn ends only when it is proved."
    )
    return f"{_GOAL}{goal.text}. {how}]"
