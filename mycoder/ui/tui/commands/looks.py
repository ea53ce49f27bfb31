"""Commands about colours and settings."""

from mycoder.ui import themes
from mycoder.ui.door import OpenError
from mycoder.ui.tui.stage import Stage, UiCommand


def theme(stage: Stage, argument: str) -> None:
    if not argument.strip():
        from mycoder.ui.tui.screens.themes import open_themes  # late: seldom needed

        open_themes(stage)
        return
    name, problem = themes.named(stage.app.themes, argument)
    if problem:
        stage.say(problem, "warning")
    else:
        stage.app.use_theme(name)


def settings(stage: Stage, argument: str) -> None:
    if argument and stage.door is not None:
        from mycoder.ui.setting_words import told  # late: seldom needed

        text, level = told(stage.options, argument, stage.app.apply_setting)
        stage.door.notice(text, level=level)
        return
    from mycoder.ui.tui.screens.settings import SettingsScreen  # late: seldom needed

    stage.app.push_screen(SettingsScreen(stage.options))


def setup(stage: Stage, argument: str) -> None:
    stage.app.set_up_model(OpenError("", needs_model=True))


COMMANDS = (
    UiCommand(id="model.setup", title="set up a model: provider and key", run=setup, slash="setup"),
    UiCommand(id="look.theme", title="choose the colours", run=theme, slash="theme"),
    UiCommand(id="look.settings", title="settings", keys="f2", run=settings),
    UiCommand(id="look.setting", title="settings", run=settings, slash="settings", is_in_palette=False),
)
