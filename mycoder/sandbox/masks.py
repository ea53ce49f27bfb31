"""Mount points for protected names that are absent: empty folders that exist only while a command runs.

A name can be masked only where there is something to mount on. An empty folder is invisible to git, and is
taken away again when no command runs in that repository any more, in this process or another, which a lock
says. The lock file holds the names, so that what a killed process left is taken away by the next one."""

import contextlib
import fcntl
import os
from collections.abc import Iterable
from pathlib import Path


class Masks:
    """The masks of one repository. `file` is the lock, outside of the repository."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = -1
        self._users = 0
        self._known: set[str] = set()

    def hold(self) -> None:
        """Announces a command: from now on no folder goes away. Raises OSError."""
        if self._users == 0:
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
            self._lock = os.open(self._file, flags, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_SH)
            self._known.clear()
        self._users += 1

    def note(self, targets: Iterable[str]) -> None:
        """Remembers folders that the sandbox is about to make."""
        fresh = set(targets) - self._known
        if fresh:
            self._known |= fresh
            os.write(self._lock, b"".join(os.fsencode(name) + b"\0" for name in sorted(fresh)))

    def release(self) -> None:
        """One command less; after the last one the folders go, unless somebody else still runs one."""
        self._users -= 1
        if self._users:
            return
        lock, self._lock = self._lock, -1
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._clear(lock)
        except OSError:
            pass  # another mycoder is at work here and will do it
        finally:
            os.close(lock)

    def _clear(self, lock: int) -> None:
        names = os.pread(lock, 1 << 20, 0).split(b"\0")
        for name in sorted(set(names), reverse=True):
            with contextlib.suppress(OSError):  # it was never made, or it is not empty and not ours
                if name:
                    os.rmdir(name)
        os.ftruncate(lock, 0)
