"""What goes to the terminal besides the screen: title, notification, clipboard."""

import asyncio

from mycoder.ui import clipboard
from mycoder.ui.transcript import Transcript
from mycoder.ui.visible import visible_line


def title(seen: Transcript) -> str:
    """The window's title: a sign of the state, and what the session is about."""
    sign = "?" if seen.asks else ("*" if seen.is_running else "")
    words = visible_line(seen.title)[:60]
    return " ".join(part for part in (sign, "mycoder", f"- {words}" if words else "") if part)


def title_sequence(text: str) -> str:
    """OSC 2. Only text without control characters may be put into it."""
    return f"\x1b]2;{text}\x1b\\"


def notification(text: str, how: str) -> str:
    """Bell and OSC 9 (iTerm2, kitty, WezTerm, Windows Terminal and others; ignored elsewhere)."""
    desktop = f"\x1b]9;{visible_line(text)}\x1b\\"
    return {"auto": f"\a{desktop}", "bell": "\a", "osc": desktop}.get(how, "")


async def copy(text: str) -> None:
    await asyncio.to_thread(clipboard.write, text)
