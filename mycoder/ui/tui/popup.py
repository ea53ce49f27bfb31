"""The list above the prompt: completions of mentions, commands and history."""

from collections.abc import Sequence

import msgspec
from textual.content import Content
from textual.widgets import Static

from mycoder.ui.tui.inks import ink, lines
from mycoder.ui.visible import visible_line

ROWS = 8


class Choice(msgspec.Struct, frozen=True):
    """`value` is what is taken, `label` what is shown, `detail` what stands beside it."""

    value: str
    label: str
    detail: str = ""


class Popup(Static):
    """Shows choices and which one is marked. It never has the focus: the prompt keeps it."""

    DEFAULT_CSS = """
    Popup { display: none; height: auto; max-height: 10; padding: 0 2; background: $panel; color: $text; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self.choices: Sequence[Choice] = ()
        self.marked = 0
        self.title = ""

    @property
    def is_open(self) -> bool:
        return bool(self.display) and bool(self.choices)

    @property
    def choice(self) -> Choice | None:
        return self.choices[self.marked] if self.is_open else None

    def show(self, choices: Sequence[Choice], title: str = "") -> None:
        self.choices, self.title, self.marked = choices[:ROWS], title, 0
        self.display = bool(choices)
        self._draw()

    def hide(self) -> None:
        self.choices, self.display = (), False

    def move(self, step: int) -> None:
        if self.choices:
            self.marked = (self.marked + step) % len(self.choices)
            self._draw()

    def _draw(self) -> None:
        width = max((min(48, len(choice.label)) for choice in self.choices), default=0)
        rows = [ink(self.title, "$muted")] if self.title else []
        for index, choice in enumerate(self.choices):
            label = visible_line(choice.label)
            row = Content(f"{'>' if index == self.marked else ' '} {label:<{width}}")
            row = row.stylize("bold $text on $cursor-bg $cursor-style" if index == self.marked else "$text")
            rows.append(row + ink(f"  {visible_line(choice.detail)}", "$muted") if choice.detail else row)
        self.update(lines(rows))
