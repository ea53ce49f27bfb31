"""Which commands are running in this process, written where another process finds it if this one dies.

A file per process in the folder `running`, locked while the process lives and empty while no command runs.
"""

import fcntl
import os
import time
from collections.abc import Iterator

import msgspec

from mycoder.config.private import make_private
from mycoder.workspace.atomic import remove_file


class Run(msgspec.Struct, frozen=True):
    """A command that is under way."""

    session: str
    cause: str
    label: str
    at: float


_decode = msgspec.json.Decoder(list[Run]).decode


class Running:
    """The marker of this process in `folder`."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._path = ""
        self._descriptor = -1
        self._runs: list[Run] = []

    @property
    def runs(self) -> list[Run]:
        """Those under way, the latest last."""
        return list(self._runs)

    def enter(self, session: str, cause: str, label: str) -> Run:
        """Raises OSError."""
        if self._descriptor < 0:
            self._open()
        run = Run(session, cause, label.encode("utf-8", "replace").decode(), time.time())
        self._runs.append(run)
        self._write()
        return run

    def leave(self, run: Run) -> None:
        if run in self._runs:
            self._runs.remove(run)
            self._write()

    def close(self) -> None:
        if self._descriptor >= 0:
            remove_file(self._path)
            os.close(self._descriptor)
            self._descriptor = -1

    def dead(self) -> Iterator[list[Run]]:
        """The commands that were cut off with each process that has died. Its marker goes when the next is
        asked for, so that whoever dies while looking into them leaves it for the next."""
        try:
            names = sorted(os.listdir(self._folder))
        except OSError:
            return
        for name in names:
            path = os.path.join(self._folder, name)
            if path == self._path or (descriptor := _locked(path)) < 0:
                continue
            try:
                if runs := _read(descriptor):
                    yield runs
                remove_file(path)
            finally:
                os.close(descriptor)

    def _open(self) -> None:
        make_private(self._folder)
        while self._descriptor < 0:
            self._path = os.path.join(self._folder, f"{os.getpid()}-{os.urandom(4).hex()}")
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_nlink:
                self._descriptor = descriptor
            else:  # another process took it for a dead one before it was locked
                os.close(descriptor)

    def _write(self) -> None:
        data = msgspec.json.encode(self._runs) if self._runs else b""
        os.pwrite(self._descriptor, data, 0)
        os.ftruncate(self._descriptor, len(data))


def _locked(path: str) -> int:
    """A descriptor of the marker, locked; -1 when its process lives or it is gone."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return -1
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return -1
    return descriptor


def _read(descriptor: int) -> list[Run]:
    data = os.pread(descriptor, 2**20, 0)
    if not data:
        return []
    try:
        return _decode(data)
    except msgspec.DecodeError:  # killed while it was written
        return [Run("", "command", "a command", 0.0)]
