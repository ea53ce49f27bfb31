"""Mount points for protected names that are absent: empty folders that exist only while commands run.

A name can be masked only where there is something to mount on. An empty folder is invisible to git, and is
taken away when no command runs in that repository any more, in this process or another, which a lock says.
The lock file holds the names, so that what a killed process left is taken away by the next one.

They stay for a moment after the last command: while its namespace dies, removing what was mounted on takes
milliseconds, and the next command may be on its way."""

import asyncio
import contextlib
import fcntl
import os
import re
from collections.abc import Iterable
from pathlib import Path

_MOMENT = 0.25

_LOOKED_AT = 20_000
"""Characters at the end of an output in which names are looked for."""

_WORD = re.compile(r"[\s/:'\"]+")


class Masks:
    """The masks of one repository. `file` is the lock, outside of the repository."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = -1
        self._users = 0
        self._known: set[str] = set()
        self._later: asyncio.TimerHandle | None = None

    def hold(self) -> None:
        """Announces a command: from now on no folder goes away. Raises OSError."""
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if self._lock < 0:
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
            self._lock = os.open(self._file, flags, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_SH)
            self._known.clear()
        self._users += 1

    @property
    def known(self) -> frozenset[str] | set[str]:
        """The folders that are there only because of us."""
        return self._known if self._lock >= 0 else frozenset()

    def note(self, targets: Iterable[str]) -> None:
        """Remembers folders that the sandbox is about to make."""
        fresh = set(targets) - self._known
        if fresh:
            self._known |= fresh
            os.write(self._lock, b"".join(os.fsencode(name) + b"\0" for name in sorted(fresh)))

    def explain(self, output: str, root: str) -> str:
        """A sentence when a command has met such folders, so that nobody takes them for the project's own."""
        seen = {name for name in self.known if os.path.dirname(name) == root}
        words = set(_WORD.split(output[-_LOOKED_AT:])) if seen else set()
        met = sorted(name for name in map(os.path.basename, seen) if name in words)
        if not met:
            return ""
        are = "is an empty placeholder" if len(met) == 1 else "are empty placeholders"
        return f"{', '.join(met)} {are} of the sandbox for what no command may make; the project has none."

    def release(self) -> None:
        """One command less; a moment after the last one the folders go."""
        self._users -= 1
        if self._users == 0:
            self._later = asyncio.get_running_loop().call_later(_MOMENT, self.clear)

    def clear(self) -> None:
        """Takes the folders away, unless a command runs here or somebody else's does."""
        self._later = None
        if self._users or self._lock < 0:
            return
        lock, self._lock = self._lock, -1
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._remove(lock)
        except OSError:
            pass  # another mycoder is at work here and will do it
        finally:
            os.close(lock)

    def sweep(self) -> None:
        """Takes away what a killed process has left behind, unless somebody is at work here."""
        try:
            if not os.lstat(self._file).st_size:
                return
            lock = os.open(self._file, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._remove(lock)
        except OSError:
            pass
        finally:
            os.close(lock)

    def _remove(self, lock: int) -> None:
        names = os.pread(lock, 1 << 20, 0).split(b"\0")
        for name in sorted(set(names), reverse=True):
            with contextlib.suppress(OSError):  # it was never made, or it is not empty and not ours
                if name:
                    os.rmdir(name)
        os.ftruncate(lock, 0)
