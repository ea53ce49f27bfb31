"""``/fork``: go on from here in a second session."""

from mycoder.session.slash.command import SlashCommand, SlashSession


async def run(session: SlashSession, arguments: str) -> None:
    new = session.fork()
    session.notice(f"Forked as session {new}.", hint=f"mycoder --resume {new}, or /resume {new}")


COMMAND = SlashCommand(name="fork", summary="copy this session, to try something else from here", run=run)
