"""Find in the transcript: all of it, not only what has a view."""

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Static

from mycoder.ui.tui.chat import Chat
from mycoder.ui.tui.draw import plain
from mycoder.ui.tui.fields import Field, focus


class FindBar(Horizontal):
    """Enter goes to the next older hit, Up and Down move between hits."""

    DEFAULT_CSS = """
    FindBar { display: none; height: 1; background: $panel; padding: 0 2; }
    FindBar Static { width: auto; color: $text; background: $panel; }
    FindBar Input { width: 1fr; height: 1; border: none; padding: 0; background: $panel; color: $text; }
    """

    def __init__(self, chat: Chat) -> None:
        super().__init__()
        self.chat = chat
        self.hits: list[int] = []
        self._at = 0
        self._input = Field(placeholder="find in this session")
        self._count = Static(markup=False)

    def compose(self) -> ComposeResult:
        yield Static("find: ", markup=False)
        yield self._input
        yield self._count

    def open(self) -> None:
        self.display = True
        focus(self._input)
        self._search(self._input.value)

    def close(self) -> bool:
        """False when it was not open."""
        if not self.display:
            return False
        self.display = False
        self.chat.set_cursor(None)
        return True

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._search(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._step(-1)

    def on_key(self, event: events.Key) -> None:
        if event.key in ("up", "down"):
            event.stop()
            self._step(-1 if event.key == "up" else 1)

    def _search(self, query: str) -> None:
        needle = query.casefold()
        entries = self.chat.entries
        self.hits = (
            [i for i, entry in enumerate(entries) if needle in plain(entry).casefold()] if needle else []
        )
        self._at = len(self.hits)
        if self.hits:
            self._step(-1)
        else:
            self._count.update("nothing found" if needle else "")

    def _step(self, step: int) -> None:
        if not self.hits:
            return
        self._at = (self._at + step) % len(self.hits)
        self._count.update(f"{self._at + 1} of {len(self.hits)}  Enter: older, Esc: leave")
        self.chat.go_to(self.hits[self._at])
