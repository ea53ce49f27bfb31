"""One widget per entry: a flat one for what is finished, a Markdown stream for the reply that is not."""

from textual import events
from textual.widgets import Markdown, Static
from textual.widgets.markdown import MarkdownStream

from mycoder.ui.transcript import AnyEntry, Call, End, Prompt, Reply, Thought
from mycoder.ui.tui.draw import Look, drawn, is_foldable
from mycoder.ui.visible import visible


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
        self.display = not _is_blank(entry)
        if isinstance(entry, Prompt | Reply | End):
            self.add_class("-spaced")

    def show(self, entry: AnyEntry, look: Look) -> None:
        self.entry = entry
        self.display = not _is_blank(entry)
        self.update(drawn(entry, look, self.is_open))

    def on_click(self, event: events.Click) -> None:
        if event.y == 0 and is_foldable(self.entry) and not self.screen.selections:
            event.stop()
            toggle = getattr(self.parent, "toggle", None)
            if toggle is not None:
                toggle(self.index)


class LiveReply(Markdown):
    """The reply that is being streamed."""

    DEFAULT_CSS = """
    LiveReply { height: auto; padding: 0 0 0 1; margin: 1 0; background: $background; }
    LiveReply > MarkdownH1 { content-align: left middle; }
    LiveReply.-cursor { border-left: outer $accent; padding: 0; }
    """

    def __init__(self, index: int, entry: Reply) -> None:
        super().__init__(open_links=False)
        self.index, self.entry = index, entry
        self.is_open = False
        self._wanted = entry.text
        self._written = 0
        self._stream: MarkdownStream | None = None

    def on_mount(self) -> None:
        # the widget empties itself when it is mounted: the stream begins after that
        self.call_later(self._begin)

    async def _begin(self) -> None:
        self._stream = Markdown.get_stream(self)
        await self._catch_up()

    async def on_unmount(self) -> None:
        if self._stream is not None:
            await self._stream.stop()

    def write(self, text: str) -> None:
        """`text` is the whole reply so far."""
        self._wanted = text
        if self._stream is not None:
            self.call_later(self._catch_up)

    async def _catch_up(self) -> None:
        fresh, self._written = self._wanted[self._written :], len(self._wanted)
        if fresh and self._stream is not None:
            await self._stream.write(visible(fresh))


def view_of(index: int, entry: AnyEntry, look: Look, is_open: bool) -> EntryView | LiveReply:
    if isinstance(entry, Reply) and entry.is_open:
        return LiveReply(index, entry)
    return EntryView(index, entry, look, is_open)


def _is_blank(entry: AnyEntry) -> bool:
    match entry:
        case Reply() | Thought():
            return not entry.text.strip()
        case Call():
            return False
    return False
