"""How a slash command is declared, and what it may use of a session."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from mycoder.protocol.blocks import AnyBlock, Diff
from mycoder.protocol.commands import AnyCommand
from mycoder.protocol.events import GoalChanged
from mycoder.protocol.state import StateView
from mycoder.session.approvals import Approvals
from mycoder.session.remembering import Remembering
from mycoder.session.skilled import Skilled
from mycoder.workflows.agents.catalog import Catalog
from mycoder.workflows.agents.crew import Crew

if TYPE_CHECKING:
    from mycoder.session.checks import Check


class SlashSession(Protocol):
    """The public methods of a session that commands act through."""

    @property
    def state(self) -> StateView: ...
    @property
    def memory(self) -> Remembering: ...
    @property
    def skills(self) -> Skilled: ...
    @property
    def workflow(self) -> str: ...
    def use_workflow(self, name: str) -> str: ...
    async def send(self, command: AnyCommand) -> None: ...
    async def run_tests(self, arguments: Sequence[str] = ()) -> None: ...
    def diff(self) -> list[Diff]: ...
    def undo(self, steps: int = 1) -> None: ...
    def redo(self, steps: int = 1) -> None: ...
    def set_mode(self, mode: str) -> None: ...
    async def set_model(self, model: str) -> None: ...
    async def compact(self) -> None: ...
    @property
    def goal(self) -> GoalChanged | None: ...
    def set_goal(self, goal: GoalChanged) -> None: ...
    @property
    def approvals(self) -> Approvals: ...
    def fork(self, at: int = 0) -> str: ...
    @property
    def crew(self) -> Crew | None: ...
    def agent_catalog(self) -> Catalog: ...
    async def checks(self) -> "list[Check]": ...
    def export(self, form: str = "md") -> str: ...
    def notice(
        self,
        text: str,
        *,
        level: str = "info",
        hint: str = "",
        blocks: tuple[AnyBlock, ...] = (),
        undo: str = "",
    ) -> None: ...


Run = Callable[[SlashSession, str], Awaitable[None]]


class SlashCommand(msgspec.Struct, frozen=True, kw_only=True):
    """`run` gets the session and the rest of the line; it is None when the face carries the command out."""

    name: str
    summary: str
    usage: str = ""
    """What may follow the name, e.g. ``[n]``."""
    aliases: tuple[str, ...] = ()
    run: Run | None = None
    lasts: Literal["", "alone", "beside"] = ""
    """Whether it takes long, and is shown as running: `alone` after all that was asked for before, `beside` also
    while a turn runs, where it is answered without a word in between."""


def steps(arguments: str) -> int | None:
    """A count of at least 1 from the rest of the line, 1 when it is empty; None when it is no count."""
    word = arguments.strip()
    if not word:
        return 1
    return int(word) if word.isascii() and word.isdigit() and int(word[:9]) > 0 else None
