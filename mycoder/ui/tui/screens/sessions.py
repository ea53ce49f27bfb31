"""The session picker: those of this folder first, then the others."""

import asyncio

from mycoder.ui.door import Opening
from mycoder.ui.earlier import about, listed
from mycoder.ui.tui.popup import Choice
from mycoder.ui.tui.screens.picker import Picker
from mycoder.ui.tui.stage import Stage


def open_sessions(stage: Stage) -> None:
    stage.app.run_worker(_open(stage), exit_on_error=False)


async def _open(stage: Stage) -> None:
    here, now = str(stage.options.root), stage.options.clock()
    every = await asyncio.to_thread(lambda: list(stage.options.list_sessions()))
    found = listed(every, current=stage.transcript.session, here=here)
    if not found:
        stage.say("There is no other session yet.")
        return
    choices = [Choice(session.id, session.title, about(session, here, now)) for session in found]

    def done(session: str | None) -> None:
        if session is not None:
            stage.ask_again(Opening(resume=session))

    stage.app.push_screen(Picker("Go on with a session", choices), done)
