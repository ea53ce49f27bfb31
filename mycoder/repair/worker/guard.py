"""A safety net of audit events: what no test of the original program does, a candidate may not do either."""

from __future__ import annotations

import os
import sys
from typing import Any

from mycoder.repair.worker.limits import Forbidden

WATCHED = {
    "os.fork": "process",
    "os.forkpty": "process",
    "os.exec": "process",
    "os.posix_spawn": "process",
    "os.spawn": "process",
    "os.system": "process",
    "subprocess.Popen": "process",
    "pty.spawn": "process",
    "os.kill": "signal",
    "os.killpg": "signal",
    "signal.pthread_kill": "signal",
    "socket.connect": "network",
    "socket.bind": "network",
    "socket.sendto": "network",
    "socket.getaddrinfo": "network",
    "os.remove": "delete",
    "os.rmdir": "delete",
    "os.rename": "delete",
    "os.truncate": "delete",
    "shutil.rmtree": "delete",
    "shutil.move": "delete",
    "os.chmod": "delete",
    "os.chown": "delete",
    "os.link": "write",
    "os.symlink": "write",
    "os.mkdir": "write",
}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Guard:
    """Records the kinds of events while `is_recording`, and refuses kinds never recorded while `is_armed`.

    An audit hook cannot be removed again, so one lives for the whole process and is switched by its
    fields."""

    def __init__(self) -> None:
        self.is_recording = False
        self.is_armed = False
        self.allowed: set[str] = set()
        self._pid = os.getpid()

    def install(self) -> None:
        sys.addaudithook(self._hear)

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if not (self.is_armed or self.is_recording):
            return
        kind = WATCHED.get(event)
        if kind is None:
            if event != "open" or not _is_writing(args):
                return
            kind = "write"
        if self.is_recording:
            self.allowed.add(kind)
        elif kind not in self.allowed:
            raise Forbidden(event)


def _is_writing(args: tuple[Any, ...]) -> bool:
    path, mode, flags = (*args, None, None, None)[:3]
    if path == os.devnull or isinstance(path, int):
        return False
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return isinstance(flags, int) and bool(flags & _WRITING)
