"""Where lines come from: prompt-toolkit on a real terminal, plain lines on a dumb one or a pipe."""

import asyncio
import contextlib
import sys
import termios
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

from mycoder.ui import fuzzy
from mycoder.ui.chips import Chips
from mycoder.ui.history import History
from mycoder.ui.typed import completing


class Reader(Protocol):
    """`read` raises EOFError at the end of input and KeyboardInterrupt on Ctrl+C; it asks for its prompt anew."""

    chips: Chips
    has_status: bool
    """Whether a status line is shown beside the prompt, so that states need no lines of their own."""

    async def read(self, prompt: Callable[[], str]) -> str: ...
    async def read_secret(self, prompt: str) -> str:
        """A line that is not shown and not remembered."""
        ...

    @property
    def is_typing(self) -> bool: ...
    def refresh(self) -> None: ...
    def open(self) -> contextlib.AbstractContextManager[Any]: ...


class Sources:
    """What completion draws from; filled when the session is open."""

    def __init__(self) -> None:
        self.files: Sequence[str] = ()
        self.slashes: dict[str, str] = {}
        """Name → summary."""
        self.takes_images = True


class PlainReader:
    """Lines of standard input as they are: no editing of our own, no redraw, as a screen reader likes it."""

    has_status = False
    is_typing = False

    def __init__(self) -> None:
        self.chips = Chips()
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self._is_started = False

    async def read(self, prompt: Callable[[], str]) -> str:
        if not self._is_started:
            self._is_started = True
            loop = asyncio.get_running_loop()
            # a daemon: a thread that waits for input must not keep the program from ending
            threading.Thread(target=self._pump, args=(loop,), daemon=True).start()
        if sys.stdin.isatty():
            sys.stdout.write(prompt())
            sys.stdout.flush()
        line = await self._lines.get()
        if not line:
            raise EOFError
        return line.rstrip("\n")

    async def read_secret(self, prompt: str) -> str:
        with _without_echo():
            line = await self.read(lambda: prompt)
        sys.stdout.write("\n" if sys.stdin.isatty() else "")
        return line

    def _pump(self, loop: asyncio.AbstractEventLoop) -> None:
        while True:
            try:
                line = sys.stdin.readline()
            except (OSError, ValueError, UnicodeDecodeError):
                line = ""
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._lines.put_nowait, line)
            if not line:
                return

    def refresh(self) -> None:
        """Nothing is drawn twice here."""

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        yield


class PromptReader:
    """prompt-toolkit: editing, completion, history, a status line; everything printed stands above it."""

    has_status = True

    def __init__(
        self,
        history: History,
        sources: Sources,
        status: Callable[[], str],
        keys: dict[str, Callable[[str], str | None]],
    ) -> None:
        # late: 60 ms that a dumb terminal does not need
        from prompt_toolkit import PromptSession
        from prompt_toolkit.completion import Completer, Completion
        from prompt_toolkit.history import InMemoryHistory

        from mycoder.ui.line.terminal import Keyboard

        class Completions(Completer):
            def get_completions(self, document: Any, complete_event: Any) -> Iterable[Completion]:
                for text, start, meta in complete(document.current_line_before_cursor, sources):
                    yield Completion(text, start_position=start, display_meta=meta)

        self.chips = Chips()
        self._sources = sources
        self._keyboard = Keyboard()
        self._session: PromptSession[str] = PromptSession(
            input=self._keyboard,
            history=InMemoryHistory(history.entries),
            completer=Completions(),
            complete_in_thread=True,
            complete_while_typing=True,
            multiline=True,
            key_bindings=self._bindings(keys),
            bottom_toolbar=status,
            reserve_space_for_menu=4,
            enable_open_in_editor=True,
            tempfile_suffix=".md",
            prompt_continuation="  ",
            refresh_interval=0.5,
        )
        # Esc alone acts after this pause, which tells it from the first byte of another key
        self._session.app.ttimeoutlen = 0.1
        self._session.app.timeoutlen = 0.2

    async def read(self, prompt: Callable[[], str]) -> str:
        return await self._session.prompt_async(prompt)

    async def read_secret(self, prompt: str) -> str:
        from prompt_toolkit import PromptSession  # late: see __init__

        # a session of its own, so that no history holds what is typed
        secret: PromptSession[str] = PromptSession(is_password=True, input=self._keyboard)
        return await secret.prompt_async(prompt)

    @property
    def is_typing(self) -> bool:
        return bool(self._session.default_buffer.text.strip())

    def refresh(self) -> None:
        self._session.app.invalidate()

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        from prompt_toolkit.patch_stdout import patch_stdout  # late: see __init__

        with self._keyboard.kept(), patch_stdout(raw=True):
            yield

    def _bindings(self, keys: dict[str, Callable[[str], str | None]]) -> Any:
        from prompt_toolkit.key_binding import KeyBindings  # late: see __init__
        from prompt_toolkit.keys import Keys

        bindings = KeyBindings()

        # c-j too: Enter that was pressed before the face began comes as a line feed
        @bindings.add("enter")
        @bindings.add("c-j")
        def _(event: Any) -> None:
            event.current_buffer.validate_and_handle()

        @bindings.add("escape", "enter")
        @bindings.add("escape", "c-j")
        def _(event: Any) -> None:
            event.current_buffer.insert_text("\n")

        @bindings.add("c-g")
        def _(event: Any) -> None:
            self._keyboard.is_lent = True
            event.current_buffer.open_in_editor().add_done_callback(self._has_back)

        @bindings.add(Keys.BracketedPaste)
        def _(event: Any) -> None:
            event.current_buffer.insert_text(
                self.chips.paste(event.data, takes_images=self._sources.takes_images)
            )

        for key, act in keys.items():
            self._bind(bindings, key, act)
        return bindings

    def _has_back(self, edited: object) -> None:
        self._keyboard.is_lent = False

    def _bind(self, bindings: Any, key: str, act: Callable[[str], str | None]) -> None:
        def pressed(event: Any) -> None:
            left = act(event.current_buffer.text)
            if left is not None:
                event.current_buffer.text = left

        bindings.add(key)(pressed)


@contextlib.contextmanager
def _without_echo() -> Iterator[None]:
    """The terminal shows nothing of what is typed; where there is no terminal, nothing is to be done."""
    try:
        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)
    except (OSError, ValueError, termios.error):
        yield
        return
    quiet = [*before]
    quiet[3] &= ~termios.ECHO
    termios.tcsetattr(descriptor, termios.TCSADRAIN, quiet)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def complete(before: str, sources: Sources) -> list[tuple[str, int, str]]:
    """(text, start relative to the caret, description) of what completes the line before the caret."""
    asked = completing(before)
    if asked is None:
        return []
    start = asked.start - len(before)
    if asked.kind == "mention":
        return [(f"@{path}", start, "") for path in fuzzy.best(asked.query, sources.files)]
    names = fuzzy.best(asked.query, sources.slashes, most=20)
    return [(f"/{name}", start, sources.slashes[name]) for name in names]
