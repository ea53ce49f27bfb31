"""One-line fields, and the keyboard given to a widget at once.

`Widget.focus` waits its turn behind the keys that have come meanwhile, so what is typed fast goes where the
focus was before: the letter after Alt+Up into the prompt, the beginning of a filter nowhere.
"""

from typing import Any

from textual.widget import Widget
from textual.widgets import Input


class Field(Input):
    """A line to type in. Its caret does not blink where motion is reduced."""

    def __init__(self, *, placeholder: str = "", is_secret: bool = False) -> None:
        super().__init__(compact=True, placeholder=placeholder, password=is_secret)

    def on_mount(self) -> None:
        still(self)


def still(prompt: Any) -> None:
    """Let the caret of a text field blink, or stand still where motion is reduced."""
    options = getattr(prompt.app, "options", None)
    prompt.cursor_blink = not (options is not None and options.is_still)


def focus(widget: Widget) -> None:
    """The next key that is handled goes to `widget`."""
    if widget.is_attached:
        widget.screen.set_focus(widget)
