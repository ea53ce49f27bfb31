"""``/compact``: shorten what the model reads."""

from mycoder.session.slash.command import SlashCommand, SlashSession


async def run(session: SlashSession, arguments: str) -> None:
    if session.state.is_running:
        session.notice("The turn is still running; compact when it has ended.", level="warning")
        return
    await session.compact()


COMMAND = SlashCommand(name="compact", summary="shorten the conversation for the model", run=run)
