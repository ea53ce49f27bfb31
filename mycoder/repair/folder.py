"""The private folder of one search, and the removal of those whose owner was killed.

Whoever owns a folder holds a lock on a file in it; the kernel takes the lock away at the owner's end, however that
comes. Under a sandbox that ends the workers together with their owner nobody else is left to remove the folder."""

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from mycoder.config.private import make_private

PREFIX = "mcr-"
LOCK = "owner"


@contextlib.contextmanager
def private_folder(base: Path) -> Iterator[Path]:
    """A new folder below `base`, removed at the end; before that the ones left by killed searches are removed.
    Raises OSError."""
    make_private(base)
    sweep(base)
    place = base / f"{PREFIX}{secrets.token_hex(4)}"
    place.mkdir(mode=0o700)
    lock = os.open(place / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(lock)


def sweep(base: Path) -> list[str]:
    """Removes folders of ours whose owner is gone; returns their names. Those without a lock file are left: they
    may just be being made."""
    removed = []
    with os.scandir(base) as entries:
        names = [e.name for e in entries if e.name.startswith(PREFIX) and e.is_dir(follow_symlinks=False)]
    for name in names:
        try:
            lock = os.open(base / name / LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            if os.fstat(lock).st_uid != os.getuid():
                continue
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(base / name, ignore_errors=True)
            removed.append(name)
        except OSError:  # its owner lives
            continue
        finally:
            os.close(lock)
    return removed
