"""Messages between the engine and a worker: JSON with a length of four bytes before it, on a Unix socket."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

_LENGTH = struct.Struct(">I")
LARGEST = 256 * 1024 * 1024


def connect(path: str) -> socket.socket:
    """Connects to the engine; the descriptor is not inherited by programs that a test starts."""
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    link.connect(path)
    return link


def send(link: socket.socket, message: Any) -> None:
    body = json.dumps(message, separators=(",", ":")).encode("utf-8", "backslashreplace")
    link.sendall(_LENGTH.pack(len(body)) + body)


def receive(link: socket.socket) -> Any:
    """The next message, or None when the other side is gone."""
    head = _exactly(link, 4)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > LARGEST:
        return None
    body = _exactly(link, length)
    return None if body is None else json.loads(body)


def _exactly(link: socket.socket, count: int) -> bytes | None:
    parts = []
    while count:
        part = link.recv(min(count, 1 << 20))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
