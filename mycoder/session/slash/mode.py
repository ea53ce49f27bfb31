"""``/mode``: show or change what may be done without asking."""

from mycoder.session.slash.command import SlashCommand, SlashSession

MODES = {
    "plan": "only reads",
    "ask": "asks before each change and each command",
    "edit": "edits files, asks before commands",
    "auto": "works alone inside the sandbox",
}


async def run(session: SlashSession, arguments: str) -> None:
    if arguments:
        session.set_mode(arguments.lower())
        return
    current = session.state.mode
    lines = [f"{'>' if mode == current else ' '} {mode:<5} {what}" for mode, what in MODES.items()]
    session.notice("\n".join([f"The mode is {current}.", *lines]), hint="/mode NAME changes it.")


COMMAND = SlashCommand(
    name="mode",
    summary="show or change what may be done without asking",
    usage="[plan|ask|edit|auto]",
    run=run,
)
