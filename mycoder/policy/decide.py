"""May it? A pure function from an action and the policy to a verdict with its rule and reason."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from mycoder.protocol.events import Mode
from mycoder.protocol.tooling import Effect

Decision = Literal["allow", "ask", "deny"]


class Action(msgspec.Struct, frozen=True):
    """What a call wants to do. `arguments` are validated."""

    tool: str
    effect: Effect
    arguments: Mapping[str, Any] = {}


class Verdict(msgspec.Struct, frozen=True):
    decision: Decision
    rule: str = ""
    reason: str = ""


TABLE: dict[tuple[Mode, Effect], Decision] = {
    ("plan", Effect.READ): "allow",
    ("plan", Effect.WRITE): "deny",
    ("plan", Effect.RUN): "deny",
    ("plan", Effect.NET): "deny",
    ("ask", Effect.READ): "allow",
    ("ask", Effect.WRITE): "ask",
    ("ask", Effect.RUN): "ask",
    ("ask", Effect.NET): "ask",
    ("edit", Effect.READ): "allow",
    ("edit", Effect.WRITE): "allow",
    ("edit", Effect.RUN): "ask",
    ("edit", Effect.NET): "ask",
    ("auto", Effect.READ): "allow",
    ("auto", Effect.WRITE): "allow",
    ("auto", Effect.RUN): "allow",
    ("auto", Effect.NET): "ask",
}
"""Mode × effect. What `auto` runs is held by the sandbox, not by questions."""


def decide(action: Action, mode: Mode) -> Verdict:
    """The verdict on `action`. The project's own test command runs in the mode `edit` without a question."""
    if mode == "edit" and action.tool == "test":
        return Verdict("allow", "mode:edit", "the project's own tests, in the sandbox")
    decision = TABLE[mode, action.effect]
    reasons = {
        "deny": f"the mode `{mode}` is read-only: nothing may be changed or run",
        "ask": f"the mode `{mode}` asks before a tool may {action.effect}",
        "allow": "",
    }
    return Verdict(decision, f"mode:{mode}", reasons[decision])
