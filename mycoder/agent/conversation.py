"""The messages a model reads, as a pure function of the session's events.

The live turn and a resumed session go through this one reducer, which is what makes their requests equal
byte for byte.
"""

from mycoder.protocol.events import (
    AnyEvent,
    ContextCompacted,
    FilesChanged,
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
                self._calls.append(ToolCall(event.call_id, event.tool, event.arguments))
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
            case FilesChanged(cause="undo" | "redo"):
                paths = ", ".join(change.path for change in event.changes)
                self._notes.append(
                    f"[Since then the person used {event.cause} on: {paths}. Read before you edit.]"
                )

    def tail_start(self, keep: int) -> int:
        """Index where the last `keep` messages begin, moved back so that no call is split from its result."""
        start = max(len(self.messages) - keep, 1)
        while start > 1 and self.messages[start].role == "tool":
            start -= 1
        return start

    def _opening(self, prompt: str) -> str:
        parts = [self._facts, *self._notes, f"# Task\n{prompt}" if self._facts else prompt]
        self._facts, self._notes = "", []
        return "\n\n".join(part for part in parts if part)

    def _compact(self, event: ContextCompacted) -> None:
        start = self.tail_start(event.keep) if event.keep else len(self.messages)
        head = self.messages[:1] if self.messages and self.messages[0].role == "system" else []
        self.messages = [*head, Message("user", event.summary), *self.messages[start:]]
        self.compactions += 1

    def _close_reply(self) -> None:
        if self._text or self._calls:
            message = Message("assistant", "".join(self._text), "".join(self._thought), tuple(self._calls))
            self.messages.append(message)
        self._void()

    def _void(self) -> None:
        self._text, self._thought, self._calls = [], [], []
