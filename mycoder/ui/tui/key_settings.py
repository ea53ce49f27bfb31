"""Keys as settings: one for each action of the interface, beside those of the schema."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mycoder.config.key_paths import join_key, split_key
from mycoder.ui.door import Options, SettingField
from mycoder.ui.tui import registry

SECTION = ("ui", "keys")


def offer(options: Options) -> None:
    """Let `options` list the keys too, and refuse to save those that are taken."""
    listed, save = options.setting_fields, options.save_setting
    options.setting_fields = lambda: [*listed(), *fields(options.keys)]
    if save is not None:
        options.save_setting = checked(options, save)


def fields(custom: Mapping[str, str]) -> Sequence[SettingField]:
    return [
        SettingField(
            key=join_key((*SECTION, command.id)),
            help=f"Keys for: {command.title}. Several are separated by commas; none at all is allowed.",
            kind="text",
            value=custom.get(command.id, command.keys),
            default=command.keys,
            origin="user" if command.id in custom else "default",
        )
        for command in registry.all_commands()
    ]


def checked(options: Options, save: Callable[[str, Any], None]) -> Callable[[str, Any], None]:
    """`save`, but ValueError for keys that another action has; what is saved holds for `options` at once."""

    def save_setting(key: str, value: Any) -> None:
        action = action_of(key)
        if not action:
            save(key, value)
            return
        changed = {**options.keys, action: spelled(value)}
        if problems := [problem for problem in registry.key_problems(changed) if action in problem]:
            raise ValueError(problems[0])
        save(key, spelled(value))
        options.keys = changed

    return save_setting


def action_of(key: str) -> str:
    """The action whose keys the setting `key` holds; empty for any other setting."""
    path = split_key(key)
    return path[2] if path[:2] == SECTION and len(path) == 3 else ""


def spelled(value: Any) -> str:
    """Keys as Textual names them: ``Ctrl+F, F7`` is ``ctrl+f,f7``."""
    return ",".join(part.strip().lower() for part in str(value).split(",") if part.strip())
