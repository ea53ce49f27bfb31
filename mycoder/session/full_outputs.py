"""Full outputs of commands on disk, rewritten without their secrets once nobody writes them any more."""

import contextlib
import fcntl
import os
import stat

from mycoder.protocol.redact import Redactor, Stream

_PIECE = 1 << 20
_CLEAN = 0o400
"""The permissions of a full output without its secrets."""


def clean_file(path: str, redactor: Redactor) -> None:
    """Rewrites a text file of ours without its secrets, in one go, unless another process writes it.

    What is clean can no longer be written, which is how the next session knows."""
    with contextlib.suppress(OSError), open(path, "rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _clean(path, redactor)


def _clean(path: str, redactor: Redactor) -> None:
    part = f"{path}.clean"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(part)  # of a process that was killed: while this one holds the lock, nobody else makes one
    try:
        with (
            open(path, encoding="utf-8", errors="surrogateescape", newline="") as source,
            open(
                part, "x", encoding="utf-8", errors="surrogateescape", newline="", opener=_private
            ) as target,
        ):
            stream = Stream(redactor)
            while piece := source.read(_PIECE):
                target.write(stream.push(piece))
            target.write(stream.flush())
            os.fchmod(target.fileno(), _CLEAN)
        os.replace(part, path)
    except OSError:  # a full disk: the file stays as it was, readable for its owner only
        if os.path.exists(part):
            os.unlink(part)


def raw_files(folder: str) -> list[str]:
    """The full outputs in `folder` that were not cleaned yet."""
    found = []
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("shell") and not entry.name.endswith(".clean") and is_raw(entry.path):
                found.append(entry.path)
    return found


def is_raw(path: str) -> bool:
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return False
    return stat.S_ISREG(mode) and stat.S_IMODE(mode) != _CLEAN


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
