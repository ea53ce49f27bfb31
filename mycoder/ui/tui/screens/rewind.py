"""Rewind: back to an earlier prompt. The prompt returns to the composer, and the files if that is wanted."""

from mycoder.protocol.commands import Undo
from mycoder.ui import wording
from mycoder.ui.tui.commands.blocks import steps_since
from mycoder.ui.tui.popup import Choice
from mycoder.ui.tui.screens.picker import Picker
from mycoder.ui.tui.stage import Stage

END = 1 << 62


def open_rewind(stage: Stage) -> None:
    prompts = stage.chat.prompts()
    if not prompts:
        stage.say("There is no prompt to go back to yet.")
        return
    entries, undoable = stage.transcript.entries, stage.transcript.undoable

    def changes(index: int) -> int:
        return steps_since(undoable, entries[index].seq, END)

    def label(index: int) -> str:
        return getattr(entries[index], "text", "")

    choices = [
        Choice(str(i), label(i)[:80], f"{wording.counted(changes(i), 'change')} since")
        for i in reversed(prompts)
    ]

    def picked(choice: str | None) -> None:
        if choice is not None:
            _how(stage, label(int(choice)), changes(int(choice)))

    stage.app.push_screen(Picker("Rewind to before which prompt?", choices), picked)


def _how(stage: Stage, text: str, steps: int) -> None:
    choices = [Choice("prompt", "Put the prompt back into the composer", "files stay as they are")]
    if steps:
        undone = f"takes back {wording.counted(steps, 'change')}; files you edited since are left alone"
        choices.append(Choice("files", "Put the files back", undone))
        choices.append(Choice("both", "Both", undone))

    def chosen(how: str | None) -> None:
        if how is None:
            return
        if how in ("files", "both"):
            stage.send(Undo(steps=steps))
        if how in ("prompt", "both"):
            stage.composer.set_text(text)
            stage.composer.focus()

    stage.app.push_screen(Picker("What shall go back?", choices), chosen)
