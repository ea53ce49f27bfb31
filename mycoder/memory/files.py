"""The files of memory: folders of ours (0700), files of ours (0600), replaced whole and under a lock.

Whoever changes a file reads it under the lock first, so what other sessions or a person wrote since is kept.
"""

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from mycoder.config.private import make_private
from mycoder.protocol.redact import Redactor

MOST_BYTES = 16_000_000
"""Of one file. A larger one is left alone: it is not ours, or something went wrong."""

ACCEPTED, PROPOSED = "skills", "skills/proposed"
"""Folders in the project's memory: skills that sessions are told of, and those that wait for a person's word."""

START = """\
# What mycoder remembers {about}

One bullet is one entry; edit freely, also by hand. The comment behind an entry says who made it, when and in which
session; a bullet without one is yours. Rules are followed, everything else is told as facts.
"""


class MemoryFault(Exception):
    """Memory cannot be read or written; the message says what to do."""


def read_text(file: Path, most: int = MOST_BYTES) -> str:
    """The text of `file`, empty when there is none; bytes that are not UTF-8 survive a rewrite. MemoryFault."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise MemoryFault(f"{file} cannot be read: {error.strerror}") from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_size > most:
        os.close(descriptor)
        raise MemoryFault(f"{file} is not a file of at most {most:,} bytes; mend or move it")
    with os.fdopen(descriptor, "rb") as opened:
        return opened.read().decode("utf-8", "surrogateescape")


def write_text(file: Path, text: str, *, is_durable: bool = True) -> None:
    """Replaces `file` by `text` in one step; a link is followed. Raises OSError, and the old text stays then.

    Not `is_durable`, it does not wait for the disk: for what can be made again.
    """
    target = Path(os.path.realpath(file))
    make_private(target.parent)
    part = target.with_name(f".{target.name}.{os.urandom(4).hex()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(text.encode("utf-8", "surrogateescape"))
            opened.flush()
            if is_durable:
                os.fsync(descriptor)
        part.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def write_words(file: Path, text: str) -> None:
    """As `write_text`, without the secrets in `text`: whatever is remembered goes to its file through here."""
    write_text(file, Redactor.of(os.environ).text(text))


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Only one process at a time changes what is in `folder`; the lock goes with the process that holds it."""
    make_private(folder)
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def without_secrets(text: str) -> str:
    """`text` as it may be written to a file of memory."""
    return Redactor.of(os.environ).text(text)


def write_values(file: Path, value: Any) -> None:
    """As `write_words`, for a structure as JSON: each text in it by itself, so that the JSON stays whole."""
    clean = _clean(msgspec.to_builtins(value), Redactor.of(os.environ))
    write_text(file, msgspec.json.encode(clean).decode())


def _clean(value: Any, redactor: Redactor) -> Any:
    match value:
        case str():
            return redactor.text(value)
        case list() | tuple():
            return [_clean(part, redactor) for part in value]
        case dict():
            return {key: _clean(part, redactor) for key, part in value.items()}
    return value
