"""The rights of one agent: rules, the freest mode, and whose rights they are a part of."""

from collections.abc import Iterable

import msgspec

from mycoder.policy.rules import Rule, RuleText
from mycoder.protocol.events import Mode

MODES: tuple[Mode, ...] = ("plan", "ask", "edit", "auto")
"""From strict to free."""


class Policy(msgspec.Struct, frozen=True):
    """A person's rules. Deny wins over ask, ask over allow.

    `at_most` is the freest mode that is honoured, whatever mode is asked for.
    """

    allow: tuple[Rule, ...] = ()
    ask: tuple[Rule, ...] = ()
    deny: tuple[Rule, ...] = ()
    at_most: Mode = "auto"

    @classmethod
    def of(
        cls,
        *,
        allow: Iterable[RuleText] = (),
        ask: Iterable[RuleText] = (),
        deny: Iterable[RuleText] = (),
        at_most: Mode = "auto",
    ) -> "Policy":
        """From the texts of the settings; examples of rules are checked here. Raises RuleError."""
        return cls(
            tuple(Rule.checked(text, is_cautious=False) for text in allow),
            tuple(Rule.checked(text, is_cautious=True) for text in ask),
            tuple(Rule.checked(text, is_cautious=True) for text in deny),
            at_most,
        )

    def with_rules(
        self, *, allow: Iterable[Rule] = (), ask: Iterable[Rule] = (), deny: Iterable[Rule] = ()
    ) -> "Policy":
        """The same with more rules, e.g. those of remembered answers."""
        return msgspec.structs.replace(
            self, allow=(*self.allow, *allow), ask=(*self.ask, *ask), deny=(*self.deny, *deny)
        )


def stricter_mode(one: Mode, other: Mode) -> Mode:
    """The stricter of two modes."""
    return min(one, other, key=MODES.index)
