"""Commands that change which session, or which point of it, one is at."""

from mycoder.ui.door import Opening
from mycoder.ui.tui.stage import Stage, UiCommand


def resume(stage: Stage, argument: str) -> None:
    """Another session of this or any folder: named, or picked."""
    if argument:
        stage.ask_again(Opening(resume=argument))
        return
    from mycoder.ui.tui.screens.sessions import open_sessions  # late: seldom needed

    open_sessions(stage)


def rewind(stage: Stage, argument: str) -> None:
    from mycoder.ui.tui.screens.rewind import open_rewind  # late: seldom needed

    open_rewind(stage)


def new(stage: Stage, argument: str) -> None:
    before = stage.transcript.session if stage.transcript.title else ""
    stage.ask_again(Opening())
    if before:
        stage.say("A new session; /resume goes back to the one before.")


COMMANDS = (
    UiCommand(id="session.resume", title="go on with another session", keys="f3", run=resume, slash="resume"),
    UiCommand(id="session.new", title="new session", run=new),
    UiCommand(id="session.clear", title="new session", run=new, slash="clear", is_in_palette=False),
    UiCommand(id="rewind", title="rewind to an earlier prompt (Esc Esc)", run=rewind, slash="rewind"),
)
