"""Where a command works: the folder, its project, our own folders, and the settings there."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mycoder.cli.faults import UsageError
from mycoder.cli.options import RUN_OPTIONS
from mycoder.config.layers import Loaded, load
from mycoder.config.loadable import has_any
from mycoder.config.paths import Paths, find_root
from mycoder.config.role_settings import Roles

if TYPE_CHECKING:
    from mycoder.config.trust import Trust


class Here(msgspec.Struct, frozen=True):
    """`root` is the project around the folder, `flags` are settings from the command line by dotted key."""

    root: Path
    paths: Paths
    flags: dict[str, Any]
    env: Mapping[str, str]

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Here":
        """From the values of the options. Raises UsageError and ConfigError."""
        env = dict(os.environ)
        return cls(
            find_root(_folder(values.get("directory", "."))), Paths.from_env(env), flags_of(values), env
        )

    def trust(self) -> "Trust":
        from mycoder.config.trust import TrustStore  # late: only where something could be trusted

        return TrustStore(self.paths.trust_file).look(self.root)

    def load(self) -> Loaded:
        """Raises ConfigError."""
        is_trusted = has_any(self.root) and self.trust().is_trusted
        return load(self.root, flags=self.flags, env=self.env, is_trusted=is_trusted, paths=self.paths)


def flags_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by dotted key; ``--set`` comes last and wins over an option of the same key. UsageError."""
    flags = {
        option.key: values[option.name] for option in RUN_OPTIONS if option.key and option.name in values
    }
    for text in values.get("role", ()):
        role, model = pair("--role", text, "debug=deepseek/deepseek-reasoner")
        name = role.strip().lower().replace("-", "_")
        if name not in Roles.__struct_fields__:
            raise UsageError(f"there is no role {role!r}; the roles are {', '.join(Roles.__struct_fields__)}")
        flags[f"roles.{name}.model"] = model
    for text in values.get("set", ()):
        key, value = pair("--set", text, "tests.seconds=60")
        flags.pop(key, None)
        flags[key] = value
    return flags


def pair(flag: str, text: str, example: str) -> tuple[str, str]:
    """``a.b=c`` as its two sides; a key may hold quoted names with an equals sign in them."""
    quote = ""
    for position, character in enumerate(text):
        if character == quote:
            quote = ""
        elif not quote and character in "\"'":
            quote = character
        elif character == "=" and not quote and position:
            return text[:position].strip(), text[position + 1 :]
    raise UsageError(f"{flag} {text!r} is not of the form {flag} {example}")


def _folder(name: str) -> Path:
    try:
        folder = Path(name).absolute()
    except FileNotFoundError:
        raise UsageError(
            "The current folder is not there any more: change to another one, or use -C DIR."
        ) from None
    if not folder.is_dir():
        raise UsageError(f"-C {name}: there is no such folder.")
    return folder
