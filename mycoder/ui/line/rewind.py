"""``/rewind`` in the line face: lists the prompts, or goes back to before one of them."""

from mycoder.ui import wording
from mycoder.ui.door import Door
from mycoder.ui.line.printer import Printer
from mycoder.ui.rewinding import WAYS, points
from mycoder.ui.visible import visible_line

_USAGE = "/rewind NUMBER talk, /rewind NUMBER files, or /rewind NUMBER both"


async def rewound(arguments: str, door: Door, printer: Printer) -> str:
    """The id of the session to go on in; empty when there is none, and the reason is printed."""
    found = points(printer.transcript)
    number, _, way = arguments.strip().partition(" ")
    if not number:
        for at, point in enumerate(found, 1):
            changes = f"  ({wording.counted(point.changes, 'change')} since)" if point.changes else ""
            printer.console.print(f"{at:>3}  {visible_line(point.text)[:100]}{changes}")
        printer.say(
            "There is no prompt to go back to yet." if not found else f"{_USAGE} goes back to before it."
        )
        return ""
    is_known = number.isascii() and number.isdigit() and 0 < int(number[:6]) <= len(found)
    if not is_known or way.strip() not in WAYS:
        printer.say(f"/rewind {visible_line(arguments)}: that is no prompt and way.", "warning", _USAGE)
        return ""
    point = found[int(number) - 1]
    files, talk = WAYS[way.strip()]
    new = await door.rewind(point.seq, files=files, talk=talk)
    if new:
        printer.say(
            f"Back before: {visible_line(point.text)[:200]}", hint="The session before is kept: /resume"
        )
    return new
