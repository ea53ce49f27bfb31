"""Reading the TOML files that people write."""

import os
import stat
from pathlib import Path
from typing import Any

from mycoder.config.errors import ConfigError
from mycoder.config.loadable import LARGEST


def read_text(path: Path) -> str | None:
    """The text of a regular file, None when there is none. ConfigError when it cannot be read."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a FIFO must not make us wait
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", str(path)) from error
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise ConfigError("is not a regular file", str(path))
        with open(handle, "rb", closefd=False) as file:
            data = file.read(LARGEST + 1)
    finally:
        os.close(handle)
    if len(data) > LARGEST:
        raise ConfigError(f"is larger than {LARGEST:,} bytes", str(path))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigError("is not UTF-8 text", str(path), line) from error


def parse(text: str, path: Path) -> dict[str, Any]:
    """Raises ConfigError with the line of the first fault."""
    import tomllib  # late: only when there is a file; it costs a few milliseconds

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, line = _split_position(str(error))
        raise ConfigError(f"is not valid TOML: {message}", str(path), line or text.count("\n") + 1) from error
    except RecursionError as error:
        raise ConfigError("is nested too deeply", str(path)) from error


def _split_position(message: str) -> tuple[str, int]:
    """``Expected x (at line 3, column 5)`` → (``Expected x``, 3)."""
    head, _, tail = message.rpartition(" (at line ")
    number = tail.split(",")[0]
    return (head, int(number)) if head and number.isdigit() else (message.partition(" (at end")[0], 0)
