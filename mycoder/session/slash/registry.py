"""Finds slash commands by name, alias or near miss, and runs them."""

from importlib import import_module

from mycoder.protocol.commands import Submit
from mycoder.session.slash import NAMES
from mycoder.session.slash.command import SlashCommand, SlashSession


def load(name: str) -> SlashCommand:
    """The command of that exact name. Modules are imported when needed: most sessions never use one."""
    module = import_module(f"mycoder.session.slash.{name}")
    command = module.COMMAND
    assert isinstance(command, SlashCommand)
    return command


def all_commands() -> list[SlashCommand]:
    return [load(name) for name in NAMES]


def find(word: str) -> SlashCommand | None:
    """The command that `word` names, by its name or an alias; case does not matter."""
    word = word.strip().lower()
    if word in NAMES:
        return load(word)
    return next((command for command in all_commands() if word in command.aliases), None)


def closest(word: str) -> str:
    """The name that `word` is most likely meant to be; empty when none is near."""
    import difflib  # late: only for a word that names no command

    known = {
        spelling: command.name for command in all_commands() for spelling in (command.name, *command.aliases)
    }
    near = difflib.get_close_matches(word.strip().lower(), known, n=1, cutoff=0.5)
    return known[near[0]] if near else ""


async def run_slash(session: SlashSession, name: str, arguments: str = "") -> None:
    """Runs the command `name`, ours or one of the person's own, whose text becomes a prompt; a name that nobody knows
    is answered with the nearest one."""
    command = find(name)
    if command is None and (own := (await session.skills.commands()).get(name.lower())) is not None:
        await session.send(Submit(text=own.filled(arguments)))
        return
    if command is None:
        near = closest(name)
        hint = f"Did you mean /{near}?" if near else "/help lists all commands."
        session.notice(f"There is no command /{name}.", level="warning", hint=hint)
        return
    if command.run is None:
        session.notice(f"/{command.name} works only in an interactive session.", level="warning")
        return
    await command.run(session, arguments.strip())
