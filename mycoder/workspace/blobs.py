"""Contents of files by their hash: one file that is only ever appended to, and an index beside it.

    index: records of 32 bytes, big-endian: hash (16), offset in `data` (8), stored bytes (4), 1 when zlib (4)
    data:  the contents one after the other

Data are written before their record, so a record that is whole always points to whole data; whatever a killed
process leaves behind the last whole record is passed over. Many processes may append: each takes the lock
first.
"""

import fcntl
import os
import struct
import zlib

from mycoder.workspace.atomic import write_all
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
        """Raises BlobMissing."""
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
        os.makedirs(self._folder, 0o700, exist_ok=True)
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

    def _open(self, name: str) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        return os.open(os.path.join(self._folder, name), flags, 0o600)

    def _has(self, raw: bytes) -> bool:
        if raw in self._known:
            return True
        try:
            index = os.open(os.path.join(self._folder, "index"), os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
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
            data = os.open(os.path.join(self._folder, "data"), os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
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
