"""The journal on disk: one JSON record a line, only ever appended to, by any number of processes.

    {"format":1}
    {"op":"begin","id":…,"changes":[…]}   an entry is about to take place; contents are in the blobs already
    {"op":"end","id":…}                   it took place          | "drop": it did not, nothing is changed
    {"op":"entry","id":…,"changes":[…]}   it has taken place: what a command has changed

Appending needs the lock, which is held from `begin` to `end`. So a `begin` without its end can only be the
last record, and whoever gets the lock and sees one knows that its process has died.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import msgspec

from mycoder.config.private import make_private
from mycoder.workspace.atomic import remove_file, write_all, write_beside
from mycoder.workspace.pathstate import Change, PathState, packed, unpacked

FORMAT = 1
_HEADER = b'{"format":1}\n'
_PATIENCE = 20.0
"""Seconds to wait for another process that holds the lock; it holds it for some milliseconds."""


class JournalError(Exception):
    """The journal cannot be read or written. The message says what to do."""


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the journal."""

    op: str
    id: str
    session: str = ""
    cause: str = ""
    label: str = ""
    at: float = 0.0
    changes: tuple[Change, ...] = ()
    of: tuple[str, ...] = ()
    """The entries that an undo takes back, or a redo does again."""
    temporaries: tuple[str, ...] = ()
    """Unfinished files that the entry may leave behind when it is killed, relative to the root."""
    uncovered: tuple[str, ...] = ()
    """Paths that changed but whose content before or after was not kept."""
    interrupted: bool = False


class Log:
    """The file `path`; its folder is made when the first record is written. `join` is called before it is used."""

    def __init__(self, path: str, join: Callable[[], None] = lambda: None) -> None:
        self._path = path
        self._join = join
        self._descriptor = -1
        self._depth = 0
        self._clean_at = -1
        self.own: set[str] = set()
        """Ids of the entries that this process has appended."""
        self._encode = msgspec.json.Encoder().encode
        self._decode = msgspec.json.Decoder(Record).decode

    @contextmanager
    def locked(self) -> Iterator[None]:
        """The lock over all processes; may be nested. A line torn by a killed process is cut off. Raises
        JournalError.
        """
        if self._depth == 0:
            self._lock()
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if self._depth == 0:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def append(self, record: Record, *, durable: bool = False) -> None:
        """Needs the lock. Raises OSError, and then nothing was appended."""
        size = os.fstat(self._descriptor).st_size
        try:
            write_all(self._descriptor, self._line(record))
        except OSError:
            os.ftruncate(self._descriptor, size)
            raise
        if durable:
            os.fdatasync(self._descriptor)
        self.own.add(record.id)
        self._clean_at = os.fstat(self._descriptor).st_size if record.op != "begin" else -1

    def size(self) -> int:
        """Bytes so far; 0 when there is no journal."""
        try:
            return os.stat(self._path).st_size
        except OSError:
            return 0

    def unfinished(self) -> Record | None:
        """The last record when it is a `begin`. Under the lock this means that its process has died."""
        size = self.size()
        if size == self._clean_at or size <= len(_HEADER):
            return None
        last = self._last_line(size)
        record = self._record(last) if last else None
        return record if record is not None and record.op == "begin" else None

    def records(self, start: int = 0) -> tuple[list[Record], int]:
        """(whole records from byte `start` on, where they end). Lines that are none are passed over."""
        try:
            with open(self._path, "rb") as file:
                file.seek(start)
                data = file.read()
        except FileNotFoundError:
            return [], 0
        end = data.rfind(b"\n") + 1
        found = [self._record(line) for line in data[:end].split(b"\n") if line]
        return [record for record in found if record is not None], start + end

    def replace(self, records: Sequence[Record]) -> None:
        """Makes `records` all that there is. Needs the lock, and nobody else who has the file open."""
        temporary = f"{self._path}.new"
        remove_file(temporary)
        data = _HEADER + b"".join(self._line(record) for record in records)
        write_beside(temporary, self._path, data, 0o600, durable=True)
        os.rename(temporary, self._path)
        self.close()
        self._open()
        self._wait()
        self._clean_at = -1

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _lock(self) -> None:
        if self._descriptor >= 0 and os.fstat(self._descriptor).st_nlink == 0:
            self.close()  # somebody has deleted the file
        if self._descriptor < 0:
            self._open()
        self._wait()
        size = os.fstat(self._descriptor).st_size
        if size == 0:
            write_all(self._descriptor, _HEADER)
        elif size != self._clean_at and os.pread(self._descriptor, 1, size - 1) != b"\n":
            os.ftruncate(self._descriptor, self._end_of_whole_lines(size))

    def _open(self) -> None:
        try:
            make_private(os.path.dirname(self._path))
            self._join()
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._descriptor = os.open(self._path, flags, 0o600)
        except OSError as error:
            raise JournalError(
                f"the undo journal cannot be kept: {error.strerror}: {self._path}. "
                "Make that folder writable, or point XDG_STATE_HOME at one that is"
            ) from error
        header = os.pread(self._descriptor, 200, 0).split(b"\n")[0]
        found = (
            msgspec.json.decode(header) if header.startswith(b'{"format":') and header.endswith(b"}") else {}
        )
        if found.get("format", FORMAT) > FORMAT:
            self.close()
            raise JournalError(
                f"{self._path} was written by a newer mycoder: update this one to undo or change files"
            )

    def _wait(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise JournalError(
                        f"another mycoder has held {self._path} for {_PATIENCE:.0f} s: is one of them "
                        "stopped?"
                    ) from None
                time.sleep(0.002)
            else:
                return

    def _end_of_whole_lines(self, size: int) -> int:
        start = size
        while start > 0:
            step = min(65536, start)
            start -= step
            found = os.pread(self._descriptor, step, start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
        return 0

    def _last_line(self, size: int) -> bytes:
        """The last whole line."""
        with open(self._path, "rb") as file:
            step = 65536
            while True:
                start = max(0, size - step)
                file.seek(start)
                data = file.read(size - start)
                lines = data[: data.rfind(b"\n") + 1].split(b"\n")[:-1]
                if len(lines) > 1 or start == 0:
                    return lines[-1] if lines else b""
                step *= 4

    def _line(self, record: Record) -> bytes:
        try:
            return self._encode(record) + b"\n"
        except UnicodeEncodeError:
            return self._encode(_renamed(record, packed)) + b"\n"

    def _record(self, line: bytes) -> Record | None:
        try:
            record = self._decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        return _renamed(record, unpacked) if b"\\u0000" in line else record


def _renamed(record: Record, rename: Callable[[str], str]) -> Record:
    """`record` with every path and link target through `rename`."""

    def state(old: PathState) -> PathState:
        return PathState(old.kind, old.mode, rename(old.hash)) if old.kind == "l" else old

    return msgspec.structs.replace(
        record,
        changes=tuple(Change(rename(c.path), state(c.before), state(c.after)) for c in record.changes),
        temporaries=tuple(map(rename, record.temporaries)),
        uncovered=tuple(map(rename, record.uncovered)),
    )
