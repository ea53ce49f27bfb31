"""The Textual face. The app wires themes, keys, screens and signals; what is seen is a screen or a widget."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from typing import Any, ClassVar

from msgspec import structs
from textual.app import App

from mycoder.protocol.commands import SetModel
from mycoder.ui import themes
from mycoder.ui.door import OpenError, Opening, Options, TrustQuestion
from mycoder.ui.farewell import farewell
from mycoder.ui.transcript import Transcript
from mycoder.ui.tui import key_settings, live_settings, registry, rest, terminal
from mycoder.ui.tui.screens.conversation import Conversation
from mycoder.ui.tui.theming import textual_theme


class MycoderApp(App[int]):
    """One person at one terminal. `conversation` is the session on the screen."""

    CSS_PATH = "app.tcss"
    TITLE = "mycoder"
    ENABLE_COMMAND_PALETTE = False
    PAUSE_GC_ON_SCROLL = True
    BINDINGS: ClassVar[list[Any]] = []

    def __init__(self, options: Options) -> None:
        super().__init__()
        self.options = options
        self.themes: dict[str, themes.ThemeColors] = {}
        self.theme_problems: list[str] = []
        self.reload_themes()
        suiting = themes.suiting(options.env or os.environ)
        chosen, problem = themes.named(self.themes, options.theme) if options.theme else ("", "")
        self.theme = chosen or suiting
        if problem:
            self.theme_problems.append(f"{problem} {self.theme} is used.")
        self.set_keymap(dict(options.keys))
        key_settings.offer(options)
        if options.is_still:
            self.animation_level = "none"
        self.clock = time.monotonic
        self.escaped_at = self.left_at = float("-inf")
        self.conversation = Conversation(options, options.opening)
        self._title = ""
        self.has_mouse = True

    def on_mount(self) -> None:
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGTERM, self.exit, 143)
            loop.add_signal_handler(signal.SIGHUP, self.exit, 129)
        self.push_screen(self.conversation)
        self.call_after_refresh(self._warn)
        if self.options.trust is not None and not self.options.opening.is_trusted:
            self._ask_for_trust(self.options.trust)
        else:
            self.conversation.begin()

    def _warn(self) -> None:
        for problem in [*self.theme_problems, *registry.key_problems(self.options.keys)]:
            self.notify(problem, severity="warning", markup=False, timeout=10)

    # -- screens -----------------------------------------------------------------

    def open_conversation(self, opening: Opening) -> None:
        """Close this session and put another one on the screen."""
        old = self.conversation
        self.conversation = Conversation(self.options, opening)
        self.conversation.composer.text = old.composer.text
        self.run_worker(old.leave_session(), exit_on_error=False)
        self.switch_screen(self.conversation)
        self.conversation.begin()

    def set_up_model(self, error: OpenError) -> None:
        """When a model is what is missing, offer to choose one."""
        if error.needs_model and self.options.providers:
            from mycoder.ui.tui.screens.welcome import WelcomeScreen  # late: first run only

            self.push_screen(WelcomeScreen(self.options, error), self._welcomed)

    def _welcomed(self, model: str | None) -> None:
        if not model:
            return
        if self.options.save_setting is not None:
            with contextlib.suppress(ValueError, OSError):
                self.options.save_setting("model", model)
        if self.conversation.door is not None:
            self.conversation.send(SetModel(model=model))
        else:
            self.open_conversation(structs.replace(self.conversation.opening, model=model))

    def _ask_for_trust(self, question: TrustQuestion) -> None:
        from mycoder.ui.tui.screens.trust import TrustScreen  # late: once per folder

        def answered(is_trusted: bool | None) -> None:
            if self.options.remember_trust is not None and is_trusted is not None:
                self.options.remember_trust(is_trusted)
            given = self.options.opening
            self.conversation.opening = structs.replace(given, is_trusted=bool(is_trusted))
            self.conversation.begin()

        self.push_screen(TrustScreen(question), answered)

    # -- for the screens -----------------------------------------------

    def run_command(self, command_id: str) -> None:
        self.conversation.run_named(command_id)

    def reload_themes(self) -> None:
        """Read the packaged themes and the person's own again."""
        own = self.options.config_dir / "themes" if self.options.config_dir else None
        self.themes, self.theme_problems = themes.read_all(own)
        for theme in self.themes.values():
            self.register_theme(textual_theme(theme))

    def use_theme(self, name: str) -> None:
        """Use and remember a theme."""
        self.theme = name
        if self.options.save_setting is not None:
            with contextlib.suppress(ValueError, OSError):
                self.options.save_setting("ui.theme", name)

    def copy(self, text: str) -> None:
        """To the clipboard both ways: OSC 52 for terminals far away, a tool of the system for others."""
        self.copy_to_clipboard(text)
        self.run_worker(terminal.copy(text), exit_on_error=False)
        self.notify(f"Copied {len(text):,} characters.", markup=False, timeout=2)

    def tell(self, text: str) -> None:
        """Notify the person, but only when they are not looking."""
        if not self.app_focus:
            self._write(terminal.notification(text, self.options.notify))

    def title_of(self, seen: Transcript) -> None:
        title = terminal.title(seen)
        if title != self._title:
            self._title = title
            self._write(terminal.title_sequence(title))

    def apply_setting(self, key: str, value: Any) -> bool:
        """Whether a setting that was changed holds at once."""
        return live_settings.apply(self, key, value)

    def release_mouse(self) -> bool | None:
        """Give the mouse to the terminal, or take it back; whether it is released, None where that can't be."""
        enable = getattr(self._driver, "_enable_mouse_support", None)
        disable = getattr(self._driver, "_disable_mouse_support", None)
        if enable is None or disable is None or self.is_headless:
            return None
        self.has_mouse = not self.has_mouse
        (enable if self.has_mouse else disable)()
        return not self.has_mouse

    def can_suspend(self) -> bool:
        return self._driver is not None and self._driver.can_suspend

    def leave(self) -> None:
        self.exit(0)

    def _write(self, sequence: str) -> None:
        if self._driver is not None and sequence and not self.is_headless:
            self._driver.write(sequence)


def run(options: Options) -> int:
    """Runs the face until it is left; prints the farewell on the normal screen; returns the exit code."""
    app = MycoderApp(options)

    async def session() -> int:
        rest.begin()
        try:
            code = await app.run_async()
        finally:
            await app.conversation.leave_session()
        return app.return_code or (code if isinstance(code, int) else 0)

    code = asyncio.run(session())
    with _quiet_pipe():
        sys.stdout.write(terminal.title_sequence(""))
        if words := farewell(app.conversation.transcript):
            print(words)  # noqa: T201  a face prints
    return code


@contextlib.contextmanager
def _quiet_pipe() -> Iterator[None]:
    """A terminal that is gone (SIGHUP) cannot be written to, and needs no message about that."""
    try:
        yield
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
