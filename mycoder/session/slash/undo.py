"""``/undo``: take back the last change, or the last n."""

from mycoder.session.slash.command import SlashCommand, SlashSession, steps


async def run(session: SlashSession, arguments: str) -> None:
    count = steps(arguments)
    if count is None:
        session.notice(
            f"/undo takes a count, not {arguments!r}.", level="warning", hint="For example: /undo 2"
        )
        return
    session.undo(count)


COMMAND = SlashCommand(name="undo", summary="take back the last change, or the last n", usage="[n]", run=run)
