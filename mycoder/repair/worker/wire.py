"""Messages between the engine and a worker: JSON with a length of four bytes before it, over two named pipes."""

from __future__ import annotations

import json
import os
import struct
from typing import Any

_LENGTH = struct.Struct(">I")
LARGEST = 256 * 1024 * 1024


class Link:
    """The worker's ends of the pipes ``BASE.up`` and ``BASE.down``. Programs that a test starts do not inherit
    them. To be read only when it is readable: before the engine has opened its end there is nothing.

    Raises OSError when nobody reads: the engine does so before it starts a worker, so it is gone."""

    def __init__(self, base: str) -> None:
        self._out = os.open(base + ".up", os.O_WRONLY | os.O_NONBLOCK)
        os.set_blocking(self._out, True)
        self._in = os.open(base + ".down", os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(self._in, True)

    def fileno(self) -> int:
        return self._in

    @property
    def descriptors(self) -> list[int]:
        return [self._in, self._out]

    def send(self, message: Any) -> None:
        body = json.dumps(message, separators=(",", ":")).encode("utf-8", "backslashreplace")
        view = memoryview(_LENGTH.pack(len(body)) + body)
        while view:
            view = view[os.write(self._out, view) :]

    def receive(self) -> Any:
        """The next message, or None when the other side is gone."""
        head = self._exactly(4)
        if head is None:
            return None
        (length,) = _LENGTH.unpack(head)
        if length > LARGEST:
            return None
        body = self._exactly(length)
        return None if body is None else json.loads(body)

    def _exactly(self, count: int) -> bytes | None:
        parts = []
        while count:
            part = os.read(self._in, min(count, 1 << 20))
            if not part:
                return None
            parts.append(part)
            count -= len(part)
        return b"".join(parts)
