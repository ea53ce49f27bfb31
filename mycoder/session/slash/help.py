"""``/help``: all commands, or one of them in full."""

from mycoder.session.slash.command import SlashCommand, SlashSession
from mycoder.session.slash.registry import all_commands, closest, find


async def run(session: SlashSession, arguments: str) -> None:
    word = arguments.strip().removeprefix("/")
    if not word:
        session.notice(listing())
    elif command := find(word):
        session.notice(about(command))
    else:
        near = closest(word)
        hint = f"Did you mean /{near}?" if near else "/help lists all commands."
        session.notice(f"There is no command /{word}.", level="warning", hint=hint)


def listing() -> str:
    """One line a command, narrow enough for 80 columns."""
    commands = all_commands()
    width = max(len(command.name) for command in commands) + 1
    lines = [f"{'/' + command.name:<{width}}  {command.summary}" for command in commands]
    return "\n".join([*lines, "/help COMMAND shows what may follow it, and its other names."])


def about(command: SlashCommand) -> str:
    lines = [f"/{command.name} {command.usage}".rstrip(), f"  {command.summary}"]
    if command.aliases:
        lines.append(f"  also {', '.join('/' + alias for alias in command.aliases)}")
    return "\n".join(lines)


COMMAND = SlashCommand(
    name="help", summary="list all commands", usage="[command]", aliases=("h", "?"), run=run
)
