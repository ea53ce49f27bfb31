"""What is remembered of the project, in the person's editor."""

from mycoder.ui.tui.commands.turn import edit_in
from mycoder.ui.tui.stage import Stage, UiCommand


async def edit(stage: Stage, argument: str) -> None:
    """What other sessions add meanwhile is kept."""
    if stage.door is None:
        stage.say("The session is not open yet; try again in a moment.", "warning")
        return
    try:
        before = await stage.door.memory_text()
        after = edit_in(stage, before)
        if after is not None:
            stage.say(await stage.door.keep_memory(before, after))
    except Exception as fault:  # of any kind: what was typed must not take the app down
        stage.say(f"Memory was not changed: {fault}", "error")


COMMANDS = (UiCommand(id="memory.edit", title="edit what is remembered", run=edit, slash="memory edit"),)
