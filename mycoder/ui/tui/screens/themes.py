"""Choosing a theme: the marked one is shown at once, leaving brings the old one back."""

from mycoder.ui import themes
from mycoder.ui.tui.popup import Choice
from mycoder.ui.tui.screens.picker import Picker
from mycoder.ui.tui.stage import Stage


def open_themes(stage: Stage) -> None:
    app = stage.app
    before = app.theme
    # files that were edited meanwhile: a person's own theme is tried by saving it and looking again
    app.reload_themes()
    choices = [Choice(theme.name, theme.title, _about(theme)) for theme in app.themes.values()]

    def show(name: str) -> None:
        app.theme = name

    def done(name: str | None) -> None:
        if name is None:
            app.theme = before
        else:
            app.use_theme(name)

    app.push_screen(Picker("Theme", choices, marked=before, watched=show), done)


def _about(theme: themes.ThemeColors) -> str:
    if theme.is_ansi:
        return "the terminal's own colours"
    return "dark" if theme.is_dark else "light"
