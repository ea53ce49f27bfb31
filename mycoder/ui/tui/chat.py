"""The conversation on the screen: a living tail, a frozen past, and a window of views over the entries.

Only a part of the entries has a view. The window grows at the end while the reader is there, is cut at the
beginning with hysteresis, and grows backwards when the reader scrolls up: always from the same entries by the
same drawing. While the reader is elsewhere nothing is mounted, so nothing moves under their eyes.
"""

import time
from collections.abc import Callable, Iterable, Sequence

from textual import events
from textual.containers import VerticalScroll
from textual.message import Message

from mycoder.ui.entries import AnyEntry, Call, End, Prompt, Reply, SubAgent, Thought
from mycoder.ui.tui.draw import Look, is_foldable, opens_itself, title_room
from mycoder.ui.tui.views import EntryView, LiveReply, view_of

LEAST = 24
"""Views that stay at the end, at least."""
SCREENS = 2.5
"""Heights of the screen that the views at the end fill, if the entries do: each layout walks all of them."""
BATCH = 12
"""Views that are mounted at once when history is filled in, and when a long log is opened."""
FILL_AFTER = 0.15
"""Seconds after which a screen that a new window leaves half empty is filled from the entries before it."""
PROGRESS_EVERY = 0.1
"""Seconds between two drawings of a running call."""


class Chat(VerticalScroll, can_focus=True):
    """Shows `entries`, which it does not own. Tell it of changes with `sync`."""

    BLANK = True
    DEFAULT_CSS = """
    Chat { layout: stream; height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; background: $background; }
    """

    class Away(Message):
        """The reader is not at the end; `count` entries are waiting there."""

        def __init__(self, count: int) -> None:
            super().__init__()
            self.count = count

    def __init__(self, entries: Sequence[AnyEntry], look: Look) -> None:
        super().__init__()
        self.entries, self.look = entries, look
        self.views: dict[int, EntryView | LiveReply] = {}
        self.first = self.last = 0
        self.cursor: int | None = None
        self.opened: dict[int, bool] = {}
        """What the reader opened or folded; it outlives the views."""
        self._held: set[int] = set()
        self._has_left = False
        self._is_filling = False
        self._when_filled: list[Callable[[], object]] = []
        self._progress_at = 0.0
        self._is_fill_due = False

    def update_node_styles(self, animate: bool = True) -> None:
        """No style depends on the state of the chat itself, and restyling it would walk every view."""

    # -- following -----------------------------------------------------------------

    def on_mount(self) -> None:
        self.anchor()

    @property
    def is_away(self) -> bool:
        """Whether the reader has scrolled away from the end."""
        return self._has_left and self.scroll_y < self.max_scroll_y - 0.5

    def release_anchor(self) -> None:
        if self.max_scroll_y == 0:
            return
        super().release_anchor()
        self._has_left = True

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if self._has_left and new_value >= self.max_scroll_y - 0.5:
            self._has_left = False
            if self._held or self.last < len(self.entries):
                self.call_later(self.sync, ())
        if new_value < 3 and self.first > 0 and self._has_left:
            self.call_later(self.fill_back)

    def follow(self) -> None:
        """Go to the end and stay there."""
        self._has_left = False
        self.sync(())
        self.anchor()

    # -- drawing -------------------------------------------------------------------

    def sync(self, changed: Iterable[int]) -> None:
        """Draw what changed since the last call, or keep it for later while the reader is away."""
        self._held.update(changed)
        if self.is_away:
            self.post_message(self.Away(len(self.entries) - self.last))
            return
        self.post_message(self.Away(0))
        waiting = len(self.entries) - self.last
        held, self._held = self._held, set()
        if waiting > BATCH:
            self._restart(len(self.entries) - BATCH)
            return
        for index in sorted(held):
            if self.first <= index < self.last:
                self._redraw(index)
        if waiting:
            fresh = [self._view(index) for index in range(self.last, len(self.entries))]
            self.last = len(self.entries)
            self.mount_all(fresh)
            self._prune()

    def _view(self, index: int) -> EntryView | LiveReply:
        entry = self.entries[index]
        is_open = self.opened.get(index, opens_itself(entry))
        view = view_of(index, entry, self.look, is_open)
        self.views[index] = view
        return view

    def _redraw(self, index: int) -> None:
        view, entry = self.views.get(index), self.entries[index]
        if view is None:
            return
        if isinstance(view, LiveReply):
            assert isinstance(entry, Reply)
            if entry.is_open or view.is_long:
                view.write(entry)
            else:
                self._freeze(index, view)
            return
        if isinstance(entry, Call | SubAgent) and entry.state == "running" and entry.progress:
            now = time.monotonic()
            if now - self._progress_at < PROGRESS_EVERY:
                self._held.add(index)
                self.set_timer(PROGRESS_EVERY, lambda: self.sync(()))
                return
            self._progress_at = now
        if isinstance(entry, Call) and index not in self.opened:
            view.is_open = opens_itself(entry)
        view.show(entry, self.look)

    def _freeze(self, index: int, view: LiveReply) -> None:
        """The reply has ended: its pieces become one widget, without a frame in between."""
        with self.app.batch_update():
            self.mount(self._view(index), before=view)
            view.remove()

    def _restart(self, first: int) -> None:
        """Forget all views and begin a new window at `first`, or at the batch that holds it.

        Whole batches, so that what is on the screen does not depend on the portions in which a log came in.
        """
        self.views.clear()
        self.first, self.last = max(0, first) // BATCH * BATCH, len(self.entries)
        with self.app.batch_update():
            self.remove_children()
            self.mount_all([self._view(index) for index in range(self.first, self.last)])
        self.anchor()
        if not self._is_fill_due and self.first:
            self._is_fill_due = True
            self.set_timer(FILL_AFTER, self._fill_screen)

    def _fill_screen(self) -> None:
        """One batch more as long as the screen has room for it, each in a frame of its own."""
        self._is_fill_due = False
        if self.first and self.virtual_size.height < 2 * self.size.height and not self.is_away:
            self._is_fill_due = True
            # decided anew when the batch has been laid out, however long that takes
            self._when_filled.append(self._fill_screen)
            self.fill_back()

    def _prune(self) -> None:
        """Let the oldest views go, some at a time, while the screen and what is just above it stay."""
        if self._is_filling:
            return
        rows, keep = 0, self.last
        while keep > self.first and (rows < SCREENS * self.size.height or self.last - keep < LEAST):
            keep -= 1
            view = self.views.get(keep)
            rows += max(1, view.size.height) if view is not None and view.display else 0
        if keep - self.first <= BATCH:
            return
        gone = [self.views.pop(index) for index in range(self.first, keep) if index in self.views]
        self.first = keep
        self.remove_children(gone)

    def fill_back(self, to: int | None = None) -> None:
        """Mount views before the window: the next batch, or all from `to` on."""
        target = max(0, self.first - BATCH) if to is None else max(0, to)
        if self._is_filling or target >= self.first:
            return
        self._is_filling = True
        before = next(iter(self.children), None)
        height = self.virtual_size.height
        fresh = [self._view(index) for index in range(target, self.first)]
        self.first = target
        mounting = self.mount_all(fresh, before=before)

        def filled() -> None:
            self._is_filling = False
            grown = self.virtual_size.height - height
            if to is None and grown > 0 and self._has_left:
                self.scroll_to(y=self.scroll_y + grown, animate=False, force=True)
            due, self._when_filled = self._when_filled, []
            for act in due:
                act()

        async def mounted() -> None:
            await mounting
            self.call_after_refresh(filled)

        self.call_next(mounted)

    def redraw_all(self, look: Look | None = None) -> None:
        """After a change of width class, glyphs or folding."""
        self.look = look or self.look
        for index, view in self.views.items():
            if isinstance(view, EntryView):
                view.show(self.entries[index], self.look)

    def on_resize(self, event: events.Resize) -> None:
        width = max(20, event.size.width - 4)
        if width == self.look.width:
            return
        room = min(title_room(width), title_room(self.look.width))
        self.look = Look(self.look.glyphs, width)
        for index, view in self.views.items():
            # only what was laid out by hand depends on the width
            entry = self.entries[index]
            if not isinstance(entry, Call | End) or not isinstance(view, EntryView):
                continue
            if isinstance(entry, End) or view.is_open or len(entry.title) > room:
                view.show(entry, self.look)

    # -- folding and the block cursor ----------------------------------------------

    def toggle(self, index: int) -> None:
        """Fold or open one entry in place."""
        view = self.views.get(index)
        if not isinstance(view, EntryView) or not is_foldable(self.entries[index]):
            return
        self.opened[index] = view.is_open = not view.is_open
        view.show(self.entries[index], self.look)

    def toggle_all(self) -> None:
        """Open all that can be opened in the window, or fold all when all is open."""
        found = ((index, self.entries[index]) for index in self.views)
        foldable = [i for i, entry in found if isinstance(entry, Call | Thought) and is_foldable(entry)]
        is_open = not all(self.opened.get(index, opens_itself(self.entries[index])) for index in foldable)
        for index in foldable:
            view = self.views[index]
            if isinstance(view, EntryView):
                self.opened[index] = view.is_open = is_open
                view.show(self.entries[index], self.look)

    def move_cursor(self, step: int) -> None:
        """To the previous (-1) or next (1) entry; past the last one the cursor is gone."""
        start = self.last if self.cursor is None else self.cursor
        index = start + step
        while 0 <= index < self.last and index in self.views and not self.views[index].display:
            index += step
        if index >= self.last:
            self.set_cursor(None)
            self.follow()
            return
        if index < 0:
            return
        if index < self.first:
            self.fill_back()
        self.set_cursor(index)

    def set_cursor(self, index: int | None) -> None:
        if self.cursor is not None and self.cursor in self.views:
            self.views[self.cursor].remove_class("-cursor")
        self.cursor = index
        if index is None:
            return
        self.release_anchor()
        view = self.views.get(index)
        if view is not None:
            view.add_class("-cursor")
            if self._is_filling:  # it has no place yet
                self._when_filled.append(lambda: view.scroll_visible(animate=False))
            else:
                self.call_after_refresh(view.scroll_visible, animate=False)

    def go_to(self, index: int) -> None:
        """Put the cursor on any entry, also one that has no view yet."""
        if index < self.first:
            self.fill_back(index)
        self.set_cursor(index)

    def prompts(self) -> list[int]:
        """Indices of what the person said, oldest first."""
        return [
            i
            for i, entry in enumerate(self.entries)
            if isinstance(entry, Prompt) and entry.origin == "person"
        ]
