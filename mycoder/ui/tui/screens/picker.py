"""A list to pick from, with a filter: the one dialog that sessions, themes, rewind and the palette share."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from mycoder.ui import fuzzy
from mycoder.ui.tui.fields import Field, focus
from mycoder.ui.tui.inks import ink
from mycoder.ui.tui.popup import Choice
from mycoder.ui.visible import visible_line


class Picker(ModalScreen[str | None]):
    """Ends with the value of the choice, or None. `watched` is called with each choice that is marked."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "leave", priority=True)]

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        *,
        marked: str = "",
        watched: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__()
        self.heading, self.choices, self.marked, self.watched = title, choices, marked, watched
        self._input = Field(placeholder="type to filter")
        self._list = OptionList(markup=False)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(ink(self.heading, "bold $primary"))
            yield self._input
            yield self._list

    def on_mount(self) -> None:
        at = next((i for i, choice in enumerate(self.choices) if choice.value == self.marked), 0)
        self._fill(self.choices, at)
        focus(self._input)

    def _fill(self, choices: Sequence[Choice], at: int = 0) -> None:
        self._list.clear_options()
        self._list.add_options(
            [Option(_row(choice, self._width()), id=f"c{self.choices.index(choice)}") for choice in choices]
        )
        self._list.highlighted = at if choices else None

    def _width(self) -> int:
        """Columns of the labels, so that what is said of them stands in a column of its own."""
        widest = max((cell_len(visible_line(choice.label)) for choice in self.choices), default=0)
        return max(12, min(widest, self.app.size.width * 2 // 5, 60))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        labels = {f"{choice.label} {choice.detail}": choice for choice in self.choices}
        self._fill([labels[label] for label in fuzzy.best(event.value, labels, most=200)])

    def on_key(self, event: events.Key) -> None:
        moves: dict[str, Callable[[], object]] = {
            "up": self._list.action_cursor_up,
            "down": self._list.action_cursor_down,
            "pageup": self._list.action_page_up,
            "pagedown": self._list.action_page_down,
        }
        if event.key in moves:
            event.stop()
            moves[event.key]()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._list.action_select()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if self.watched is not None and event.option.id:
            self.watched(self.choices[int(event.option.id[1:])].value)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        assert event.option.id is not None
        self.dismiss(self.choices[int(event.option.id[1:])].value)

    def action_cancel(self) -> None:
        self.dismiss(None)


def _row(choice: Choice, width: int) -> Content:
    row = ink(visible_line(choice.label))
    if not choice.detail:
        return row
    return row.truncate(width, ellipsis=True, pad=True) + ink(f"  {visible_line(choice.detail)}", "$muted")
