"""Commands about the terminal itself: who has the mouse, and stepping out to the shell."""

from mycoder.ui.tui.stage import Stage, UiCommand


def mouse(stage: Stage, argument: str) -> None:
    """The terminal's own selection and links work while the mouse is released; wheel and clicks do not."""
    is_released = stage.app.release_mouse()
    if is_released is None:
        stage.say("This terminal's mouse cannot be released.", "warning")
    elif is_released:
        stage.say("The mouse is the terminal's now: select as you like. The same key takes it back.")
    else:
        stage.say("The mouse is mycoder's again.")


def suspend(stage: Stage, argument: str) -> None:
    """Ctrl+Z: to the shell; ``fg`` comes back. A running turn stands still meanwhile."""
    if not stage.app.can_suspend():
        stage.say("This terminal has no job control.", "warning")
        return
    stage.app.has_mouse = True  # the driver takes it again when it comes back
    stage.app.action_suspend_process()


COMMANDS = (
    UiCommand(id="terminal.mouse", title="release the mouse, or take it back", keys="f4", run=mouse),
    UiCommand(
        id="terminal.suspend", title="suspend: to the shell, fg comes back", keys="ctrl+z", run=suspend
    ),
)
