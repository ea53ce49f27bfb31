"""Words of the person that came too late for the turn that was running: the next tasks, or said to be unread."""

import msgspec

from mycoder.protocol.commands import Submit
from mycoder.protocol.events import AnyEvent, EndReason, Noticed, TurnEnded

ITS_OWN_END: tuple[EndReason, ...] = ("done", "tests_failing", "failed", "refused")
"""Ends after which the session goes on with what waits. A turn that was stopped, ran into a limit or has no model
takes such words with it: what they were about is not as the person thought."""


class LateWords(msgspec.Struct, eq=False):
    """Watches one turn; `tasks` are those of its late words that are done next."""

    reason: EndReason | None = None
    tasks: list[Submit] = msgspec.field(default_factory=list)

    def see(self, event: AnyEvent) -> None:
        if isinstance(event, TurnEnded) and not event.agent:
            self.reason = event.reason

    def told(self, text: str) -> Noticed:
        """Decides about `text`; returns what people are told of it."""
        if self.reason in ITS_OWN_END:
            self.tasks.append(Submit(text=text))
            return Noticed(text=f"Came after the last reply of the turn, so it is the next task: {text}")
        return Noticed(text=f"Not read by the model, because the turn ended: {text}", level="warning")
