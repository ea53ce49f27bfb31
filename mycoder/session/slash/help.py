"""``/help``: all commands, or one of them in full."""

from collections.abc import Sequence

from mycoder.session.slash import NAMES
from mycoder.session.slash.command import SlashCommand, SlashSession
from mycoder.session.slash.registry import all_commands, closest, find


async def run(session: SlashSession, arguments: str) -> None:
    word = arguments.strip().removeprefix("/")
    if not word:
        session.notice(listing(await session.skills.slashes()))
    elif command := find(word):
        session.notice(about(command))
    elif own := (await session.skills.commands()).get(word.lower()):
        session.notice(f"/{own.name} {own.usage}".rstrip() + f"\n  {own.summary}\n  from {own.file}")
    else:
        near = closest(word)
        hint = f"Did you mean /{near}?" if near else "/help lists all commands."
        session.notice(f"There is no command /{word}.", level="warning", hint=hint)


def listing(own: Sequence[tuple[str, str, str]] = ()) -> str:
    """One line a command, narrow enough for 80 columns; `own` are name, summary and usage of those in files."""
    commands = [(command.name, command.summary) for command in all_commands()]
    commands += [(name, summary) for name, summary, _ in own if name not in NAMES]
    width = max(len(name) for name, _ in commands) + 1
    lines = [f"{'/' + name:<{width}}  {summary}" for name, summary in commands]
    return "\n".join([*lines, "/help COMMAND shows what may follow it, and its other names."])


def about(command: SlashCommand) -> str:
    lines = [f"/{command.name} {command.usage}".rstrip(), f"  {command.summary}"]
    if command.aliases:
        lines.append(f"  also {', '.join('/' + alias for alias in command.aliases)}")
    return "\n".join(lines)


COMMAND = SlashCommand(
    name="help", summary="list all commands", usage="[command]", aliases=("h", "?"), run=run
)
