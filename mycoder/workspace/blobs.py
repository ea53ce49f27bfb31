"""Contents of files by their hash: one file that is only ever appended to, and an index beside it.

    index.N: records of 32 bytes, big-endian: hash (16), offset in `data.N` (8), stored bytes (4), 1 when zlib (4)
    data.N:  the contents one after the other

Data are written before their record, so a record that is whole always points to whole data; whatever a killed
process leaves behind the last whole record is passed over. Many processes may append: each takes the lock
first. The highest N counts; `keep_only` writes the next one without what nobody needs any more.
"""

import fcntl
import os
import struct
import zlib
from collections.abc import Iterable

from mycoder.config.private import make_private
from mycoder.workspace.atomic import remove_file, write_all, write_beside
from mycoder.workspace.files import content_hash

_RECORD = struct.Struct(">16sQII")
_MOST_PENDING = 4 * 2**20
_WORTH_TRYING = 96
"""Bytes below which compression saves next to nothing."""


class BlobMissing(Exception):
    """The content of that hash is not there, or is damaged."""


class Blobs:
    """Contents by hash in `folder`, which is made at the first `flush`."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._generation = -1
        self._known: dict[bytes, tuple[int, int, int]] = {}
        self._read = 0
        self._pending: dict[bytes, bytes] = {}
        self._waiting = 0

    def put(self, data: bytes, key: str = "", *, compress: bool = True) -> str:
        """Keeps `data` and returns its hash; on disk after `flush`. `key` is the hash where it is known
        already.

        Raises OSError.
        """
        key = key or content_hash(data)
        raw = bytes.fromhex(key)
        if not self._read:
            self._has(raw)
        # what another process has stored since then is passed over in `flush`, under the lock
        if raw not in self._pending and raw not in self._known:
            self._pending[raw] = self._pack(data, compress)
            self._waiting += len(data)
            if self._waiting > _MOST_PENDING:
                self.flush()
        return key

    def has(self, key: str) -> bool:
        raw = bytes.fromhex(key)
        return raw in self._pending or self._has(raw)

    def get(self, key: str) -> bytes:
        """Raises BlobMissing, OSError."""
        raw = bytes.fromhex(key)
        if (packed := self._pending.get(raw)) is None:
            if not self._has(raw):
                raise BlobMissing(f"content {key} is not in {self._folder}")
            packed = self._stored(*self._known[raw])
        try:
            data = zlib.decompress(packed[1:]) if packed[:1] == b"z" else packed[1:]
        except zlib.error:
            data = None
        if data is None or content_hash(data) != key:
            raise BlobMissing(f"content {key} in {self._folder} is damaged")
        return data

    def flush(self, *, durable: bool = False) -> None:
        """Writes what `put` has taken. Raises OSError."""
        if not self._pending:
            return
        make_private(self._folder)
        if not os.path.exists(self._path("index")):
            self._look_for_newest()
        index, data = self._open("index"), self._open("data")
        try:
            fcntl.flock(index, fcntl.LOCK_EX)
            self._append(index, data)
            if durable:
                os.fdatasync(data)
                os.fdatasync(index)
        finally:
            os.close(data)
            os.close(index)  # lets the lock go
        self._pending.clear()
        self._waiting = 0

    def sizes(self) -> dict[str, int]:
        """Bytes on disk of each content by its hash."""
        self._has(b"")
        return {key.hex(): size for key, (_, size, _) in self._known.items()}

    def stored(self) -> int:
        """Bytes of all contents on disk, at the cost of one look at the file."""
        if self._generation < 0:
            self._look_for_newest()
        try:
            return os.stat(self._path("data")).st_size
        except OSError:
            return 0

    def keep_only(self, keys: Iterable[str]) -> int:
        """Forgets all contents but `keys`; returns the bytes that this frees. Nobody else may use the folder
        meanwhile. Killed at any moment it has either happened or not. Raises OSError.
        """
        self.flush()
        self._has(b"")
        raws = sorted(
            (raw for key in keys if (raw := bytes.fromhex(key)) in self._known), key=self._known.__getitem__
        )
        before = sum(size for _, size, _ in self._known.values())
        old = [self._path("index"), self._path("data")]
        kept = [(raw, *self._known[raw]) for raw in raws]
        self._generation += 1
        self._known, self._read = {}, 0
        for stale in (self._path("data"), self._path("index"), self._path("new")):
            remove_file(stale)
        records, at = self._copied(old[1], kept)
        write_beside(self._path("new"), "", b"".join(records), 0o600, durable=True)
        os.rename(self._path("new"), self._path("index"))  # from here on the new one counts
        for path in old:
            remove_file(path)
        return before - at

    def _copied(self, source: str, kept: list[tuple[bytes, int, int, int]]) -> tuple[list[bytes], int]:
        """Appends contents of the file `source`, one at a time, to this generation's: (their records, bytes)."""
        records, at = [], 0
        data = self._open("data")
        try:
            reading = os.open(source, os.O_RDONLY | os.O_CLOEXEC) if kept else -1
            try:
                for raw, offset, size, zipped in kept:
                    records.append(_RECORD.pack(raw, at, size, zipped))
                    write_all(data, os.pread(reading, size, offset))
                    at += size
            finally:
                if reading >= 0:
                    os.close(reading)
            os.fsync(data)
        finally:
            os.close(data)
        return records, at

    def _append(self, index: int, data: int) -> None:
        size = os.fstat(index).st_size
        if torn := size % _RECORD.size:
            os.ftruncate(index, size - torn)
        if os.fstat(index).st_size < self._read:  # somebody has emptied the folder
            self._known.clear()
            self._read = 0
        self._load(index)
        new = [(key, packed) for key, packed in self._pending.items() if key not in self._known]
        at = os.lseek(data, 0, os.SEEK_END)
        records = []
        for key, packed in new:
            records.append(_RECORD.pack(key, at, len(packed) - 1, packed[:1] == b"z"))
            at += len(packed) - 1
        write_all(data, b"".join(packed[1:] for _, packed in new))
        write_all(index, b"".join(records))
        self._load(index)

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, f"{name}.{self._generation}")

    def _open(self, name: str) -> int:
        return os.open(self._path(name), os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def _look_for_newest(self) -> None:
        """Takes up the highest generation that is there; what was known of another one no longer counts."""
        try:
            names = os.listdir(self._folder)
        except OSError:
            names = []
        found = [int(name[6:]) for name in names if name.startswith("index.") and name[6:].isdecimal()]
        newest = max(found, default=0)
        if newest != self._generation:
            self._generation, self._known, self._read = newest, {}, 0

    def _has(self, raw: bytes) -> bool:
        if raw in self._known:
            return True
        if self._generation < 0:
            self._look_for_newest()
        try:
            index = os.open(self._path("index"), os.O_RDONLY | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            return False
        try:
            self._load(index)
        finally:
            os.close(index)
        return raw in self._known

    def _load(self, index: int) -> None:
        """Takes over the records that this or another process has appended since."""
        left = os.fstat(index).st_size - self._read
        if left < _RECORD.size:
            return
        records = os.pread(index, left - left % _RECORD.size, self._read)
        for key, offset, size, zipped in _RECORD.iter_unpack(records):
            self._known[key] = (offset, size, zipped)
        self._read += len(records)

    def _stored(self, offset: int, size: int, zipped: int) -> bytes:
        try:
            data = os.open(self._path("data"), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return b""
        try:
            return (b"z" if zipped else b"r") + os.pread(data, size, offset)
        finally:
            os.close(data)

    @staticmethod
    def _pack(data: bytes, compress: bool) -> bytes:
        """One letter for the form, then the bytes to store."""
        if compress and len(data) > _WORTH_TRYING:
            # a start that does not shrink is the mark of pictures and archives
            start = data[:4096]
            if len(data) <= 4096 or len(zlib.compress(start, 1)) < 0.95 * len(start):
                zipped = zlib.compress(data, 1)
                if len(zipped) < 0.95 * len(data):
                    return b"z" + zipped
        return b"r" + data
