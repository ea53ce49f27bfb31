"""The log: one append-only JSONL file per session is the truth; everything else is made from it.

Line 1 is a header with the format version; each further line is one event of the merged feed. A line goes to the
kernel in one write before the effect that it announces takes place, and to the disk at the end of a turn.
A torn tail is dropped on load; a broken line in the middle is skipped and counted, never deleted.
"""

import contextlib
import fcntl
import os
import time
import zlib
from collections.abc import Iterator, Set
from pathlib import Path
from typing import BinaryIO

import msgspec

from mycoder.config.private import make_private
from mycoder.protocol.codec import decode_event, encode
from mycoder.protocol.events import (
    AnyEvent,
    FilesChanged,
    ModeChanged,
    ModelChanged,
    Noticed,
    SessionResumed,
    SessionStarted,
    TurnEnded,
    TurnStarted,
    UsageChanged,
)
from mycoder.protocol.folding import folded, unfolded
from mycoder.protocol.said import title_of

FORMAT = 1
BIG = 64 * 1024
"""Bytes above which a line goes to the blob store and the log holds its hash."""


LONGEST = 1 << 20
"""Bytes of a line that is read; none of ours is longer than `BIG`, but for its name of a blob."""

_NAMING = (b'{"type":"SessionStarted"', b'{"type":"ModelChanged"')
"""How lines begin that name the model; of another length only the first, which may be in the blob store."""


_HEAD = 16_384
"""Bytes in which the first line of a log ends; a path has at most 4,096, each at most three times that as JSON."""

_OPENING = (SessionStarted, SessionResumed, ModeChanged, ModelChanged, Noticed)
"""What leaves nothing to go on with: a session that holds nothing else is not listed."""


class Header(msgspec.Struct, frozen=True):
    """First line of a log."""

    format: int
    session: str
    root: str
    started: float


class BlobLine(msgspec.Struct, frozen=True, tag_field="type", tag="@blob"):
    """A line too big for the log: `hash` names the compressed event in the blob store."""

    hash: str
    seq: int


class SessionInfo(msgspec.Struct, frozen=True):
    """What a list of sessions shows. Times are Unix seconds, `size` bytes, `cost` US dollars."""

    id: str
    root: str
    title: str = ""
    started: float = 0.0
    ended: float = 0.0
    turns: int = 0
    cost: float = 0.0
    model: str = ""
    forked_from: str = ""
    size: int = 0


class StoreError(Exception):
    """The message says what to do."""


def new_id(now: float) -> str:
    """A session id that sorts by time: ``20260131-174502-9f3a``."""
    return time.strftime("%Y%m%d-%H%M%S", time.localtime(now)) + "-" + os.urandom(2).hex()


class Log:
    """One session's log, held open and locked by the process that writes it."""

    def __init__(self, path: Path, blobs: Path, descriptor: int, *, is_new: bool = False) -> None:
        self.path, self._blobs, self._descriptor = path, blobs, descriptor
        self._is_empty = is_new

    def append(self, event: AnyEvent) -> None:
        """Hands `event` to the kernel. Raises OSError, e.g. when the disk is full; the log stays readable then."""
        self._is_empty = self._is_empty and isinstance(event, _OPENING)
        line = encode(msgspec.structs.replace(folded(event), session=""))
        if len(line) > BIG:
            from mycoder.session import big_lines  # late: few events are so long

            line = encode(BlobLine(big_lines.put(self._blobs, line), event.seq))
        self._write(line + b"\n")

    def _write(self, data: bytes) -> None:
        end = os.lseek(self._descriptor, 0, os.SEEK_END)
        try:
            written = 0
            while written < len(data):
                written += os.write(self._descriptor, data[written:])
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, end)
            raise

    def sync(self) -> None:
        os.fsync(self._descriptor)

    def close(self, *, drops_empty: bool = False) -> None:
        """With `drops_empty` a new log goes away that holds nothing to go on with, as after a start that failed."""
        if self._descriptor < 0:
            return
        if drops_empty and self._is_empty:
            self.path.unlink(
                missing_ok=True
            )  # while the lock is held, so that nobody has begun to go on with it
        os.close(self._descriptor)
        self._descriptor = -1


class Store:
    """The sessions below `state` (a folder of our own, mode 0700)."""

    def __init__(self, state: Path) -> None:
        self._sessions = state / "sessions"
        self._blobs = state / "blobs"

    def create(self, root: Path, now: float, session: str = "") -> tuple[str, Log]:
        make_private(self._sessions)
        while True:
            identity = session or new_id(now)
            try:
                flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
                descriptor = os.open(self._path(identity), flags, 0o600)
                break
            except FileExistsError:
                if session:
                    raise StoreError(f"the session {session} is there already") from None
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        log = Log(self._path(identity), self._blobs, descriptor, is_new=True)
        log._write(encode(Header(FORMAT, identity, str(root), now)) + b"\n")
        return identity, log

    def open(self, session: str) -> Log:
        """The log of `session` for writing on; a torn tail is cut off first. Raises StoreError."""
        path = self._existing(session)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise StoreError(
                f"the session {session} is open in another mycoder; leave it there, or branch off with --fork {session}"
            ) from None
        size = os.fstat(descriptor).st_size
        os.ftruncate(descriptor, _whole_length(path, size))
        return Log(path, self._blobs, descriptor)

    def read(self, session: str) -> Iterator[AnyEvent]:
        """Events of `session`, oldest first. Broken lines are passed over. Raises StoreError."""
        path = self._existing(session)
        with path.open("rb") as file:
            lines = whole_lines(file)
            header = _header(next(lines, b""))
            if header is None:
                raise StoreError(
                    f"{path} is not a session log, or its first line is damaged; it is left alone"
                )
            if header.format > FORMAT:
                raise StoreError(
                    f"the session {session} was written by a newer mycoder (format {header.format}); update to read it"
                )
            for line in lines:
                if (event := self._event(line)) is not None:
                    yield msgspec.structs.replace(event, session=header.session)

    def last_model(self, session: str) -> str:
        """The model that `session` used last; only the lines that can name one are decoded. Raises StoreError."""
        model = ""
        with self._existing(session).open("rb") as file:
            for number, line in enumerate(whole_lines(file)):
                if number == 1 or line.startswith(_NAMING):
                    event = self._event(line)
                    model = event.model if isinstance(event, SessionStarted | ModelChanged) else model
        return model

    def tail(self, session: str, place: int) -> Iterator[tuple[AnyEvent, int]]:
        """Events of `session` from byte `place` of its log on, each with the byte behind its line; nothing for a log
        that is gone or torn there."""
        with contextlib.suppress(OSError, StoreError), self._existing(session).open("rb") as lines:
            lines.seek(place)
            for line in lines:
                if not line.endswith(b"\n"):
                    return
                place += len(line)
                if (event := self._event(line)) is not None:
                    yield event, place

    def logs(self) -> list[tuple[Header, int]]:
        """The header and the size in bytes of every log, the oldest session first. Hundreds are looked at for each
        search, so a file costs one short read."""
        found = []
        with contextlib.suppress(OSError):
            for name in sorted(os.listdir(self._sessions)):
                if name.endswith(".jsonl") and (row := _head(os.path.join(self._sessions, name))) is not None:
                    found.append(row)
        return found

    def sessions(self, root: Path | None = None) -> list[SessionInfo]:
        """All sessions in which something was asked or done, or those of one repository, the one used last first."""
        return [info for path in self._paths() if (info := self._info(path, root)) is not None]

    def latest(self, root: Path) -> str | None:
        """The session that was used last in `root`; one in which nothing was asked only when there is no other."""
        empty = None
        for path in self._paths():
            with path.open("rb") as lines:
                header = _header(lines.readline())
            if header is None or header.root != str(root):
                continue
            if self._has_begun(header.session):
                return header.session
            empty = empty or header.session
        return empty

    def match(self, prefix: str) -> str:
        """The one session whose id starts with `prefix`. Raises StoreError."""
        found = [p.stem for p in self._paths() if p.stem.startswith(prefix)]
        if len(found) == 1 or prefix in found:
            return prefix if prefix in found else found[0]
        if not found:
            raise StoreError(f"there is no session {prefix!r}; `mycoder sessions` lists them")
        raise StoreError(
            f"{prefix!r} fits {len(found)} sessions: {', '.join(found[:5])}; give more of the id"
        )

    def fork(
        self,
        session: str,
        root: Path,
        now: float | None = None,
        *,
        at: int = 0,
        kept: Set[str] = frozenset(),
    ) -> str:
        """A new session that begins with the events of `session`, or those before the position `at`; returns its
        id. `kept` are entries of the undo journal that were made later and are still in force."""
        identity, log = self.create(root, time.time() if now is None else now)
        for event in self.read(session):
            if at and event.seq >= at and not (isinstance(event, FilesChanged) and event.entry in kept):
                continue
            if isinstance(event, SessionStarted):
                event = msgspec.structs.replace(event, forked_from=session)
            log.append(event)
        log.sync()
        log.close()
        return identity

    def delete(self, session: str) -> None:
        self.open(session).close()
        self._path(session).unlink()

    def _path(self, session: str) -> Path:
        if not session or "/" in session or session.startswith("."):
            raise StoreError(f"{session!r} is not a session id")
        return self._sessions / f"{session}.jsonl"

    def _existing(self, session: str) -> Path:
        path = self._path(session)
        if not path.is_file():
            raise StoreError(f"there is no session {session!r}; `mycoder sessions` lists them")
        return path

    def _paths(self) -> list[Path]:
        if not self._sessions.is_dir():
            return []
        paths = [p for p in self._sessions.iterdir() if p.suffix == ".jsonl"]
        return sorted(paths, key=lambda p: (p.stat().st_mtime, p.name), reverse=True)

    def _event(self, line: bytes) -> AnyEvent | None:
        if not line.endswith(b"\n"):
            return None
        if line.startswith(b"\0"):  # a block that a crash of the machine left empty; what follows it is whole
            line = line.lstrip(b"\0")
        try:
            if line.startswith(b'{"type":"@blob"'):
                from mycoder.session import big_lines  # late: as above

                line = big_lines.get(self._blobs, msgspec.json.decode(line, type=BlobLine).hash)
            return unfolded(decode_event(line))
        except (msgspec.MsgspecError, UnicodeDecodeError, OSError, zlib.error):
            return None

    def _has_begun(self, session: str) -> bool:
        with contextlib.suppress(StoreError):
            return any(not isinstance(event, _OPENING) for event in self.read(session))
        return False

    def _info(self, path: Path, root: Path | None) -> SessionInfo | None:
        with path.open("rb") as lines:
            header = _header(next(lines, b""))
        if header is None or header.format > FORMAT or (root is not None and header.root != str(root)):
            return None
        info: dict[str, object] = {"started": header.started, "ended": header.started}
        turns, is_empty = 0, True
        for event in self.read(header.session):
            is_empty = is_empty and isinstance(event, _OPENING)
            match event:
                case SessionStarted():
                    info["model"], info["forked_from"] = event.model, event.forked_from
                case ModelChanged():
                    info["model"] = event.model
                case TurnStarted(agent=""):
                    turns += 1
                    info.setdefault("title", title_of(event.prompt))
                case UsageChanged():
                    info["cost"] = event.total.cost
                case TurnEnded(agent=""):
                    info["ended"] = event.at
        if is_empty:
            return None
        info["turns"] = turns
        return msgspec.convert(
            {"id": header.session, "root": header.root, "size": path.stat().st_size, **info}, SessionInfo
        )


def whole_lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines of `file` in bounded memory: one of more than `LONGEST` bytes is none of ours and is passed over."""
    while line := file.readline(LONGEST):
        if line.endswith(b"\n") or len(line) < LONGEST:
            yield line
            continue
        while len(line) == LONGEST and not line.endswith(b"\n"):
            line = file.readline(LONGEST)


def _head(path: str) -> tuple[Header, int] | None:
    """The header of a log and its size in bytes; None for one that cannot be read or is of a newer version."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        line = os.read(descriptor, _HEAD).partition(b"\n")[0]
        header = _header(line)
        size = os.fstat(descriptor).st_size
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return (header, size) if header is not None and header.format <= FORMAT else None


def _header(line: bytes) -> Header | None:
    try:
        return msgspec.json.decode(line, type=Header)
    except msgspec.MsgspecError:
        return None


def _whole_length(path: Path, size: int) -> int:
    """Bytes up to the last whole line of `path`."""
    with path.open("rb") as log:
        end = size
        while end > 0:
            start = max(end - 65_536, 0)
            log.seek(start)
            if (cut := log.read(end - start).rfind(b"\n")) >= 0:
                return start + cut + 1
            end = start
    return 0
