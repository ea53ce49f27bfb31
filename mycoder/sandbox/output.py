"""What a command prints, held in little memory: the head, a ring for the tail, and a bounded file for the
rest."""

import fcntl
import os
from collections import deque
from pathlib import Path

from mycoder.config.private import make_private
from mycoder.sandbox.tidy import plain, shorten, tidy, whole_lines

FILE_LIMIT = 64 << 20
"""Most bytes of a spill file; of more output its first and last halves are kept."""

_PIECE = 1 << 20


class Output:
    """Takes bytes as they come; `text` is tidied and at most about `keep` characters long at any time.

    Memory: about 4 * `keep` bytes and one piece as fed. The spill file is made when something would be lost.
    """

    def __init__(self, keep: int, spill: Path | None, name: str) -> None:
        self._keep = keep
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self._folder, self._name = spill, name
        self._file: SpillFile | None = None
        self.total = 0
        self.problem = ""
        """Why there is no spill file although there should be one."""

    @property
    def path(self) -> str:
        return self._file.path if self._file else ""

    def feed(self, data: bytes) -> None:
        self.total += len(data)
        if self._file is not None:
            self._spill(data)
        room = self._keep - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        if not data:
            return
        most = 3 * self._keep
        if self._file is None and self._folder is not None and self._tail_size + len(data) > most:
            self._open_file()
            self._spill(b"".join((bytes(self._head), *self._tail, data)))
        if len(data) >= most:
            self._tail.clear()
            self._tail_size, data = 0, data[-most:]
        self._tail.append(data)
        self._tail_size += len(data)
        while self._tail_size - len(self._tail[0]) >= most:
            self._tail_size -= len(self._tail.popleft())

    def text(self) -> tuple[str, int]:
        """The text so far with a line in the middle where something is missing, and how many bytes are."""
        held = len(self._head) + self._tail_size
        lost = self.total - held
        if lost == 0:
            whole = tidy(bytes(self._head) + b"".join(self._tail))
            head, tail, missing = shorten(whole, self._keep)
            if not missing:
                return whole, 0
            missing = len(whole.encode("utf-8", "replace")) - len((head + tail).encode("utf-8", "replace"))
        else:
            quarter = self._keep // 4
            head = tidy(bytes(self._head))[:quarter]
            tail = tidy(b"".join(self._tail))[-(self._keep - quarter) :]
            head, tail = whole_lines(head, tail)
            missing = max(self.total - len((head + tail).encode("utf-8", "replace")), lost)
        return f"{head.rstrip()}\n[... {missing:,} bytes left out{self._where()} ...]\n{tail}", missing

    def finish(self) -> tuple[str, int]:
        """As `text`, after the spill file is complete. Call once, at the end."""
        text, missing = self.text()
        if missing and self._file is None and self._folder is not None:
            self._open_file()
            self._spill(tidy(bytes(self._head) + b"".join(self._tail)).encode("utf-8", "replace"))
            text, missing = self.text()
        if self._file is not None:
            self._file.close()
        return text, missing

    def _where(self) -> str:
        if self._file is not None:
            return f"; the full output is in {self._file.path}"
        return f"; {self.problem}" if self.problem else ""

    def _open_file(self) -> None:
        assert self._folder is not None
        try:
            self._file = SpillFile(self._folder, self._name)
        except OSError as fault:
            self._folder, self.problem = None, f"it could not be kept: {fault.strerror}"

    def _spill(self, data: bytes) -> None:
        if self._file is None:
            return
        try:
            self._file.write(plain(data))
        except OSError as fault:  # a full disk must not stop the command or lose what is in memory
            self._file.close()
            self._file, self._folder = None, None
            self.problem = f"it could not be kept: {fault.strerror}"


class SpillFile:
    """A new file of at most `limit` bytes: the first half of all that is written, then a ring for the
    rest."""

    def __init__(self, folder: Path, name: str, limit: int = FILE_LIMIT) -> None:
        """Raises OSError."""
        make_private(folder)
        self._head_limit, self._ring = limit // 2, limit - limit // 2
        self._written = 0
        self._fd, self.path = _create(folder, name)

    def write(self, data: bytes) -> None:
        """Raises OSError; the file then holds a prefix."""
        view = memoryview(data)
        while view:
            at = self._written
            room = self._head_limit - at
            if room <= 0:
                at = self._head_limit + (at - self._head_limit) % self._ring
                room = self._head_limit + self._ring - at
            count = os.pwrite(self._fd, view[:room], at)
            self._written += count
            view = view[count:]

    def close(self) -> None:
        """Puts a ring that went round into reading order, with a line that says what is missing."""
        if self._fd < 0:
            return
        fd, self._fd = self._fd, -1
        try:
            over = self._written - self._head_limit - self._ring
            if over > 0:
                self._unroll(fd, over)
        except OSError:
            pass  # the pieces are all there, only in the wrong order
        finally:
            os.close(fd)

    def _unroll(self, fd: int, over: int) -> None:
        fresh, path = _create(Path(self.path).parent, Path(self.path).name + ".part")
        try:
            _copy(fd, 0, self._head_limit, fresh)
            os.write(fresh, f"\n[... {over:,} bytes left out, the disk has a limit too ...]\n".encode())
            turn = self._head_limit + (self._written - self._head_limit) % self._ring
            _copy(fd, turn, self._head_limit + self._ring, fresh)
            _copy(fd, self._head_limit, turn, fresh)
            os.replace(path, self.path)
        finally:
            os.close(fresh)


def _create(folder: Path, name: str) -> tuple[int, str]:
    """Opens a file that was not there before; never follows a link somebody put in its place."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    for number in range(1, 10_000):
        path = os.path.join(folder, f"{name}-{number}.txt" if number > 1 else f"{name}.txt")
        try:
            descriptor = os.open(path, flags, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # free again when this process is gone
            return descriptor, path
        except FileExistsError:
            continue
    raise FileExistsError(17, "too many files of that name", str(folder / name))


def _copy(source: int, start: int, end: int, target: int) -> None:
    while start < end:
        piece = os.pread(source, min(_PIECE, end - start), start)
        if not piece:
            return
        os.write(target, piece)
        start += len(piece)
