"""``/help``: all commands."""

from mycoder.session.slash.command import SlashCommand, SlashSession
from mycoder.session.slash.registry import all_commands


async def run(session: SlashSession, arguments: str) -> None:
    session.notice(listing())


def listing() -> str:
    """One line a command, in two columns."""
    rows = [(f"/{command.name} {command.usage}".rstrip(), command) for command in all_commands()]
    width = max(len(left) for left, _ in rows)
    lines = []
    for left, command in rows:
        other = f" (also {', '.join('/' + alias for alias in command.aliases)})" if command.aliases else ""
        lines.append(f"{left:<{width}}  {command.summary}{other}")
    return "\n".join(lines)


COMMAND = SlashCommand(name="help", summary="list all commands", aliases=("h", "?"), run=run)
