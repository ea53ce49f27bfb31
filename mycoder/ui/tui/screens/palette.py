"""The palette: everything that can be done, with its key."""

from mycoder.ui.tui import registry
from mycoder.ui.tui.popup import Choice
from mycoder.ui.tui.screens.picker import Picker
from mycoder.ui.tui.stage import Stage


def open_palette(stage: Stage) -> None:
    custom = stage.options.keys
    own = [
        Choice(command.id, command.title, registry.spelled(custom.get(command.id, command.keys)))
        for command in registry.all_commands()
        if command.is_in_palette
    ]
    taken = {command.slash for command in registry.all_commands()}
    slashes = [
        Choice(f"/{item.name}", item.summary, f"/{item.name} {item.usage}".rstrip())
        for item in stage.composer.completer.slashes
        if item.name not in taken
    ]

    def done(choice: str | None) -> None:
        if choice is None:
            return
        if not choice.startswith("/"):
            stage.app.run_command(choice)
            return
        item = next(item for item in stage.composer.completer.slashes if item.name == choice[1:])
        stage.composer.set_text(f"{choice} " if item.usage else choice)
        if not item.usage:
            stage.composer.submit()

    stage.app.push_screen(Picker("What shall be done?", [*own, *slashes]), done)
