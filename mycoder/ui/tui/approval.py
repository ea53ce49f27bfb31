"""Approvals and questions, where the prompt is. Typing never answers them: see `ui/grace.py`."""

import time
from collections.abc import Callable, Iterator

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from mycoder.protocol.blocks import Diff, Text
from mycoder.protocol.events import Asked, AskOption
from mycoder.ui.grace import Grace
from mycoder.ui.tui import blocks
from mycoder.ui.tui.draw import Look
from mycoder.ui.tui.fields import Field, focus
from mycoder.ui.tui.inks import ink, lines
from mycoder.ui.visible import visible, visible_line

LETTER_PAUSE = 0.3
"""Seconds without another key after which a letter answers."""


class ApprovalBar(Vertical, can_focus=True):
    """Shows one ask at a time. Nothing is marked at first, so Enter alone approves nothing."""

    DEFAULT_CSS = """
    ApprovalBar {
        display: none; height: auto; max-height: 90%; padding: 0 2;
        background: $surface; border-top: heavy $warning;
    }
    ApprovalBar VerticalScroll {
        height: auto; max-height: 40vh; background: $surface; scrollbar-size-vertical: 1;
    }
    ApprovalBar Static { height: auto; width: 1fr; background: $surface; color: $text; }
    ApprovalBar Input { display: none; height: 1; border: none; padding: 0; background: $panel; }
    """

    class Answered(Message):
        def __init__(self, ask_id: str, choice: str, note: str) -> None:
            super().__init__()
            self.ask_id, self.choice, self.note = ask_id, choice, note

    class Took(Message):
        """The bar has taken the keyboard."""

    def __init__(self, look: Look, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.look, self.clock = look, clock
        self.grace = Grace()
        self.asked: Asked | None = None
        self.marked: int | None = None
        self._head = Static(markup=False)
        self._body = Static(markup=False)
        self._scroll = VerticalScroll(can_focus=False)
        self._keys = 0
        self._options = Static(markup=False)
        self._note = Field()

    def compose(self) -> ComposeResult:
        yield self._head
        with self._scroll:
            yield self._body
        yield self._options
        yield self._note

    def on_mount(self) -> None:
        self._timer = self.set_interval(0.1, self._look_around, pause=True)

    # -- showing -----------------------------------------------------------------

    def show(self, asked: Asked) -> None:
        """Put `asked` on the screen; it takes the keyboard when typing has paused."""
        if self.asked is not None and self.asked.ask_id == asked.ask_id:
            return
        self.grace.leave()
        self.asked, self.marked = asked, None
        self._note.display = False
        self._note.value = ""
        self.display = True
        self._head.update(self._heading(asked))
        width = max(20, self.app.size.width - 6)
        self._body.update(lines(list(self._blocks(asked, width))))
        self._scroll.display = bool(asked.blocks)
        self._scroll.scroll_home(animate=False)
        self._draw()
        self._timer.resume()
        self._look_around()

    def hide(self) -> None:
        self.asked = None
        self.grace.leave()
        self.display = False
        self._timer.pause()

    def _blocks(self, asked: Asked, width: int) -> Iterator[Content]:
        for before, block in zip((None, *asked.blocks), asked.blocks, strict=False):
            is_named = isinstance(block, Diff) and isinstance(before, Text) and block.path in before.text
            yield blocks.rendered(block, self.look.glyphs, width, is_named=is_named)

    def _heading(self, asked: Asked) -> Content:
        title = "Question" if asked.kind == "question" else "Approve?"
        rows = [ink(f"{title}  ", "bold $warning") + ink(visible(asked.question), "bold")]
        rows += [ink(visible(asked.reason), "$muted")] if asked.reason else []
        return lines([*rows, Content("")] if asked.blocks else rows)

    def _draw(self) -> None:
        if self.asked is None:
            return
        rows = [Content("")] if self.asked.options else []
        for index, option in enumerate(self.asked.options):
            rows.append(self._option(index, option))
            if option.remembers:
                rows.append(ink(f"      remembers: {visible_line(option.remembers)}", "$muted"))
        rows.append(ink(self._help(), "$muted"))
        self._options.update(lines(rows))
        self.call_after_refresh(self._fit)

    def _option(self, index: int, option: AskOption) -> Content:
        is_marked = index == self.marked
        sign = self.look.glyphs.prompt if is_marked else " "
        style = "bold on $cursor-bg $cursor-style" if is_marked else ""
        row = ink(f"{sign} {index + 1}  {visible_line(option.label)} ", style)
        letter = next((letter for letter, at in self._letters().items() if at == index), "")
        row += ink(f" ({letter})" if letter else "", "$muted")
        return row.stylize_before("$text" if self.grace.has_keys else "$muted")

    def _letters(self) -> dict[str, int]:
        """Letters that answer at once: y the first option of an approval, n the one that denies."""
        assert self.asked is not None
        options = self.asked.options
        if self.asked.kind != "approval" or not options:
            return {}
        denies = [at for at, option in enumerate(options) if option.id.startswith("deny")]
        allows = {} if options[0].id.startswith("deny") else {"y": 0}
        return {**allows, "n": denies[0]} if denies else allows

    def _help(self) -> str:
        if not self.grace.has_keys:
            return "stop typing for a second to answer"
        if self._note.display:
            goes_back = ", Esc goes back" if self.asked is not None and self.asked.options else ""
            return f"say why or how{goes_back}, Enter sends"
        letters = "y, n, " if len(self._letters()) == 2 else ""
        dot = f" {self.look.glyphs.dot} "
        return dot.join(
            [f"{letters}a number or arrows", "Enter answers", "PgDn scrolls", "Esc stops the turn"]
        )

    def _look_around(self) -> None:
        if self.asked is None or not self.grace.take(self.clock()):
            return
        self._timer.pause()
        self.post_message(self.Took())
        focus(self)
        if not self.asked.options:
            self._open_note()
        self._draw()

    def page(self, direction: int) -> bool:
        """Scrolls what is asked about; False when all of it is seen or nothing is asked."""
        if self.asked is None or not self._scroll.max_scroll_y:
            return False
        step = max(1, self._scroll.size.height - 1)
        self._scroll.scroll_relative(y=direction * step, animate=False)
        return True

    def on_resize(self) -> None:
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """The options and the help are always seen; what they are about scrolls in the room that is left."""
        high = self.app.size.height
        taken = 1 + self._head.outer_size.height + self._options.outer_size.height + self._note.display
        self._scroll.styles.max_height = max(1, min(high * 2 // 5, high * 9 // 10 - taken))

    # -- answering ---------------------------------------------------------------

    def typed(self) -> None:
        """A key went to the prompt while an ask waits."""
        self.grace.typed(self.clock())

    def on_key(self, event: events.Key) -> None:
        """Keys count only after the pause that `Grace` demands; a burst of them, a paste, never does."""
        if self.asked is None or self._note.display:
            return
        event.stop()
        self._keys += (
            1  # every key, also one that is not heard: a letter in the middle of a paste allows nothing
        )
        if not self.grace.hears(self.clock()):
            return
        count = len(self.asked.options)
        match event.key:
            case "down" | "tab" | "j":
                self.marked = 0 if self.marked is None else (self.marked + 1) % count
            case "up" | "shift+tab" | "k":
                self.marked = count - 1 if self.marked is None else (self.marked - 1) % count
            case "enter" if self.marked is not None:
                self._choose(self.marked)
            case "y" | "n" if event.key in (letters := self._letters()):
                self.marked = letters[event.key]
                self._choose_soon(self.marked)
            case key if key.isdigit() and 0 < int(key) <= count:
                self.marked = int(key) - 1
            case "pageup" | "pagedown":  # where they are not the keys of the chat's pages
                self.page(-1 if event.key == "pageup" else 1)
        self._draw()

    def on_paste(self, event: events.Paste) -> None:
        event.stop()

    def close_note(self) -> bool:
        """Back from the note to the options; False when there is no way back."""
        if not self._note.display or self.asked is None or not self.asked.options:
            return False
        self._note.display = False
        focus(self)
        self._draw()
        return True

    def _choose_soon(self, index: int) -> None:
        """A letter that allows counts when no other key follows it: it could be the beginning of a word."""
        assert self.asked is not None
        asked = self.asked
        if asked.options[index].id.startswith("deny"):
            self._choose(index)
            return

        keys = self._keys

        def choose() -> None:
            if self.asked is asked and self._keys == keys and not self._note.display:
                self._choose(index)

        # behind the keys that have come meanwhile: first to the app, which hands them on, then to the bar
        self.set_timer(LETTER_PAUSE, lambda: self.app.call_later(self.call_later, choose))

    def _choose(self, index: int) -> None:
        assert self.asked is not None
        option = self.asked.options[index]
        if option.id.startswith("deny"):
            self._open_note()
            return
        self.post_message(self.Answered(self.asked.ask_id, option.id, ""))

    def _open_note(self) -> None:
        self._note.display = True
        focus(self._note)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self.asked is None:
            return
        text = event.value.strip()
        if not self.asked.options:
            if text:
                self.post_message(self.Answered(self.asked.ask_id, text, ""))
            return
        choice = self.asked.options[self.marked or 0].id
        self.post_message(self.Answered(self.asked.ask_id, choice, text))
