"""Widgets of entries: a flat one for everything finished, a growing row of flat ones for the living reply."""

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from mycoder.ui.committing import Committer
from mycoder.ui.entries import AnyEntry, End, Prompt, Reply, Thought
from mycoder.ui.tui.draw import Look, drawn, is_foldable
from mycoder.ui.tui.frozen import frozen
from mycoder.ui.tui.inks import lines

SEALED_SIZE = 1_500
"""Characters from which a piece of the living reply is left alone, and a new one begun."""
FENCE_LINES = 40
"""Lines of a code block that are drawn again with each new one, at most."""


class EntryView(Static):
    """A whole entry as one Static: its text can be selected, and restyling it costs next to nothing."""

    DEFAULT_CSS = """
    EntryView { height: auto; width: 1fr; padding: 0 0 0 1; }
    EntryView.-spaced { margin: 1 0; }
    EntryView.-cursor { padding: 0; border-left: outer $accent; background: $surface; }
    """

    def __init__(self, index: int, entry: AnyEntry, look: Look, is_open: bool) -> None:
        super().__init__(drawn(entry, look, is_open), markup=False)
        self.index, self.entry, self.is_open = index, entry, is_open
        self.display = not is_blank(entry)
        if isinstance(entry, Prompt | Reply | End):
            self.add_class("-spaced")

    def show(self, entry: AnyEntry, look: Look) -> None:
        self.entry = entry
        self.display = not is_blank(entry)
        self.update(drawn(entry, look, self.is_open))

    def on_click(self, event: events.Click) -> None:
        if event.y == 0 and is_foldable(self.entry) and not self.screen.selections:
            event.stop()
            toggle = getattr(self.parent, "toggle", None)
            if toggle is not None:
                toggle(self.index)


class LiveReply(Vertical):
    """The reply that is being streamed. Only its last piece is drawn again when more comes.

    Finished blocks collect in that piece up to `SEALED_SIZE` characters; then it is left alone for good. The
    drawing is that of a finished reply, so nothing moves when the reply ends.
    """

    DEFAULT_CSS = """
    LiveReply { height: auto; padding: 0 0 0 1; margin: 1 0; background: $background; }
    LiveReply > Static { height: auto; width: 1fr; }
    LiveReply.-cursor { border-left: outer $accent; padding: 0; }
    """

    def __init__(self, index: int, entry: Reply, look: Look) -> None:
        super().__init__()
        self._piece = Static(markup=False)
        self._pieces = [self._piece]
        self.index, self.entry, self.look = index, entry, look
        self.is_open = False
        self.written = 0
        """Characters of the reply that are on the screen."""
        self._committer = Committer(FENCE_LINES)
        self._held: list[Content] = []
        self._held_size = 0
        self.display = not is_blank(entry)
        self.write(entry)

    def compose(self) -> ComposeResult:
        yield from self._pieces

    @property
    def is_long(self) -> bool:
        """Whether it has several pieces, so that drawing it as one would take noticeable time."""
        return len(self._pieces) > 2

    def write(self, entry: Reply) -> None:
        """Draw what is new of `entry`; what is finished when the reply is."""
        fresh, self.written = entry.text[self.written :], len(entry.text)
        self.entry = entry
        self.display = not is_blank(entry)
        blocks = self._committer.push(fresh)
        if not entry.is_open:
            blocks += self._committer.finish()
        for block in blocks:
            if self._held_size > SEALED_SIZE:
                self._seal()
            self._held.append(frozen(block, self.look.glyphs))
            self._held_size += len(block)
        self._draw(self._committer.tail if entry.is_open else "")

    def _draw(self, tail: str) -> None:
        parts = [*self._held, frozen(tail, self.look.glyphs)] if tail.strip() else self._held
        self._piece.update(_spaced(parts))

    def _seal(self) -> None:
        self._piece.update(_spaced([*self._held, Content("")]))
        self._held, self._held_size = [], 0
        self._piece = Static(markup=False)
        self._pieces.append(self._piece)
        if self.is_attached:
            self.mount(self._piece)


def _spaced(parts: list[Content]) -> Content:
    """Blocks with an empty line between them."""
    rows: list[Content] = []
    for part in parts:
        rows += [Content(""), part] if rows else [part]
    return lines(rows)


def view_of(index: int, entry: AnyEntry, look: Look, is_open: bool) -> EntryView | LiveReply:
    if isinstance(entry, Reply) and entry.is_open:
        return LiveReply(index, entry, look)
    return EntryView(index, entry, look, is_open)


def is_blank(entry: AnyEntry) -> bool:
    """Whether there is nothing of an entry to see (yet)."""
    return isinstance(entry, Reply | Thought) and not entry.text.strip()
