"""The prompt: several lines, history, completion, pastes and images as chips."""

import re
from pathlib import Path

from textual import events
from textual.message import Message
from textual.widgets import TextArea

from mycoder.protocol.messages import Attachment
from mycoder.ui.history import Walk
from mycoder.ui.tui.completer import Completer

PASTE_CHARACTERS, PASTE_LINES = 1_000, 15
"""A paste longer than this becomes a placeholder until it is sent."""
IMAGES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
_CHIP = re.compile(r"\[(?:pasted text|image) (\d+)[^\]\n]*\]")


class Composer(TextArea):
    """A text area that sends. What is typed is kept until it is sent, whatever else happens on the screen."""

    DEFAULT_CSS = """
    Composer {
        height: auto; max-height: 12; min-height: 1; border: none; padding: 0 0 0 1;
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
        self._chips: dict[int, str | Attachment] = {}
        self._draft = ""

    # -- what is in it -----------------------------------------------------------

    def set_text(self, text: str) -> None:
        """Replace everything and put the caret at the end."""
        self.text = text
        self.move_cursor(self.document.end)

    def take(self) -> tuple[str, tuple[Attachment, ...]]:
        """The text with its chips expanded, and the images; the prompt is empty afterwards."""
        images: list[Attachment] = []

        def expand(match: re.Match[str]) -> str:
            chip = self._chips.get(int(match[1]))
            if isinstance(chip, Attachment):
                images.append(chip)
            return chip if isinstance(chip, str) else match[0]

        text = _CHIP.sub(expand, self.text)
        self._chips.clear()
        self._walk.leave()
        self.completer.close()
        self.text = ""
        return text, tuple(images)

    @property
    def before(self) -> str:
        """The text before the caret, of the line with the caret; of all lines for a search."""
        row, column = self.cursor_location
        line = str(self.document.get_line(row))[:column]
        return line if row == 0 or "@" in line else f"\n{line}"

    def add_image(self, path: Path) -> None:
        number = len(self._chips) + 1
        self._chips[number] = Attachment(str(path), IMAGES.get(path.suffix.lower(), "image/png"))
        self.insert(f"[image {number}: {path.name.replace(']', ')')}] ")

    # -- keys --------------------------------------------------------------------

    async def _on_key(self, event: events.Key) -> None:
        self.post_message(self.Typed())
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
                if is_exact:
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
        typed = self.text
        text, images = self.take()
        self.completer.history.add(typed if not _CHIP.search(typed) else text)
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
        text = event.text.replace("\r\n", "\n").replace("\r", "\n")
        if not text.strip():
            self.post_message(self.ImageWanted())
            return
        path = _image_path(text) if self.takes_images else None
        if path is not None:
            self.add_image(path)
        elif len(text) > PASTE_CHARACTERS or text.count("\n") >= PASTE_LINES:
            number = len(self._chips) + 1
            self._chips[number] = text
            self._replace_via_keyboard(
                f"[pasted text {number}: {text.count(chr(10)) + 1} lines]", *self.selection
            )
        else:
            self._replace_via_keyboard(text, *self.selection)

    async def on_text_area_changed(self, event: TextArea.Changed) -> None:
        await self._update_popup()

    async def _update_popup(self) -> None:
        await self.completer.update(self.before, self.text)


def _image_path(text: str) -> Path | None:
    """The image that a pasted or dropped path names, in the ways that terminals quote it."""
    name = text.strip().strip("'\"").removeprefix("file://").replace("\\ ", " ")
    if "\n" in name or len(name) > 1_000 or Path(name).suffix.lower() not in IMAGES:
        return None
    path = Path(name).expanduser()
    try:
        return path.resolve() if path.is_file() else None
    except OSError:
        return None
