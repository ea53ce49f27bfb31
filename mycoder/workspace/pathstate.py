"""What is at a path: nothing, a file, a symlink or a folder, told by content so that two states can be
compared.
"""

import errno
import os
import stat
from typing import Literal

import msgspec

from mycoder.workspace import beneath
from mycoder.workspace.atomic import read_all
from mycoder.workspace.files import content_hash

Kind = Literal["", "f", "l", "d", "o"]


class PathState(msgspec.Struct, frozen=True, array_like=True):
    """Equal states are equal content. `kind`: nothing, file, link, directory (folder), or other (pipe,
    socket, device).

    `hash` is the content's hash for a file (empty when the content was not kept) and the target for a link.
    """

    kind: Kind = ""
    mode: int = 0
    """Permission bits of a file or folder; 0 for the others."""
    hash: str = ""

    @property
    def is_known(self) -> bool:
        """False for a file whose content was not kept and for what has no content."""
        return self.kind in ("", "l", "d") or (self.kind == "f" and bool(self.hash))


ABSENT = PathState()


class Change(msgspec.Struct, frozen=True, array_like=True):
    """One path before and after; `path` is relative to the root, with slashes."""

    path: str
    before: PathState
    after: PathState

    @property
    def inverse(self) -> "Change":
        return Change(self.path, self.after, self.before)


def look(full: str) -> tuple[PathState, bytes]:
    """(state, content of a file) of what is at `full` now. Raises OSError when it cannot be read."""
    try:
        status = os.lstat(full)
    except (FileNotFoundError, NotADirectoryError):
        return ABSENT, b""
    if not stat.S_ISREG(status.st_mode):
        return state_without_content(full, status), b""
    data, status = content(full, force=True)
    return PathState("f", stat.S_IMODE(status.st_mode), content_hash(data)), data


def is_direct(folder: str) -> bool:
    """Whether no part of the absolute path `folder` is a symlink; it need not exist."""
    return os.path.realpath(folder) == folder


def look_below(root: str, path: str) -> PathState | None:
    """State of `path` below `root`; behind a symlink in the place of one of its folders there is nothing.

    None when it cannot be read.
    """
    full = f"{root}/{path}"
    if not is_direct(os.path.dirname(full)):
        return ABSENT
    try:
        return look(full)[0]
    except OSError:
        return None


def state_without_content(full: str, status: os.stat_result) -> PathState:
    """State of what `status` describes; of a regular file without the hash. Raises OSError for a link that
    vanished.
    """
    mode = status.st_mode
    if stat.S_ISREG(mode):
        return PathState("f", stat.S_IMODE(mode))
    if stat.S_ISLNK(mode):
        return PathState("l", 0, os.readlink(full))
    if stat.S_ISDIR(mode):
        return PathState("d", stat.S_IMODE(mode))
    return PathState("o")


def content(full: str, *, force: bool = False) -> tuple[bytes, os.stat_result]:
    """(bytes, status after reading) of the regular file at `full`. Raises OSError, also when it is something else.

    `force` also reads a file of our own that we may not read; its permissions are the same afterwards.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(full, flags)
    except PermissionError:
        if not force:
            raise
        descriptor = _open_by_force(full, flags)
    try:
        size = os.fstat(descriptor).st_size
        data = read_all(descriptor, size + 1)
        while len(data) > size:  # it grew
            size = max(2 * size, 4096)
            os.lseek(descriptor, 0, os.SEEK_SET)
            data = read_all(descriptor, size + 1)
        status = os.fstat(descriptor)
        if not beneath.leads_to(descriptor, full):
            raise OSError(errno.ELOOP, "it was replaced while it was read", full)
    finally:
        os.close(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(f"{full} is not a regular file")
    return data, status


def _open_by_force(full: str, flags: int) -> int:
    """Opens a file of our own that we may not read. Raises OSError."""
    held = os.open(full, beneath.LOOK)
    try:
        status = os.fstat(held)
        if not stat.S_ISREG(status.st_mode) or not beneath.leads_to(held, full):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), full)
        beneath.set_mode_of(held, stat.S_IMODE(status.st_mode) | stat.S_IRUSR)
        try:
            return os.open(full, flags)
        finally:
            beneath.set_mode_of(held, stat.S_IMODE(status.st_mode))
    finally:
        os.close(held)


def packed(path: str) -> str:
    r"""`path` as text that UTF-8 can hold. A name with bytes that are not UTF-8 (lone surrogates after
    `os.fsdecode`) becomes NUL and the bytes as Latin-1; no path begins with NUL."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return "\0" + os.fsencode(path).decode("latin-1")
    return path


def unpacked(text: str) -> str:
    """Inverse of `packed`."""
    return os.fsdecode(text[1:].encode("latin-1")) if text.startswith("\0") else text
