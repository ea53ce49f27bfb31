"""All commands of the interface. A new one is a line in a file of `commands/`; nobody else need know it."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from textual.binding import Binding, BindingType

from mycoder.ui.tui.commands import GROUPS
from mycoder.ui.tui.stage import UiCommand


@cache
def all_commands() -> tuple[UiCommand, ...]:
    found: list[UiCommand] = []
    for group in GROUPS:
        found.extend(import_module(f"mycoder.ui.tui.commands.{group}").COMMANDS)
    return tuple(found)


def find(command_id: str) -> UiCommand | None:
    return next((command for command in all_commands() if command.id == command_id), None)


def by_slash(name: str) -> UiCommand | None:
    return next((command for command in all_commands() if command.slash == name), None)


def of_line(name: str, arguments: str) -> UiCommand | None:
    """The command that carries out a slash command of that name, or of that name with these arguments."""
    return by_slash(f"{name} {arguments.strip()}") or by_slash(name)


def bindings() -> list[BindingType]:
    """The key bindings of the conversation screen, each with the id by which it can be remapped."""
    return [
        Binding(command.keys, f"run('{command.id}')", command.title, id=command.id, priority=True)
        for command in all_commands()
        if command.keys
    ]


def live_keys(custom: Mapping[str, str]) -> list[tuple[UiCommand, str]]:
    """Every command that has keys, with the keys that are in force."""
    rows = [(command, custom.get(command.id, command.keys)) for command in all_commands()]
    return [(command, keys) for command, keys in rows if keys]


_KEY_NAMES = {"escape": "Esc", "pageup": "PgUp", "pagedown": "PgDn", "question_mark": "?"}


def spelled(keys: str) -> str:
    """Keys as people write them: ``ctrl+s,f1`` is ``Ctrl+S, F1``."""
    return ", ".join(
        "+".join(_KEY_NAMES.get(part, part.capitalize()) for part in key.strip().split("+"))
        for key in keys.split(",")
        if key.strip()
    )


def key_of(command_id: str, custom: Mapping[str, str]) -> str:
    """The keys in force for a command, as people write them; empty when it has none."""
    command = find(command_id)
    return spelled(custom.get(command_id, command.keys)) if command is not None else ""


def key_problems(custom: Mapping[str, str]) -> list[str]:
    """What is wrong with a person's key map: ids that name nothing, keys that are taken twice."""
    known = {command.id for command in all_commands()}
    problems = [f"ui.keys: there is no action {name!r}" for name in custom if name not in known]
    owner: dict[str, str] = {}
    for command, keys in live_keys(custom):
        for key in keys.split(","):
            other = owner.setdefault(key.strip(), command.id)
            if other != command.id:
                problems.append(f"ui.keys: {key.strip()} is both {other} and {command.id}")
    return problems
