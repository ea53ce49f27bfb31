"""What commands may use of the conversation on the screen, and how a command is declared."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec

from mycoder.protocol.commands import AnyCommand
from mycoder.ui.door import Door, OpenError, Opening, Options
from mycoder.ui.transcript import Transcript
from mycoder.ui.tui.approval import ApprovalBar
from mycoder.ui.tui.chat import Chat
from mycoder.ui.tui.composer import Composer
from mycoder.ui.tui.find import FindBar
from mycoder.ui.tui.panels import SideBar


class Stage(Protocol):
    """The conversation screen, as commands see it."""

    app: Any
    options: Options
    transcript: Transcript
    chat: Chat
    composer: Composer
    approval: ApprovalBar
    find: FindBar
    side: SideBar

    @property
    def door(self) -> Door | None: ...
    def send(self, command: AnyCommand) -> None: ...
    def say(self, text: str, level: str = "information") -> None: ...
    def doing(self, text: str) -> None: ...
    def refresh_panels(self) -> None: ...
    def ask_again(self, opening: Opening) -> None:
        """Leave this session and open another one."""
        ...


Run = Callable[[Stage, str], Awaitable[None] | None]


class UiCommand(msgspec.Struct, frozen=True, kw_only=True):
    """An action of the interface: it has a key, stands in the palette, or carries out a slash command.

    `id` is how a person remaps its key; `slash` is the slash command that it carries out.
    """

    id: str
    title: str
    run: Run
    keys: str = ""
    slash: str = ""
    is_in_palette: bool = True


class Face(Protocol):
    """What screens ask of the app."""

    def set_up_model(self, error: OpenError) -> None: ...
    def open_conversation(self, opening: Opening) -> None: ...
    def tell(self, text: str) -> None: ...
    def title_of(self, seen: Transcript) -> None: ...
    def leave(self) -> None: ...
    def copy(self, text: str) -> None: ...
