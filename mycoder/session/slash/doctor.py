"""``/doctor``: what ``mycoder doctor`` finds, in the session."""

from mycoder.session.slash.command import SlashCommand, SlashSession


async def run(session: SlashSession, arguments: str) -> None:
    from mycoder.session.checks import listed  # late: it looks at much that no turn needs

    found = await session.checks()
    bad = sum(check.state == "error" for check in found)
    doubtful = sum(check.state == "warning" for check in found)
    head = "All is well." if not bad + doubtful else f"{bad} to mend, {doubtful} to look at."
    session.notice("\n".join([head, *listed(found)]), level="warning" if bad else "info")


COMMAND = SlashCommand(
    name="doctor", summary="check what mycoder needs on this machine", run=run, lasts="beside"
)
