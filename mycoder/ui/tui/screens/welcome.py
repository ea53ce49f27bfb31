"""The first run without a model in reach: provider, key (tried at once), theme. Each step can be left."""

import asyncio
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from mycoder.ui.door import OpenError, Options, Provider, Tried
from mycoder.ui.tui.fields import Field, focus
from mycoder.ui.tui.inks import ink, lines
from mycoder.ui.visible import visible_line


class WelcomeScreen(ModalScreen[str | None]):
    """Ends with the model to use, or None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", "back", priority=True)]

    def __init__(self, options: Options, error: OpenError) -> None:
        super().__init__()
        self.options, self.error = options, error
        self.provider: Provider | None = None
        self.model = ""
        self._says = Static(markup=False)
        self._list = OptionList(markup=False)
        self._key = Field(is_secret=True)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(ink("Welcome to mycoder", "bold $primary"), markup=False)
            yield self._says
            yield self._list
            yield self._key

    def on_mount(self) -> None:
        self._ask_provider()

    def _ask_provider(self, problem: str = "") -> None:
        self.provider = None
        self.model = ""
        self._key.display = False
        self._list.display = True
        if problem:
            self._say(f"{problem}\n\nWhich one shall it be? Esc: later.", "$error")
        else:
            about = " ".join(filter(None, [self.error.message, self.error.hint]))
            self._say(f"{about}\n\nWho shall do the thinking? Esc: later, with /setup.")
        self._list.clear_options()
        for provider in self.options.providers:
            about = "no key needed" if provider.is_local else f"key from {provider.key_page or 'its site'}"
            self._list.add_option(
                Option(ink(visible_line(provider.label)) + ink(f"  {about}", "$muted"), id=provider.id)
            )
        self._list.highlighted = 0
        focus(self._list)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        if self.model:
            self._theme_chosen(event.option.id or "")
            return
        self.provider = next(p for p in self.options.providers if p.id == event.option.id)
        if self.provider.is_local:
            self._list.display = False
            self._say("Looking for a server ...")
            self.run_worker(self._try(self.provider, ""), exclusive=True, exit_on_error=False)
            return
        self._list.display = False
        self._key.display = True
        self._key.value = ""
        focus(self._key)
        page = f" You get one at {self.provider.key_page}." if self.provider.key_page else ""
        self._say(f"Paste the key for {self.provider.label}.{page} It is tried at once, and shown nowhere.")

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        key = event.value.strip()
        if not key or self.provider is None or self._key.disabled:
            return
        self._key.disabled = True
        self._say("Trying the key ...")
        self.run_worker(self._try(self.provider, key), exclusive=True, exit_on_error=False)

    async def _try(self, provider: Provider, key: str) -> None:
        where = ""
        try:
            tried = await self.options.test_key(provider.id, key)
            if key and not tried.problem and self.options.save_key is not None:
                where = await asyncio.to_thread(self.options.save_key, provider.id, key)
        except (OSError, ValueError) as error:
            tried = Tried(problem=str(error))
        finally:
            self._key.disabled = False
        if self.provider is not provider:
            return  # somebody went back meanwhile
        if tried.problem:
            self._failed(tried.problem, provider)
            return
        self.model = tried.model or provider.model
        stored = f" The key is stored in {where}." if where else ""
        self._ask_theme(f"{self.model or provider.label} answers.{stored}")

    def _failed(self, problem: str, provider: Provider) -> None:
        words = f"It does not work: {visible_line(problem)}"
        if provider.is_local:
            self._ask_provider(words)
            return
        self._say(f"{words}\nTry another key, or Esc to choose again.", "$error")
        focus(self._key)

    def _ask_theme(self, said: str) -> None:
        self._key.display = False
        self._list.display = True
        self._say(f"{said} Which colours do you like? They can be changed at any time with /theme.".strip())
        self._list.clear_options()
        app: Any = self.app
        self._list.add_options([Option(theme.title, id=name) for name, theme in app.themes.items()])
        names = list(app.themes)
        self._list.highlighted = names.index(app.theme) if app.theme in names else 0
        focus(self._list)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        app: Any = self.app
        if self.model and self._list.display and event.option.id in app.themes:
            app.theme = event.option.id

    def _theme_chosen(self, name: str) -> None:
        app: Any = self.app
        app.use_theme(name)
        self.dismiss(self.model)

    def action_back(self) -> None:
        if self.provider is not None:
            self._ask_provider()
        else:
            self.dismiss(None)

    def _say(self, text: str, style: str = "") -> None:
        self._says.update(lines([ink(text + "\n", style)]))
