"""The last look at the tree on disk, so that the next process need not read every file again, and so that
after a crash it is known what the tree held when the command began.

One JSON array a line, later lines win: ``[path, [mtime, ctime, size, inode, mode] | null, [kind, mode,
hash]]``, or ``[path]`` for one that is gone. A line says "with this status the file had this content", which
stays true whoever writes it; so several processes may append, and a torn or foreign line is passed over.
"""

import fcntl
import os

import msgspec

from mycoder.config.private import make_private
from mycoder.workspace.atomic import remove_file, write_all, write_beside
from mycoder.workspace.pathstate import PathState, packed, unpacked
from mycoder.workspace.snapshot import Key, Snapshot

_HEADER = b'{"tree":1}\n'
_MOST_APPENDED = 512 * 1024
"""Bytes by which the file may outgrow a whole one before it is written anew."""


class _Line(msgspec.Struct, array_like=True):
    path: str
    key: Key | None = None
    state: PathState | None = None


class TreeCache:
    """The file `path` for the tree below `root`."""

    def __init__(self, path: str, root: str) -> None:
        self._path = path
        self._root = root.rstrip("/")
        self._whole = 0

    def load(self, snapshot: Snapshot) -> bool:
        """Fills an empty snapshot; False when nothing usable is there."""
        try:
            with open(self._path, "rb") as file:
                data = file.read()
        except OSError:
            return False
        if not data.startswith(_HEADER):
            return False
        decode = msgspec.json.Decoder(_Line).decode
        lines: dict[str, _Line] = {}
        for raw in data[len(_HEADER) : data.rfind(b"\n")].split(b"\n"):
            try:
                line = decode(raw)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            lines[line.path] = line
        for line in lines.values():
            if line.state is not None:
                state = line.state
                if state.kind == "l":
                    state = PathState("l", 0, unpacked(state.hash))
                snapshot.adopt(f"{self._root}/{unpacked(line.path)}", line.key, state)
        snapshot.dirty.clear()
        self._whole = len(data)
        return True

    def save(self, snapshot: Snapshot) -> None:
        """Writes what differs from the last save. Raises OSError."""
        if not snapshot.dirty and self._whole:
            return
        make_private(os.path.dirname(self._path))
        descriptor = self._locked()
        try:
            size = os.fstat(descriptor).st_size
            if not self._whole or size > 2 * self._whole + _MOST_APPENDED:
                self._write_whole(snapshot)
            else:
                # a line torn by a killed process would swallow the first of ours
                write_all(descriptor, b"\n" * (size > 0) + self._lines(snapshot, sorted(snapshot.dirty)))
        finally:
            os.close(descriptor)  # lets the lock go
        snapshot.dirty.clear()

    def _locked(self) -> int:
        while True:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_nlink:
                return descriptor
            os.close(descriptor)  # replaced by a whole one while we waited

    def _write_whole(self, snapshot: Snapshot) -> None:
        data = _HEADER + self._lines(snapshot, sorted(snapshot.items.keys() | snapshot.modes.keys()))
        temporary = f"{self._path}.{os.getpid()}"
        remove_file(temporary)
        write_beside(temporary, self._path, data, 0o600)
        os.rename(temporary, self._path)
        self._whole = len(data)

    def _lines(self, snapshot: Snapshot, paths: list[str]) -> bytes:
        encode = msgspec.json.encode
        out: list[bytes] = []
        for full in paths:
            name = packed(full[len(self._root) + 1 :])
            state = snapshot.known(full)
            if not state.kind:
                out.append(encode([name]))
                continue
            if state.kind == "l":
                state = PathState("l", 0, packed(state.hash))
            key = snapshot.items[full][0] if full in snapshot.items else None
            out.append(encode([name, key, state]))
        return b"".join(line + b"\n" for line in out)
