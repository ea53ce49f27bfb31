"""``/compact``: shorten what the model reads."""

from mycoder.session.slash.command import SlashCommand, SlashSession


async def run(session: SlashSession, arguments: str) -> None:
    await session.compact()


COMMAND = SlashCommand(
    name="compact", summary="shorten the conversation for the model", run=run, lasts="alone"
)
