"""A small JSON file of one person's that several processes change: nothing of theirs is lost.

Each change reads, changes and replaces the file under a lock; a file that can't be understood counts as empty, and
is set aside before another takes its place.
"""

import contextlib
import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from mycoder.config.private import make_private

Content = TypeVar("Content", bound=msgspec.Struct)


class LockedFile(Generic[Content]):
    """`kind` is what the file holds; its fields need defaults, which are the empty file."""

    def __init__(self, path: Path, kind: type[Content]) -> None:
        self.path = path
        self._kind = kind

    def read(self) -> Content:
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=self._kind)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return self._kind()

    def change(self, change: Callable[[Content], object]) -> None:
        """Calls `change` with what is stored, and stores what it made of it, with mode 0600. Raises OSError."""
        make_private(self.path.parent)
        with open(self.path.with_suffix(".lock"), "a", opener=_private) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._keep_broken()
            content = self.read()
            change(content)
            part = self.path.with_suffix(f".{os.getpid()}")
            try:
                with open(part, "wb", opener=_private) as file:
                    file.write(msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(self.path)
            except OSError:
                part.unlink(missing_ok=True)
                raise

    def _keep_broken(self) -> None:
        with contextlib.suppress(OSError):
            data = self.path.read_bytes()
            try:
                msgspec.json.decode(data, type=self._kind)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                self.path.replace(self.path.with_suffix(".broken"))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)
