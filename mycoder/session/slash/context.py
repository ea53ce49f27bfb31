"""``/context``: how full the model's window is."""

from mycoder.session.slash.command import SlashCommand, SlashSession

CELLS = 40


async def run(session: SlashSession, arguments: str) -> None:
    used, window = session.state.context, session.state.window
    if not window:
        session.notice(f"{used:,} tokens in the context; the size of the model's window is not known.")
        return
    share = min(1.0, used / window)
    full = round(share * CELLS)
    bar = "#" * full + "." * (CELLS - full)
    hint = "/compact makes it shorter." if share > 0.6 else ""
    session.notice(f"[{bar}] {share:.0%}\n{used:,} of {window:,} tokens, {window - used:,} left", hint=hint)


COMMAND = SlashCommand(
    name="context", summary="show how full the model's window is", aliases=("ctx",), run=run
)
