"""What a turn may use, and what it has used."""

import time
from collections.abc import Callable, Iterator

import msgspec

from mycoder.agent.reply import Reply, priced
from mycoder.models.model import Model
from mycoder.protocol.events import AnyEvent, Noticed, UsageChanged
from mycoder.protocol.usage import Usage

DEAR, WORTH_WARNING = 3.0, 0.05
"""A reply is dear that costs more than so many times the median of those before it, and so many dollars."""
ENOUGH, KEPT = 5, 50
"""Replies that make a median, and that are kept for it."""


class Budget(msgspec.Struct, frozen=True):
    """Limits of one turn; 0 means none. `cost` is in dollars."""

    steps: int = 0
    cost: float = 0.0


class Meter(msgspec.Struct, eq=False):
    """Counts model calls and money. `total` is of the session, the rest of the turn that was started last."""

    budget: Budget = msgspec.field(default_factory=Budget)
    total: Usage = msgspec.field(default_factory=Usage)
    used: Usage = msgspec.field(default_factory=Usage)
    steps: int = 0
    context: int = 0
    window: int = 0
    started: float = 0.0
    also: Callable[[int, float], str] | None = None
    """A further limit, on replies and dollars, of who does the work of the turn; says what is spent, or nothing."""

    costs: list[float] = []
    """Dollars of the last replies of the session, the newest last."""
    is_warned: bool = False

    def start(self) -> None:
        self.steps, self.used, self.started = 0, Usage(), time.monotonic()
        self.is_warned = False

    def dear(self) -> Iterator[Noticed]:
        """A warning, once a turn, when the last reply cost far more than those before it."""
        *before, last = self.costs or [0.0]
        usual = sorted(before)[len(before) // 2] if len(before) >= ENOUGH else last
        if self.is_warned or last < WORTH_WARNING or last <= DEAR * usual:
            return
        self.is_warned = True
        text = f"The last step cost ${last:.2f}, {last / usual:.0f} times as much as usual." if usual else ""
        hint = "/compact makes what the model reads shorter; --max-cost limits a turn."
        yield Noticed(
            text=text or f"The last step cost ${last:.2f}; those before cost nothing.",
            level="warning",
            hint=hint,
        )

    def _keep_cost(self, cost: float) -> None:
        self.costs = [*self.costs[-KEPT + 1 :], cost]

    def spent(self) -> str:
        """Which limit is reached and what to do, or nothing."""
        if self.budget.steps and self.steps >= self.budget.steps:
            limit = "1 step" if self.budget.steps == 1 else f"{self.budget.steps} steps"
            return f"The limit of {limit} is reached: raise --max-steps, or go on from here."
        if self.budget.cost and self.used.cost >= self.budget.cost:
            return f"The limit of ${self.budget.cost:g} is reached: raise --max-cost, or go on from here."
        return self.also(self.steps, self.used.cost) if self.also is not None else ""

    def count(self, model: Model, reply: Reply) -> UsageChanged:
        """Counts one reply. The model's card is first read here, after the first request, because it may be slow."""
        card = model.card()
        usage = priced(reply.usage, card)
        self.steps += 1
        self.used += usage
        self.total += usage
        self.context = usage.input + usage.output
        self.window = card.window
        self._keep_cost(usage.cost)
        return UsageChanged(
            model=model.name,
            usage=usage,
            total=self.total,
            finish=reply.finish,
            context=self.context,
            window=card.window,
            seconds=reply.seconds,
            first_token=reply.first_token,
        )

    def count_aside(self, model: Model, usage: Usage, agent: str) -> UsageChanged:
        """Counts a question that is no step of the turn; `agent` says whose it was."""
        usage = priced(usage, model.card())
        self.used += usage
        self.total += usage
        return UsageChanged(
            model=model.name,
            usage=usage,
            total=self.total,
            context=self.context,
            window=self.window,
            agent=agent,
        )

    def see(self, event: AnyEvent) -> None:
        """Takes over the totals of a resumed session."""
        if isinstance(event, UsageChanged):
            self.total = event.total
            if event.agent:
                self.used += event.usage  # what a sub-agent costs is paid out of the turn's budget
            else:
                self.context, self.window = event.context, event.window
                self._keep_cost(event.usage.cost)
