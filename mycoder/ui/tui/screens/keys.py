"""All keys that are in force, with the ids by which they are remapped."""

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from mycoder.ui.tui import registry
from mycoder.ui.tui.commands.blocks import CHAT_KEYS
from mycoder.ui.tui.inks import ink, lines

PROMPT_KEYS = (
    ("Enter", "send; while a turn runs: queue"),
    ("Ctrl+J, Alt+Enter", "new line; Shift+Enter where the terminal tells it"),
    ("Up, Down", "history, at the first and the last line"),
    ("Alt+Z", "take back typing (Ctrl+Z suspends)"),
    ("Tab", "complete @file or /command"),
    ("@  /  !", "mention a file, command, shell"),
)


class KeysScreen(ModalScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1,q", "dismiss", "leave", priority=True)]

    def __init__(self, custom: Mapping[str, str]) -> None:
        super().__init__()
        self.custom = custom

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(
                ink("Keys", "bold $primary")
                + ink("  remap them with [ui.keys] in the configuration", "$muted")
            )
            with VerticalScroll():
                yield Static(self.listing(), markup=False)

    def listing(self) -> Content:
        has_room = self.app.size.width >= 96
        rows = [
            (registry.spelled(keys), command.title, command.id)
            for command, keys in registry.live_keys(self.custom)
        ]
        out = [_row(keys, what, command_id if has_room else "") for keys, what, command_id in rows]
        out += [
            ink("\nin the prompt", "bold $primary"),
            *(_row(keys, what, "") for keys, what in PROMPT_KEYS),
        ]
        out.append(ink("\non a block (Alt+Up)", "bold $primary"))
        for key, command_id in CHAT_KEYS.items():
            command = registry.find(command_id)
            assert command is not None
            out.append(_row(registry.spelled(key) if len(key) > 1 else key, command.title, ""))
        return lines(out)


def _row(keys: str, what: str, command_id: str) -> Content:
    return ink(f"{keys:<22} ", "bold") + Content(f"{what:<42}") + ink(command_id, "$muted")
