"""Changing files below a folder so that no link can lead a change elsewhere, not even one put in its place a
moment ago.

A path is walked part by part from the root's own descriptor, each part opened without following a link
(openat with O_NOFOLLOW), and what is done is done by name in the folder that was reached. So a program that
swaps folders for links while we work can make a change fail and cannot make it land outside of the root.
Paths are relative to the root, with slashes, and have no `..` in them.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from mycoder.workspace.atomic import fill, sync_descriptor

_WALK = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
LOOK = getattr(os, "O_PATH", os.O_RDONLY | os.O_NONBLOCK) | os.O_NOFOLLOW | os.O_CLOEXEC
"""Opens a file or folder to look at it or change its mode, also one that may not be read."""

_F_GETPATH = 50
"""Of macOS, in sys/fcntl.h; Python has no name for it before 3.12."""


@contextmanager
def parent(root: str, path: str) -> Iterator[tuple[int, str]]:
    """(descriptor of the folder that `path` is in, last part of it). Raises OSError: ENOENT when a folder is
    missing, ENOTDIR or ELOOP when something on the way is a link or no folder."""
    *folders, name = path.split("/")
    if name in ("", ".", "..") or ".." in folders:
        raise OSError(errno.EINVAL, "not a path below the root", path)
    at = os.open(root, _WALK)
    try:
        for folder in folders:
            below = os.open(folder, _WALK, dir_fd=at)
            os.close(at)
            at = below
        yield at, name
    finally:
        os.close(at)


def status(root: str, path: str) -> os.stat_result:
    """As `os.lstat`. Raises OSError."""
    with parent(root, path) as (folder, name):
        return os.stat(name, dir_fd=folder, follow_symlinks=False)


def is_there(root: str, path: str) -> bool:
    try:
        status(root, path)
    except OSError:
        return False
    return True


def write_new(
    root: str, temporary: str, target: str, data: bytes, mode: int | None, *, durable: bool = False
) -> None:
    """Writes `data` to the new file `temporary` with mode, owner and attributes of `target`, if that is a
    file. `mode` None keeps the mode of `target`, or for a new file what the umask leaves of 0666. Raises
    OSError."""
    before = _file(root, target)
    with parent(root, temporary) as (folder, name):
        descriptor = os.open(name, _NEW, 0o600 if before else 0o666, dir_fd=folder)
    try:
        with _named(root, target) as source:
            fill(descriptor, data, before, source, mode, durable=durable)
    finally:
        os.close(descriptor)


def rename(root: str, source: str, target: str) -> None:
    """Raises OSError."""
    with parent(root, source) as (left, old), parent(root, target) as (right, new):
        os.rename(old, new, src_dir_fd=left, dst_dir_fd=right)


def remove(root: str, path: str) -> None:
    """Removes a file or link if it is there."""
    try:
        with parent(root, path) as (folder, name):
            os.unlink(name, dir_fd=folder)
    except (FileNotFoundError, NotADirectoryError):
        return


def remove_starting(root: str, folder: str, start: str) -> None:
    """Removes the files in `folder` (empty for the root) whose names begin with `start`. Raises OSError."""
    with parent(root, f"{folder}/x" if folder else "x") as (walked, _):
        at = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=walked)
        try:
            for name in os.listdir(at):
                if name.startswith(start):
                    os.unlink(name, dir_fd=at)
        finally:
            os.close(at)


def link(root: str, path: str, target: str) -> None:
    """Makes a symlink. Raises OSError."""
    with parent(root, path) as (folder, name):
        os.symlink(target, name, dir_fd=folder)


def make_folder(root: str, path: str, mode: int) -> None:
    """Raises OSError."""
    with parent(root, path) as (folder, name):
        os.mkdir(name, mode, dir_fd=folder)


def make_folders(root: str, path: str) -> None:
    """The folder `path` and all on the way to it, as far as they are missing. Raises OSError."""
    done = ""
    for part in path.split("/"):
        done = f"{done}/{part}" if done else part
        try:
            make_folder(root, done, 0o777)
        except FileExistsError:
            continue  # whether it is a folder, the next step will say


def remove_folder(root: str, path: str) -> None:
    """Raises OSError."""
    with parent(root, path) as (folder, name):
        os.rmdir(name, dir_fd=folder)


def set_mode(root: str, path: str, mode: int) -> None:
    """The permission bits of a file or folder, never of what a link leads to. Raises OSError."""
    with parent(root, path) as (folder, name):
        descriptor = os.open(name, LOOK, dir_fd=folder)
    try:
        if stat.S_ISLNK(os.fstat(descriptor).st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        set_mode_of(descriptor, mode)
    finally:
        os.close(descriptor)


def set_mode_of(descriptor: int, mode: int) -> None:
    """Of what was opened with LOOK. Raises OSError."""
    if hasattr(os, "O_PATH"):
        os.chmod(f"/proc/self/fd/{descriptor}", mode)
    else:
        os.fchmod(descriptor, mode)


def sync(root: str, path: str) -> None:
    """Waits until renames in the folder of `path` are on disk. Raises OSError."""
    with parent(root, path) as (folder, _):
        descriptor = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
    sync_descriptor(descriptor)


def leads_to(descriptor: int, full: str) -> bool:
    """Whether an open file is the one at the real path `full`: no folder on the way was a link when it was
    opened. One look at what the kernel says, so that whole trees can be read this way."""
    try:
        if hasattr(os, "O_PATH"):
            return os.readlink(f"/proc/self/fd/{descriptor}") in (full, f"{full} (deleted)")
        if os.uname().sysname == "Darwin":
            import fcntl  # late: only there

            return os.fsdecode(fcntl.fcntl(descriptor, _F_GETPATH, bytes(1024)).rstrip(b"\0")) == full
    except OSError:
        pass  # no /proc: the folders as they are now have to tell
    return os.path.realpath(os.path.dirname(full)) == os.path.dirname(full)


def _file(root: str, path: str) -> os.stat_result | None:
    """Status of the regular file at `path`, if there is one."""
    try:
        found = status(root, path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found if stat.S_ISREG(found.st_mode) else None


@contextmanager
def _named(root: str, path: str) -> Iterator[str]:
    """A name of `path` for calls that know no descriptors; empty where there is none."""
    if not hasattr(os, "O_PATH"):
        yield ""
        return
    try:
        with parent(root, path) as (folder, name):
            yield f"/proc/self/fd/{folder}/{name}"
    except (FileNotFoundError, NotADirectoryError):
        yield ""
