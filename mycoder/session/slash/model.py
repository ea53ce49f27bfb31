"""``/model``: show or change the model."""

from mycoder.session.slash.command import SlashCommand, SlashSession


async def run(session: SlashSession, arguments: str) -> None:
    if arguments:
        await session.set_model(arguments)
        return
    session.notice(
        f"The model is {session.state.model or 'not chosen'}.", hint="/model PROVIDER/NAME changes it."
    )


COMMAND = SlashCommand(name="model", summary="show or change the model", usage="[provider/name]", run=run)
