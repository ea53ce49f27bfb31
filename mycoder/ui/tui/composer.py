"""The prompt: several lines, history, completion, pastes and images as chips."""

from pathlib import Path

from textual import events
from textual.message import Message
from textual.widgets import TextArea

from mycoder.protocol.messages import Attachment
from mycoder.ui.chips import Chips
from mycoder.ui.history import Walk
from mycoder.ui.tui.completer import Completer
from mycoder.ui.tui.fields import still


class Composer(TextArea):
    """A text area that sends. What is typed is kept until it is sent, whatever else happens on the screen."""

    DEFAULT_CSS = """
    Composer {
        height: auto; max-height: 12; min-height: 1; border: none; padding: 0; width: 1fr;
        background: $surface; color: $text;
        &:focus { border: none; }
        & .text-area--placeholder { color: $muted; }
        & .text-area--cursor-line { background: $surface; }
    }
    """

    class Submitted(Message):
        """Enter: the text with its pastes in place, and the images of its chips."""

        def __init__(self, text: str, attachments: tuple[Attachment, ...]) -> None:
            super().__init__()
            self.text, self.attachments = text, attachments

    class Typed(Message):
        """A key or paste went to the prompt."""

    class ImageWanted(Message):
        """An empty paste: the clipboard may hold an image."""

    def __init__(self, completer: Completer, *, takes_images: bool = True) -> None:
        super().__init__(
            soft_wrap=True, tab_behavior="focus", show_line_numbers=False, highlight_cursor_line=False
        )
        self.completer, self.takes_images = completer, takes_images
        self._walk = Walk(completer.history)
        self._chips = Chips()
        self._draft = ""

    def on_mount(self) -> None:
        still(self)

    # -- what is in it -----------------------------------------------------------

    def set_text(self, text: str) -> None:
        """Replace everything and put the caret at the end."""
        self.text = text
        self.move_cursor(self.document.end)

    def take(self) -> tuple[str, tuple[Attachment, ...]]:
        """The text with its chips expanded, and the images; the prompt is empty afterwards."""
        text, images = self._chips.expand(self.text)
        self._walk.leave()
        self.completer.close()
        self.text = ""
        return text, images

    @property
    def before(self) -> str:
        """The text before the caret, of the line with the caret; of all lines for a search."""
        row, column = self.cursor_location
        line = str(self.document.get_line(row))[:column]
        return line if row == 0 or "@" in line else f"\n{line}"

    def add_image(self, path: Path) -> None:
        self.insert(self._chips.image(path))

    # -- keys --------------------------------------------------------------------

    async def _on_key(self, event: events.Key) -> None:
        self.post_message(self.Typed())
        if event.key in ("tab", "enter") and self.completer.is_open:
            # the list may be that of fewer letters than were typed: keys can come faster than it is drawn
            await self._update_popup()
        if self._completes(event.key) or await self._edits(event.key):
            event.stop()
            event.prevent_default()
            return
        await super()._on_key(event)

    def _completes(self, key: str) -> bool:
        completer = self.completer
        if not completer.is_open:
            return False
        match key:
            case "up" | "down":
                completer.popup.move(-1 if key == "up" else 1)
            case "tab" | "enter":
                is_exact = key == "enter" and not completer.is_searching and self._is_typed_out()
                if is_exact or (key == "enter" and not completer.is_meant()):
                    completer.close()
                    return False
                self._take(sends=key == "enter")
            case "escape":
                self.close_popup()
            case _:
                return False
        return True

    def close_popup(self) -> bool:
        """Close completion; True when there was something to close."""
        was_open = self.completer.is_open or self.completer.is_searching
        if self.completer.is_searching:
            self.completer.close()
            self.set_text(self._draft)
        elif was_open:
            self.completer.dismiss(self.before)
        return was_open

    def _is_typed_out(self) -> bool:
        choice = self.completer.popup.choice
        return choice is not None and self.text.strip() == f"/{choice.value}"

    def _take(self, *, sends: bool) -> None:
        is_search = self.completer.is_searching
        taken = self.completer.take()
        if taken is None:
            return
        if is_search:
            self.set_text(taken.text)
            return
        row, column = self.cursor_location
        self.replace(taken.text, (row, taken.start), (row, column), maintain_selection_offset=False)
        self.move_cursor((row, taken.start + len(taken.text)))
        if taken.is_final:
            self.completer.dismiss(self.before)
            if sends:
                self.submit()

    async def _edits(self, key: str) -> bool:
        match key:
            case "enter":
                self.submit()
            case "shift+enter" | "alt+enter" | "ctrl+j":
                self.insert("\n")
            case "alt+z" | "ctrl+underscore":
                self.action_undo()
            case "up" if self.cursor_at_first_line and (older := self._walk.older(self.text)) is not None:
                self.set_text(older)
            case "down" if self.cursor_at_last_line and (newer := self._walk.newer()) is not None:
                self.set_text(newer)
            case _:
                return False
        return True

    def submit(self) -> None:
        """Send what is there, if anything is."""
        if not self.text.strip():
            return
        typed, has_chips = self.text, self._chips.has_any(self.text)
        text, images = self.take()
        self.completer.history.add(text if has_chips else typed)
        self.post_message(self.Submitted(text, images))

    def search_history(self) -> None:
        """Ctrl+R: what is typed becomes the search."""
        self._draft = self.text
        self.completer.search_history()
        self.call_later(self._update_popup)

    # -- pastes ------------------------------------------------------------------

    async def _on_paste(self, event: events.Paste) -> None:
        self.post_message(self.Typed())
        event.stop()
        event.prevent_default()
        if not event.text.strip():
            self.post_message(self.ImageWanted())
            return
        text = self._chips.paste(event.text, takes_images=self.takes_images)
        self._replace_via_keyboard(text, *self.selection)

    async def on_text_area_changed(self, event: TextArea.Changed) -> None:
        await self._update_popup()

    async def _update_popup(self) -> None:
        await self.completer.update(self.before, self.text)
