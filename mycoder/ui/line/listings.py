"""What the line face lists of its surroundings: earlier sessions, and the slash commands to complete."""

import asyncio

from rich.console import Console

from mycoder.ui.door import Door, Options
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


async def slashes(door: Door) -> dict[str, str]:
    """Summary by name, ours first. Loads the session's package in a thread."""

    def ours() -> dict[str, str]:
        from mycoder.session.slash.registry import all_commands  # late: loaded behind the first prompt

        return {command.name: command.summary for command in all_commands()}

    known = await asyncio.to_thread(ours)
    return known | {name: summary for name, summary, _ in await door.own_slashes() if name not in known}
