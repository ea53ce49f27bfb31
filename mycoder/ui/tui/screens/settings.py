"""The settings screen, made from the schema: a change holds at once and is written to the person's file."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from mycoder.ui import fuzzy
from mycoder.ui.door import Options, SettingField
from mycoder.ui.tui.fields import Field, focus
from mycoder.ui.tui.inks import ink, lines
from mycoder.ui.visible import visible_line


class SettingsScreen(ModalScreen[None]):
    """A filter, the list of all settings, and what the marked one does. Enter changes it in place."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", "leave", priority=True)]

    def __init__(self, options: Options) -> None:
        super().__init__()
        self.options = options
        self.fields: list[SettingField] = []
        self.shown: list[SettingField] = []
        self.editing: SettingField | None = None
        self._filter = Field(placeholder="type to filter")
        self._list = OptionList(markup=False)
        self._about = Static(markup=False)
        self._value = Field()

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(ink("Settings", "bold $primary"), markup=False)
            yield self._filter
            yield self._list
            yield self._about
            yield self._value

    def on_mount(self) -> None:
        self.fields = list(self.options.setting_fields())
        self._value.display = False
        self._fill(self.fields)
        focus(self._filter)

    # -- the list ------------------------------------------------------------------

    def _fill(self, fields: Sequence[SettingField]) -> None:
        at = self._list.highlighted or 0
        self.shown = list(fields)
        self._list.clear_options()
        self._list.add_options([Option(_row(field)) for field in self.shown])
        self._list.highlighted = min(at, len(self.shown) - 1) if self.shown else None

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input is self._filter:
            known = {f"{field.key} {field.help}": field for field in self.fields}
            self._fill([known[name] for name in fuzzy.best(event.value, known, most=200)])

    def on_key(self, event: Any) -> None:
        moves = {"up": self._list.action_cursor_up, "down": self._list.action_cursor_down}
        if event.key in moves and self.editing is None:
            event.stop()
            moves[event.key]()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        field = self.shown[event.option_index]
        facts = f"default {_words(field.default)}, now from {field.origin}"
        self._about.update(lines([Content(""), Content(field.help), ink(facts, "$muted")]))

    # -- changing ------------------------------------------------------------------

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input is self._filter:
            self._list.action_select()
        elif self.editing is not None:
            self._save(self.editing, event.value)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        field = self.shown[event.option_index]
        match field.kind:
            case "switch":
                self._save(field, not field.value)
            case "choice" if field.choices:
                at = field.choices.index(field.value) if field.value in field.choices else -1
                self._save(field, field.choices[(at + 1) % len(field.choices)])
            case _:
                self.editing = field
                self._value.display = True
                self._value.value = "" if field.value is None else str(field.value)
                focus(self._value)

    def _save(self, field: SettingField, value: Any) -> None:
        if self.options.save_setting is None:
            self.notify("Settings cannot be written here.", severity="warning", markup=False)
            return
        try:
            self.options.save_setting(field.key, value)
        except (ValueError, OSError) as error:
            self.notify(str(error), severity="error", markup=False)
            return
        self._live(field.key, value)
        self.fields = list(self.options.setting_fields())
        known = {each.key: each for each in self.fields}
        self._fill([known[each.key] for each in self.shown if each.key in known])
        self._stop_editing()

    def _live(self, key: str, value: Any) -> None:
        """What can take effect at once does; of the rest the person is told when it will."""
        app: Any = self.app
        if not app.apply_setting(key, value):
            self.notify(f"{key} holds from the next session on.", markup=False, timeout=4)

    def _stop_editing(self) -> None:
        self.editing = None
        self._value.display = False
        focus(self._filter)

    def action_back(self) -> None:
        if self.editing is not None:
            self._stop_editing()
        else:
            self.dismiss()


def _row(field: SettingField) -> Content:
    value = ink(_words(field.value), "bold" if field.value != field.default else "")
    return ink(f"{field.key:<34}") + value


def _words(value: Any) -> str:
    match value:
        case True | False:
            return "on" if value else "off"
        case None | "" | () | {}:
            return "not set"
    return visible_line(str(value))[:40]
