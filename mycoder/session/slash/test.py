"""``/test``: run the project's tests, all or some."""

import shlex

from mycoder.session.slash.command import SlashCommand, SlashSession


async def run(session: SlashSession, arguments: str) -> None:
    try:
        words = shlex.split(arguments)
    except ValueError as error:
        session.notice(f"/test cannot read its arguments: {error}.", level="warning", hint="Close the quote.")
        return
    await session.run_tests(words)


COMMAND = SlashCommand(
    name="test",
    summary="run the project's tests, all or those named",
    usage="[tests or options]",
    aliases=("t",),
    run=run,
    lasts="alone",
)
