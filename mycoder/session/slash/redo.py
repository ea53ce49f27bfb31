"""``/redo``: bring back the last change that was undone, or the last n."""

from mycoder.session.slash.command import SlashCommand, SlashSession, steps


async def run(session: SlashSession, arguments: str) -> None:
    count = steps(arguments)
    if count is None:
        session.notice(
            f"/redo takes a count, not {arguments!r}.", level="warning", hint="For example: /redo 2"
        )
        return
    session.redo(count)


COMMAND = SlashCommand(
    name="redo", summary="bring back the last change that was undone, or the last n", usage="[n]", run=run
)
