"""Rewind: back to before an earlier prompt, with the talk, the files, or both. Nothing is deleted by it."""

from mycoder.ui import wording
from mycoder.ui.door import Opening
from mycoder.ui.rewinding import WAYS, Point, points
from mycoder.ui.tui.popup import Choice
from mycoder.ui.tui.screens.picker import Picker
from mycoder.ui.tui.stage import Stage


def open_rewind(stage: Stage) -> None:
    found = points(stage.transcript)
    if not found:
        stage.say("There is no prompt to go back to yet.")
        return
    now = len(found)
    choices = [
        Choice(str(at), point.text[:80], _since(now - at - 1, point.changes))
        for at, point in reversed(list(enumerate(found)))
    ]

    def picked(choice: str | None) -> None:
        if choice is not None:
            _how(stage, found[int(choice)])

    stage.app.push_screen(Picker("Rewind to before which prompt?", choices), picked)


def _since(prompts: int, changes: int) -> str:
    later = wording.counted(prompts, "later prompt") if prompts else "the last prompt"
    return f"{later} · {wording.counted(changes, 'change')} since"


def _how(stage: Stage, point: Point) -> None:
    kept = "this session stays as it is, /resume finds it"
    choices = [Choice("talk", "The talk", f"files stay; {kept}")]
    if point.changes:
        undone = f"takes back {wording.counted(point.changes, 'change')}"
        choices.insert(0, Choice("both", "The talk and the files", f"{undone}; {kept}"))
        choices.append(Choice("files", "The files", f"{undone}; the talk stays"))

    def chosen(how: str | None) -> None:
        if how is not None:
            stage.app.run_worker(_rewind(stage, point, how), exit_on_error=False)

    stage.app.push_screen(Picker("What shall go back?", choices), chosen)


async def _rewind(stage: Stage, point: Point, how: str) -> None:
    if stage.door is None:
        return
    files, talk = WAYS[how]
    stage.doing("rewinding")
    try:
        new = await stage.door.rewind(point.seq, files=files, talk=talk)
    except Exception as error:
        # a fault of the store is told; nothing was deleted, so the session goes on as it is
        stage.say(f"The session could not be rewound: {error}", "error")
        return
    finally:
        stage.doing("")
    if new:
        stage.composer.set_text(point.text)
        stage.ask_again(Opening(resume=new))
