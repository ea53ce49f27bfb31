"""What the line face lists of its surroundings: earlier sessions, and the slash commands to complete."""

import asyncio

from rich.console import Console

from mycoder.ui.door import Options
from mycoder.ui.earlier import about, listed
from mycoder.ui.visible import visible_line

MOST = 40


async def print_sessions(options: Options, console: Console, current: str) -> None:
    """The newest sessions but the `current` one, those of this folder first."""
    here, now = str(options.root), options.clock()
    every = await asyncio.to_thread(options.list_sessions)
    for each in listed(every, current=current, here=here)[:MOST]:
        console.print(f"{each.id}  {visible_line(each.title)}  {about(each, here, now)}")
    console.print("/resume ID goes on with one of them.", style="muted")


def slashes() -> dict[str, str]:
    """Summary by name. Loads the session's package: call it in a thread."""
    from mycoder.session.slash.registry import all_commands  # late: loaded behind the first prompt

    return {command.name: command.summary for command in all_commands()}
