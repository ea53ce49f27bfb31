"""What the laws of the protocol still owe: open calls, open asks, an open turn.

The loop settles it on cancel and crash, a resumed session on what a killed one left behind.
"""

from collections.abc import Collection

from mycoder.protocol.events import (
    AgentEnded,
    AgentStarted,
    AnyEvent,
    Asked,
    AskSettled,
    EndReason,
    FilesChanged,
    ModelRetried,
    ToolCalled,
    ToolFinished,
    TurnEnded,
    TurnStarted,
)

REPAIR = "repair"
"""The sub-agent and the call that search for a repair, on a copy: a patch is written only when the call has ended."""
LISTED = 8
"""Paths that are named."""
SEARCHED = "Stopped. The search worked on a copy, so nothing was changed by it."


SPAWNING = "agent"
"""The tool that starts a sub-agent."""


class Owed:
    """Watches the events of one agent; `settle` makes the events that close everything left open."""

    def __init__(self) -> None:
        self.turn_is_open = False
        self.calls: dict[tuple[str, str], ToolCalled] = {}
        """Open calls by agent and id."""
        self.asks: dict[str, Asked] = {}
        self.agents: dict[str, AgentStarted] = {}
        self._their_turns: set[str] = set()
        self._changed: dict[str, dict[str, None]] = {}
        """Paths that each agent has changed in this turn."""
        self._had_others = False
        """Sub-agents were started, whose changes are not all told here."""

    def see(self, event: AnyEvent) -> None:
        match event:
            case TurnStarted(agent=""):
                self.turn_is_open = True
                self._changed, self._had_others = {}, False
            case TurnEnded(agent=""):
                self.turn_is_open = False
            case TurnStarted():
                self._their_turns.add(event.agent)
            case TurnEnded():
                self._their_turns.discard(event.agent)
            case AgentStarted():
                self.agents[event.child] = event
            case AgentEnded():
                self.agents.pop(event.child, None)
            case FilesChanged():
                changed = self._changed.setdefault(event.agent, {})
                changed.update(dict.fromkeys(change.path for change in event.changes))
            case ToolCalled():
                self.calls[event.agent, event.call_id] = event
                self._had_others = self._had_others or event.tool == SPAWNING
            case ToolFinished():
                self.calls.pop((event.agent, event.call_id), None)
            case ModelRetried():
                self.calls = {k: c for k, c in self.calls.items() if c.agent != event.agent}
            case Asked():
                self.asks[event.ask_id] = event
            case AskSettled():
                self.asks.pop(event.ask_id, None)

    def settle(
        self, reason: EndReason, *, message: str = "", told: dict[str, str] | None = None
    ) -> list[AnyEvent]:
        """Closing events in their order. `told` maps call ids to what is known of their effect."""
        known = told or {}
        unknown = (
            "Stopped before it finished. It may have had part of its effect: check before doing it again."
        )
        events: list[AnyEvent] = [
            AskSettled(ask_id=a.ask_id, choice="deny", by="interrupt", agent=a.agent)
            for a in self.asks.values()
        ]
        events += [
            ToolFinished(
                call_id=c.call_id,
                ok=False,
                output=SEARCHED if c.tool == REPAIR else known.get(c.call_id, unknown),
                agent=c.agent,
            )
            for c in self.calls.values()
        ]
        for child, started in reversed(self.agents.items()):
            if child in self._their_turns:
                events.append(TurnEnded(reason=reason, message=message, agent=child))
            summary = self._left_by(started)
            events.append(AgentEnded(child=child, ok=False, summary=summary, agent=started.agent))
        if self.turn_is_open:
            events.append(TurnEnded(reason=reason, message=message))
        self.turn_is_open, self.calls, self.asks = False, {}, {}
        self.agents, self._their_turns = {}, set()
        return events

    def kept(self) -> str:
        """What the turn leaves behind in the project, in a sentence."""
        paths = dict.fromkeys(path for changed in self._changed.values() for path in changed)
        if self._had_others:
            return "What it and its sub-agents have changed is kept."
        return f"What it has changed is kept: {_listed(paths)}." if paths else "It has changed no file."

    def _left_by(self, started: AgentStarted) -> str:
        """What a stopped sub-agent leaves behind."""
        paths = self._changed.get(started.child, {})
        if paths:
            return f"It was stopped; what it had changed is still there: {_listed(paths)}."
        if started.name == REPAIR:
            return "It was stopped before it had changed anything."
        return "It was stopped; what it had changed is still there."


def _listed(paths: Collection[str]) -> str:
    more = f" and {len(paths) - LISTED} more" if len(paths) > LISTED else ""
    return ", ".join(list(paths)[:LISTED]) + more
