"""Matching the lines of files: the part of `grep` that can take long, so that it can run in a process of
its own.

A regular expression can take exponential time on a line, and Python's engine holds the interpreter's lock
meanwhile: nothing else of us would move. So this file is also a program, which reads a packed `Job` on its
standard input and prints a packed `Outcome`. It therefore imports only the lightest parts of the standard
library.
"""

import marshal
import os
import re
import signal
import stat
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator

Row = tuple[int, bool, str]
"""Number of a line from 1, whether it matches (else it is context), its text, cut if it is long."""

Hit = tuple[str, int, list[Row]]
"""Path, number of matching lines, and some of them in order, with context."""

MOST_WIDTH = 250
"""Characters of a line that are handed on."""

_BIG = 16 << 20
"""Bytes from which on a file is read line by line."""

_BOMS = (
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


class Job:
    """What to look for in which files.

    `paths` are relative to `root`. `expression` and `flags` are for Python's engine. `needle` is a text
    that a matching file must contain, as UTF-8, or empty. `room` is the number of matching lines to show,
    in all and of each file.
    """

    __slots__ = ("context", "expression", "flags", "needle", "paths", "room", "root", "seconds")

    def __init__(
        self,
        root: str,
        paths: list[str],
        expression: str,
        flags: int = 0,
        needle: bytes = b"",
        context: int = 0,
        room: tuple[int, int] = (100, 100),
        seconds: float = 20.0,
    ) -> None:
        self.root = root
        self.paths = paths
        self.expression = expression
        self.flags = flags
        self.needle = needle
        self.context = context
        self.room = room
        self.seconds = seconds

    def pack(self) -> bytes:
        return marshal.dumps({name: getattr(self, name) for name in self.__slots__})


class Outcome:
    """What was found: matching lines and files in all, some of them, and whether every file was looked at."""

    __slots__ = ("files", "hits", "is_complete", "matches", "searched")

    def __init__(
        self,
        matches: int = 0,
        files: int = 0,
        searched: int = 0,
        is_complete: bool = True,
        hits: list[Hit] | None = None,
    ) -> None:
        self.matches = matches
        self.files = files
        self.searched = searched
        self.is_complete = is_complete
        self.hits: list[Hit] = [] if hits is None else hits

    def pack(self) -> bytes:
        return marshal.dumps((self.matches, self.files, self.searched, self.is_complete, self.hits))


def unpack(data: bytes) -> Outcome:
    """Raises ValueError, EOFError or TypeError when `data` is not a whole packed outcome."""
    return Outcome(*marshal.loads(data))


def scan(job: Job, outcome: Outcome | None = None) -> Outcome:
    """Goes through the files in order. `outcome` is filled as it goes, so that it is of use if this is broken
    off."""
    outcome = outcome or Outcome()
    search = re.compile(job.expression, job.flags).search
    until = time.monotonic() + job.seconds
    shown = 0
    for path in job.paths:
        if time.monotonic() > until:
            outcome.is_complete = False
            break
        outcome.searched += 1
        text = read_text(os.path.join(job.root, path), job.needle)
        if text is None:
            continue
        room = min(job.room[0] - shown, job.room[1])
        try:
            lines = split(text) if isinstance(text, str) else text
            count, rows = search_lines(lines, search, room, job.context)
        except NotTextError:
            continue
        if count:
            outcome.matches += count
            outcome.files += 1
            if room > 0:
                outcome.hits.append((path, count, rows))
                shown += sum(is_match for _, is_match, _ in rows)
    return outcome


def search_lines(
    lines: Iterable[str], search: Callable[[str], "re.Match[str] | None"], room: int, context: int
) -> tuple[int, list[Row]]:
    """Number of matching lines, and the first `room` of them with `context` lines around each."""
    count = 0
    rows: list[Row] = []
    before: deque[Row] = deque(maxlen=context)
    after = 0
    for number, line in enumerate(lines, 1):
        found = search(line)
        if found is not None:
            count += 1
            if count <= room:
                rows.extend(before)
                before.clear()
                rows.append((number, True, cut(line, found.start())))
                after = context
                continue
        if after:
            after -= 1
            rows.append((number, found is not None, cut(line)))
        elif context and count < room:
            before.append((number, False, cut(line)))
    return count, rows


def cut(line: str, start: int = 0) -> str:
    """At most MOST_WIDTH characters of `line`, among them the one at `start`, with a mark where something
    is missing."""
    if len(line) <= MOST_WIDTH:
        return line
    first = max(0, min(start - MOST_WIDTH // 4, len(line) - MOST_WIDTH))
    last = first + MOST_WIDTH
    head = "…" if first else ""
    tail = f"… ({len(line):,} characters)" if last < len(line) else ""
    return head + line[first:last] + tail


class NotTextError(Exception):
    """A NUL byte: the file is binary, whatever matched so far."""


def read_text(path: str, needle: bytes = b"") -> str | Iterator[str] | None:
    """The text of a file, its lines ending with line feeds; None when it is binary, cannot be read or lacks
    `needle`.

    A carriage return ends a line only before a line feed, or in a file that has no line feed. Bytes that are
    not UTF-8 become lone surrogates. Of a big file an iterator over the lines as they are read, which raises
    NotTextError when it turns out to be binary.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None
        if status.st_size >= _BIG:
            return _big_lines(os.dup(descriptor))
        data = os.read(descriptor, status.st_size)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return _decoded(data, needle)


def _decoded(data: bytes, needle: bytes) -> str | None:
    encoding = _bom(data) if data[:1] in (b"\xff", b"\xfe", b"\xef", b"\0") else ""
    if encoding in ("", "utf-8"):
        if needle not in data or b"\0" in data:
            return None
        text = data.decode("utf-8", "surrogateescape")
    else:
        text = data.decode(encoding, "replace")
        if "\0" in text:
            return None
    if encoding:
        text = text.removeprefix("\ufeff")
    if "\r" not in text:
        return text
    return text.replace("\r\n", "\n") if "\n" in text else text.replace("\r", "\n")


def _bom(data: bytes) -> str:
    return next((encoding for mark, encoding in _BOMS if data.startswith(mark)), "")


def split(text: str) -> list[str]:
    """Lines without their ends; what follows the last newline counts only if it is not empty."""
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


def _big_lines(descriptor: int) -> Iterator[str]:
    with open(descriptor, "rb") as file:
        encoding = _bom(file.peek(4)[:4]) or "utf-8"
        if encoding != "utf-8":
            raise NotTextError
        is_first = True
        while line := file.readline(_BIG):
            if b"\0" in line:
                raise NotTextError
            text = line.decode("utf-8", "surrogateescape")
            yield (text.removeprefix("\ufeff") if is_first else text).removesuffix("\n").removesuffix("\r")
            is_first = False


def main() -> None:
    """Reads a job, prints its outcome; what was found so far when its time is up, whatever it is busy
    with."""
    job = Job(**marshal.loads(sys.stdin.buffer.read()))
    outcome = Outcome()
    signal.signal(signal.SIGALRM, _time_is_up)
    signal.setitimer(signal.ITIMER_REAL, job.seconds)
    try:
        scan(job, outcome)
    except TimeoutError:
        outcome.is_complete = False
    signal.setitimer(signal.ITIMER_REAL, 0)
    sys.stdout.buffer.write(outcome.pack())


def _time_is_up(_number: int, _frame: object) -> None:
    raise TimeoutError
