"""Events too long for a line of a log, compressed in files that are named after what they hold."""

import os
import zlib
from pathlib import Path

from mycoder.config.private import make_private
from mycoder.workspace.files import content_hash

MOST = 256 << 20
"""Bytes of an event that is read back."""


def put(blobs: Path, data: bytes) -> str:
    """Keeps `data` below `blobs`; the name by which `get` finds it. Raises OSError."""
    name = content_hash(data)
    target = blobs / name[:2] / name
    if not target.exists():
        make_private(target.parent)
        part = target.with_suffix(f".{os.getpid()}")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(zlib.compress(data, 1))
        part.rename(target)
    return name


def get(blobs: Path, name: str) -> bytes:
    """What was kept under `name`. Raises OSError, zlib.error."""
    reader = zlib.decompressobj()
    data = reader.decompress((blobs / name[:2] / name).read_bytes(), MOST)
    if reader.unconsumed_tail:
        raise zlib.error("larger than any event")
    return data
