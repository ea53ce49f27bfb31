"""Slash commands that the line face carries out itself; all others go to the session."""

import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from mycoder.protocol.commands import SetMode, SetModel
from mycoder.ui import themes
from mycoder.ui.door import Opening
from mycoder.ui.line import draw
from mycoder.ui.line.keys import KEYS
from mycoder.ui.line.listings import print_sessions
from mycoder.ui.line.rewind import rewound
from mycoder.ui.line.stage import LineStage
from mycoder.ui.setting_words import told


async def leave(stage: LineStage, arguments: str) -> bool:
    return False


async def keys(stage: LineStage, arguments: str) -> bool:
    stage.console.print(KEYS)
    return True


async def theme(stage: LineStage, arguments: str) -> bool:
    if not arguments.strip():
        stage.console.print(f"Themes: {', '.join(sorted(stage.themes))}. /theme NAME chooses one.")
        return True
    name, problem = themes.named(stage.themes, arguments)
    if problem:
        stage.printer.say(problem, "warning")
        return True
    stage.console.push_theme(draw.console_theme(stage.themes[name]))
    stage.console.print(f"theme: {name}", style="muted")
    if stage.options.save_setting is not None:
        with contextlib.suppress(ValueError, OSError):
            stage.options.save_setting("ui.theme", name)
    return True


async def resume(stage: LineStage, arguments: str) -> bool:
    if session := arguments.strip():
        return await stage.reopen(Opening(resume=session))
    await print_sessions(stage.options, stage.console, stage.printer.transcript.session)
    return True


async def clear(stage: LineStage, arguments: str) -> bool:
    before = stage.printer.transcript.session
    stage.printer.say(f"A new session; /resume {before} goes back to this one.")
    return await stage.reopen(Opening())


async def rewind(stage: LineStage, arguments: str) -> bool:
    new = await rewound(arguments, stage.door, stage.printer) if stage.door is not None else ""
    return await stage.reopen(Opening(resume=new)) if new else True


async def settings(stage: LineStage, arguments: str) -> bool:
    def apply(key: str, value: Any) -> bool:
        match key:
            case "mode":
                stage.send(SetMode(mode=value))
            case "model" if value:
                stage.send(SetModel(model=value))
            case _:
                return False
        return True

    stage.printer.say(*told(stage.options, arguments, apply))
    return True


async def setup(stage: LineStage, arguments: str) -> bool:
    from mycoder.ui.line.setup import set_up_model  # late: once in the life of a machine

    try:
        model = await set_up_model(stage.options, stage.reader, stage.printer)
    except (EOFError, KeyboardInterrupt):
        return True
    if not model:
        return True
    if stage.options.save_setting is not None:
        with contextlib.suppress(ValueError, OSError):
            stage.options.save_setting("model", model)
    stage.send(SetModel(model=model))
    return True


OWN: Mapping[str, Callable[[LineStage, str], Awaitable[bool]]] = {
    "quit": leave,
    "keys": keys,
    "theme": theme,
    "resume": resume,
    "clear": clear,
    "settings": settings,
    "rewind": rewind,
    "setup": setup,
}
"""Name → what carries it out; it returns False when the person wants to leave."""
