"""The session picker: those of this folder first, then the others."""

import asyncio

from mycoder.ui import wording
from mycoder.ui.door import Opening, SessionSummary
from mycoder.ui.tui.popup import Choice
from mycoder.ui.tui.screens.picker import Picker
from mycoder.ui.tui.stage import Stage


def open_sessions(stage: Stage) -> None:
    stage.app.run_worker(_open(stage), exit_on_error=False)


async def _open(stage: Stage) -> None:
    found = await asyncio.to_thread(lambda: list(stage.options.list_sessions()))
    if not found:
        stage.say("There is no other session yet.")
        return
    here = str(stage.options.root)
    now = stage.options.clock()
    ordered = sorted(found, key=lambda session: (session.root != here, session.root, -session.at))
    choices = [
        Choice(session.id, session.title or "(nothing said)", about(session, here, now))
        for session in ordered
    ]

    def done(session: str | None) -> None:
        if session is not None:
            stage.ask_again(Opening(resume=session))

    stage.app.push_screen(Picker("Go on with a session", choices), done)


def about(session: SessionSummary, here: str, now: float) -> str:
    """Age, turns, cost, and the folder when it is another one."""
    parts = [wording.age(now - session.at), wording.counted(session.turns, "turn")]
    parts += [wording.cost(session.cost)] if session.cost else []
    parts += [session.root] if session.root != here else []
    return " · ".join(parts)
