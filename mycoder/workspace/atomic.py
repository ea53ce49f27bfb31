"""Reading and writing whole files at the level of the system: nobody ever sees a file half written."""

import os
import stat

TEMPORARY = ".mycoder-tmp-"
"""Start of the names of our unfinished files; they are never part of the project."""


def read_all(descriptor: int, most: int) -> bytes:
    """Up to `most` bytes from the start of an open file."""
    data = os.read(descriptor, most)
    if len(data) == most or not data:
        return data
    parts = [data]
    left = most - len(data)
    while left > 0 and (data := os.read(descriptor, left)):
        parts.append(data)
        left -= len(data)
    return b"".join(parts)


def write_all(descriptor: int, data: bytes) -> None:
    """Writes all of `data`; a single call may write less."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def write_beside(
    temporary: str, target: str, data: bytes, mode: int | None, *, durable: bool = False
) -> None:
    """Writes `data` to the new file `temporary` with the mode, owner and attributes of `target`, if that is a
    file.

    `mode` None keeps the mode of `target`, or for a new file what the umask leaves of 0666.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        found = os.lstat(target)
        before = found if stat.S_ISREG(found.st_mode) else None
    except (FileNotFoundError, NotADirectoryError):
        before = None
    descriptor = os.open(temporary, flags, 0o600 if before else 0o666)
    try:
        fill(descriptor, data, before, target, mode, durable=durable)
    finally:
        os.close(descriptor)


def fill(
    descriptor: int,
    data: bytes,
    before: os.stat_result | None,
    source: str,
    mode: int | None,
    *,
    durable: bool = False,
) -> None:
    """Writes `data` into a new file and gives it the owner, attributes (of the file `source`, if not empty)
    and mode of `before`; `mode`, if given, wins."""
    write_all(descriptor, data)
    if before is not None:
        _keep_owner(descriptor, before)
        if source:
            _keep_attributes(descriptor, source)
        mode = stat.S_IMODE(before.st_mode) if mode is None else mode
    if mode is not None:
        os.fchmod(descriptor, mode)
    if durable:
        os.fsync(descriptor)


def _keep_owner(descriptor: int, before: os.stat_result) -> None:
    now = os.fstat(descriptor)
    if (now.st_uid, now.st_gid) == (before.st_uid, before.st_gid):
        return
    for owner, group in ((before.st_uid, before.st_gid), (-1, before.st_gid)):
        try:
            os.fchown(descriptor, owner, group)
        except OSError:
            continue  # only the owner of the machine may give files away; the group at least may be kept
        return


def _keep_attributes(descriptor: int, target: str) -> None:
    if not hasattr(os, "listxattr"):
        return
    try:
        for name in os.listxattr(target, follow_symlinks=False):
            os.setxattr(descriptor, name, os.getxattr(target, name, follow_symlinks=False))
    except OSError:
        return  # a file system without them, or one that is not ours to copy


def sync_descriptor(descriptor: int) -> None:
    """Waits until the open folder is on disk, and closes it."""
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_file(full: str) -> None:
    """Removes a file or link if it is there."""
    try:
        os.unlink(full)
    except (FileNotFoundError, NotADirectoryError):
        return
