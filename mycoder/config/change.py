"""Changing a settings file in place: comments, order and everything else stay as the person wrote them."""

import contextlib
import os
from pathlib import Path
from typing import Any

from mycoder.config import keys
from mycoder.config.errors import ConfigError
from mycoder.config.key_paths import KeyPath, join_key, split_key
from mycoder.config.merge import Merge, from_text
from mycoder.config.private import make_private
from mycoder.config.toml_files import parse, read_text


def set_value(file: Path, key: str, text: str) -> Any:
    """Sets dotted `key` to what `text` says, in a file that need not exist yet; returns the value written.

    Lists are JSON or separated by commas. Raises ConfigError for an unknown key or an impossible value; the
    file is untouched then.
    """
    import tomlkit  # late: only here, and it costs 30 ms

    path = split_key(key)
    Merge([]).add_flags({key: text})
    if short := keys.shorthand(keys.find(path)):
        path = (*path, short)
    value = _plain_value(path, text)
    document = tomlkit.parse(_valid_text(file))
    table: Any = document
    for depth, part in enumerate(path[:-1], 1):
        if part not in table:
            table[part] = tomlkit.table(is_super_table=depth < len(path) - 1)
        table = table[part]
        if not isinstance(table, dict):
            raise ConfigError("is one value here, not a table", str(file), key=join_key(path[:depth]))
    table[path[-1]] = value
    _replace(file, tomlkit.dumps(document))
    return value


def unset_value(file: Path, key: str) -> bool:
    """Removes `key`, which may be a whole section; False when it was not set. Raises ConfigError."""
    import tomlkit  # late: as above

    path = split_key(key)
    document = tomlkit.parse(_valid_text(file))
    table: Any = document
    for part in path[:-1]:
        if not isinstance(table.get(part), dict):
            return False
        table = table[part]
    if path[-1] not in table:
        return False
    del table[path[-1]]
    _replace(file, tomlkit.dumps(document))
    return True


def _plain_value(path: KeyPath, text: str) -> Any:
    """The value as TOML has it: lists, tables and scalars."""
    import msgspec  # late: for the one conversion

    hint = keys.find(path)
    value = msgspec.convert(from_text(text, keys.plain(hint)), hint, strict=False)
    value = msgspec.to_builtins(value)
    if value is None:
        raise ConfigError("TOML knows no null: use `mycoder config unset`", key=join_key(path))
    return list(value) if isinstance(value, tuple) else value


def _valid_text(file: Path) -> str:
    text = read_text(file) or ""
    parse(text, file)
    return text


def _replace(file: Path, text: str) -> None:
    """Writes beside the file and renames; a link stays a link, and the file keeps its mode."""
    parse(text, file)
    target = Path(os.path.realpath(file))
    part = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        data = text.encode()
        make_private(target.parent)
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o600
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode), "wb") as new:
            new.write(data)
            new.flush()
            os.fsync(new.fileno())
        part.replace(target)
    except UnicodeEncodeError as error:
        raise ConfigError("cannot be written: it would not be UTF-8 text", str(file)) from error
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise ConfigError(f"cannot be written: {error.strerror}", str(file)) from error
