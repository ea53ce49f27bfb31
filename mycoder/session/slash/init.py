"""``/init``: have an AGENTS.md written for the repository."""

from pathlib import Path

from mycoder.protocol.commands import Submit
from mycoder.session.slash.command import SlashCommand, SlashSession

TASK = """\
{verb} AGENTS.md at the root of this repository: what a newcomer needs to work on it, at most 60 lines.
Find out and state only what is true here: what the project is, how its parts are laid out, the commands
that build it, run all tests and run one test (run them to be sure), and the conventions of the code.{rest}"""


async def run(session: SlashSession, arguments: str) -> None:
    is_there = (Path(session.state.root) / "AGENTS.md").exists()
    rest = f"\n{arguments}" if arguments else ""
    await session.send(Submit(text=TASK.format(verb="Improve" if is_there else "Write", rest=rest)))


COMMAND = SlashCommand(
    name="init", summary="write or improve AGENTS.md for this repository", usage="[wishes]", run=run
)
