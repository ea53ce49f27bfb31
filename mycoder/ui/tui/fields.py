"""One-line fields, and who gets which key.

`Widget.focus` waits its turn behind the keys that have come meanwhile, so what is typed fast would go where the
focus was before: the letter after Alt+Up into the prompt, the beginning of a filter nowhere. And a key of the app
is acted on while the letters before it still wait for the prompt that they go to.
"""

import asyncio
import contextlib
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


PATIENCE = 2.0
"""Seconds after which a key is acted on although a widget has not taken those before it."""


def focus(widget: Widget) -> None:
    """The next key that is handled goes to `widget`."""
    if widget.is_attached:
        widget.screen.set_focus(widget)


async def handled(widget: Widget | None) -> None:
    """Returns when `widget` has taken all keys that it was given so far."""
    if widget is None:
        return
    has_come = asyncio.Event()
    if widget.call_later(has_come.set):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(has_come.wait(), PATIENCE)
