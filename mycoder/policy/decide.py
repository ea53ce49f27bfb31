"""May it? A pure function from an action and the policy to a verdict with its rule and reason."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from mycoder.policy.rules import Rule, first_fit
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


class Policy(msgspec.Struct, frozen=True):
    """The person's rules. Deny wins over ask, ask over allow."""

    allow: tuple[Rule, ...] = ()
    ask: tuple[Rule, ...] = ()
    deny: tuple[Rule, ...] = ()

    @classmethod
    def of(cls, *, allow: Iterable[str] = (), ask: Iterable[str] = (), deny: Iterable[str] = ()) -> "Policy":
        """From the texts of the settings. Raises RuleError."""
        return cls(*(tuple(Rule.parse(text) for text in texts) for texts in (allow, ask, deny)))


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

GUARDS = tuple(
    Rule("shell", f"rm {flags} {name}")
    for flags in ("-rf", "-fr", "-r", "-Rf", "-r -f", "-f -r", "--recursive")
    for name in (
        ".git",
        "./.git",
        ".git/",
        ".git/objects",
        ".git/refs",
        "/",
        "~",
        "$HOME",
        ".",
        "./",
        "..",
    )
)
"""Commands that nobody wants and that undo cannot take back: the history of the project is in `.git`, which the
journal does not cover. A guard against mistakes by its words; the sandbox holds what lies outside of the project."""

OWN_TESTS = frozenset({"test", "localise", "wait"})
"""Tools that only run the project's own tests, or wait: the mode `edit` runs them without a question."""


def decide(action: Action, mode: Mode, policy: Policy = Policy()) -> Verdict:
    """The verdict on `action`. A deny rule holds in every mode; an allow rule never lifts what the mode forbids."""
    by_mode = TABLE[mode, action.effect]
    if rule := first_fit(GUARDS, action.tool, action.arguments, is_cautious=True):
        return Verdict(
            "deny", f"guard:{rule}", f"`{rule.pattern}` cannot be undone, and is refused in every mode"
        )
    if rule := first_fit(policy.deny, action.tool, action.arguments, is_cautious=True):
        return Verdict("deny", f"deny:{rule}", f"the rule deny {rule} forbids it")
    if by_mode == "deny":
        return Verdict(
            "deny", f"mode:{mode}", f"the mode `{mode}` is read-only: nothing may be changed or run"
        )
    if rule := first_fit(policy.ask, action.tool, action.arguments, is_cautious=True):
        return Verdict("ask", f"ask:{rule}", f"the rule ask {rule} wants it approved")
    if rule := first_fit(policy.allow, action.tool, action.arguments, is_cautious=False):
        return Verdict("allow", f"allow:{rule}", f"the rule allow {rule}")
    if mode == "edit" and action.tool in OWN_TESTS:
        return Verdict("allow", f"mode:{mode}", "the project's own tests, in the sandbox")
    if by_mode == "ask":
        return Verdict("ask", f"mode:{mode}", f"the mode `{mode}` asks before a tool may {action.effect}")
    return Verdict("allow", f"mode:{mode}")
