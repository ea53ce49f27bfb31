"""Forked children of the zygote: each does one piece of work, reports over a pipe, and is watched from
outside."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import math
import mmap
import os
import signal
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

NAPS = 4
"""So many looks in a row, 20 ms apart, find a child asleep before it is taken to be waiting for ever."""


class Board:
    """Memory shared with a child: since when it is at what it does, and for each candidate its verdict, with what
    was gained and lost. It costs the child nothing to tell there, and what it told outlives it.

    The time is written and read as a whole: `struct` and slices go byte by byte, and half of a time is one of long
    ago, for which a child that has just begun would be killed."""

    def __init__(self, places: int) -> None:
        numbers = struct.calcsize("d") * (1 + 2 * places)
        self._memory = mmap.mmap(-1, numbers + max(places, 1))
        self._numbers = memoryview(self._memory)[:numbers].cast("d")
        self._kinds = memoryview(self._memory)[numbers:]
        self.places = places

    def begin(self) -> None:
        """The next piece is under way."""
        self._numbers[0] = time.monotonic()

    def taken(self) -> float:
        """The seconds that the piece under way has taken."""
        return time.monotonic() - self._numbers[0]

    def note(self, index: int, kind: int, gained: float, lost: float) -> None:
        """The kind last, which shows that there is a verdict."""
        self._numbers[1 + 2 * index] = gained
        self._numbers[2 + 2 * index] = lost
        self._kinds[index] = kind

    def verdicts(self) -> list[list[Any]]:
        """[kind, gained, lost] of each candidate; the kind is 0 where nothing was noted."""
        numbers, kinds = self._numbers.tolist(), self._kinds.tolist()
        return [[kinds[i], *numbers[1 + 2 * i : 3 + 2 * i]] for i in range(self.places)]

    def close(self) -> None:
        self._numbers.release()
        self._kinds.release()
        self._memory.close()


class Child:
    """A running child. `patience` is how many seconds of wall time one piece may take before it is killed, `calm`
    how many when it does nothing but sleep."""

    def __init__(
        self,
        work: Callable[[Board, Callable[[Any], None]], None],
        places: int,
        patience: float,
        close: list[int],
        calm: float = math.inf,
    ) -> None:
        self.board = Board(places)
        self.patience = patience
        self.calm = calm
        self._asleep = 0
        self.lines: list[Any] = []
        self.is_timed_out = False
        """The kernel ended it because it used up its processor time without a chance to stop it."""
        self._rest = b""
        reading, writing = os.pipe()
        self.board.begin()
        sys.stdout.flush()
        self.pid = _fork()
        if self.pid == 0:
            os.close(reading)
            _live(work, self.board, writing, close)
        os.close(writing)
        os.set_blocking(reading, False)
        self.reading = reading

    def read(self) -> bool:
        """Takes what has come; False when the child has closed its end."""
        while True:
            try:
                part = os.read(self.reading, 1 << 16)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not part:
                return False
            *whole, self._rest = (self._rest + part).split(b"\n")
            for line in whole:
                try:
                    self.lines.append(json.loads(line))
                except ValueError:  # half a line of a child that was killed
                    continue

    def is_stuck(self) -> str:
        """Why it is to be killed: ``stuck``, or ``asleep`` when it was found sleeping several times; or
        nothing."""
        taken = self.board.taken()
        if taken > self.patience:
            return "stuck"
        is_asleep = taken > self.calm and _state(self.pid) == "S"
        self._asleep = self._asleep + 1 if is_asleep else 0
        return "asleep" if self._asleep >= NAPS else ""

    def end(self) -> None:
        """Kills what is left of it and of its process group."""
        for kill in (os.killpg, os.kill):
            try:
                kill(self.pid, signal.SIGKILL)
            except OSError:
                continue
        with contextlib.suppress(ChildProcessError):
            _, status = os.waitpid(self.pid, 0)
            self.is_timed_out = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGVTALRM
        os.close(self.reading)


def _state(pid: int) -> str:
    """R when a process runs or waits for its turn, S when it waits for something else; nothing where that cannot
    be known."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as source:
            return source.read().rpartition(b") ")[2][:1].decode()
    except OSError:
        return ""


def _fork() -> int:
    """Waits a little when the machine has no room for another process."""
    for attempt in range(40):
        try:
            return os.fork()
        except BlockingIOError:
            time.sleep(0.05 * (attempt + 1))
    return os.fork()


def _live(work: Callable[..., None], board: Board, writing: int, close: list[int]) -> None:
    """The whole life of a child; never returns."""
    code = 1
    try:
        os.setsid()
        die_with_parent()
        for descriptor in close:
            os.close(descriptor)
        void = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(void, standard)
        signal.signal(
            signal.SIGINT, signal.default_int_handler
        )  # as in any program, whatever started the worker

        def tell(message: Any) -> None:
            body = json.dumps(message, separators=(",", ":"), default=str).encode("utf-8", "backslashreplace")
            view = memoryview(body + b"\n")
            while view:
                view = view[os.write(writing, view) :]

        work(board, tell)
        code = 0
    except BaseException as error:
        try:
            os.write(writing, (json.dumps({"crash": repr(error)[:2000]}) + "\n").encode())
        except BaseException:
            code = 2
    finally:
        os._exit(code)


def adopt_orphans() -> None:
    """Linux: processes that lose their parent below us become our children, so that they can be found and
    ended."""
    _prctl(36, 1)  # PR_SET_CHILD_SUBREAPER


def die_with_parent(is_wanted: bool = True) -> None:
    """Linux: the kernel ends this process when its parent dies. A forked child does not inherit that."""
    _prctl(1, signal.SIGKILL if is_wanted else 0)  # PR_SET_PDEATHSIG


def _prctl(option: int, value: int) -> None:
    try:
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
    except (OSError, AttributeError):
        return


def end_orphans(known: set[int]) -> int:
    """Kills children of ours that we did not fork ourselves; returns how many."""
    mine, count = os.getpid(), 0
    try:
        with open(f"/proc/self/task/{mine}/children", "rb") as source:
            found = [int(p) for p in source.read().split()]
    except OSError:
        return 0
    for pid in found:
        if pid in known:
            continue
        try:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            count += 1
        except OSError:
            continue
    return count


def settle_memory() -> None:
    """Moves all objects out of the collector's sight, so that forked children share their pages."""
    gc.collect()
    gc.freeze()
