"""Settings from every place that can give them, each value with the place it comes from.

    defaults < config.toml of the person < .mycoder/config.toml < [tool.mycoder] < MYCODER_* < flags

The two in the middle belong to the repository: they are read only when its folder is trusted, and even then
they can tighten but never weaken what protects the person (`mycoder.config.repository`).
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from mycoder.config.loadable import PYPROJECT, SETTINGS, has_our_table
from mycoder.config.origins import COMMAND_LINE, DEFAULT, VARIABLES, Layer, Origin
from mycoder.config.paths import Paths
from mycoder.config.settings import Settings

FREE_TEXT = ("model", "base_url", "test_command")
"""Keys of which any text is a value; a test holds them against the types."""

_UNTRUSTED = "{} is not read because this folder is not trusted: `mycoder trust` shows what it would load"


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """`origins` is by key, for every value that is not a default; warnings are whole sentences."""

    settings: Settings
    origins: dict[str, Origin]
    warnings: tuple[str, ...]
    root: Path
    paths: Paths
    is_trusted: bool

    def origin(self, key: str) -> Origin:
        return self.origins.get(key, DEFAULT)


def load(
    root: Path,
    *,
    flags: Mapping[str, Any],
    env: Mapping[str, str],
    is_trusted: bool,
    paths: Paths | None = None,
) -> Loaded:
    """Merges all layers for the project in `root`.

    `flags` maps dotted keys to values; strings are converted to the type of their key, as variables are.
    Raises ConfigError for a file that cannot be read, a value of a wrong type and an unknown key in `flags`.
    """
    paths = paths or Paths.from_env(env)
    user = paths.config_file if os.path.lexists(paths.config_file) else None
    repository: list[tuple[Layer, str]] = []
    if os.path.lexists(root / SETTINGS):
        repository.append(("repository", SETTINGS))
    if has_our_table(root / PYPROJECT):
        repository.append(("pyproject", PYPROJECT))
    warnings: list[str] = []
    if not is_trusted:
        warnings.extend(_UNTRUSTED.format(name) for _, name in repository)
        repository.clear()
    settings, origins = Settings(), {}
    if not user and not repository and _need_no_check(flags, env):
        settings = msgspec.structs.replace(settings, **flags)
        origins = {key: Origin("flag", COMMAND_LINE) for key in flags}
    else:
        from mycoder.config.merge import Merge  # late: with the types of all settings it takes 10 ms

        merge = Merge(warnings)
        if user:
            merge.add_file("user", user)
        for layer, name in repository:
            merge.add_file(layer, root / name)
        merge.add_environment(env)
        merge.add_flags(flags)
        settings, origins = merge.settings(), merge.origins
    return Loaded(
        settings=settings,
        origins=origins,
        warnings=tuple(warnings),
        root=root,
        paths=paths,
        is_trusted=is_trusted,
    )


def _need_no_check(flags: Mapping[str, Any], env: Mapping[str, str]) -> bool:
    """True when every value given is a text that may hold anything."""
    if any(name.startswith(VARIABLES) for name in env):
        return False
    return all(key in FREE_TEXT and type(value) is str for key, value in flags.items())
