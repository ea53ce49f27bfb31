"""A few lines of a file, however big it is, with their numbers."""

import os
from collections.abc import Iterator

import msgspec

MOST_BYTES = 24_000
"""Of one page, about 7,000 tokens."""
MOST_LINE = 500
"""Characters of one line."""
_CHUNK = 2**20


class Page(msgspec.Struct, frozen=True):
    """Lines of a file from `first`, numbered from 1. `total` counts all lines; `next` is where to go on, 0 at
    the end.
    """

    text: str
    first: int
    last: int
    total: int
    next: int = 0


def page_of(text: str, offset: int, limit: int, most: int = MOST_BYTES) -> Page:
    """`limit` lines from line `offset`; a negative one counts from the end of the file."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return _page(iter(lines), len(lines), offset, limit, most)


def page_of_file(path: str, offset: int, limit: int, most: int = MOST_BYTES) -> Page:
    """As `page_of`, of a file too big for memory, read as UTF-8 with replacements. Raises OSError."""
    total = _count(path)
    return _page(_lines(path), total, offset, limit, most)


def _page(lines: Iterator[str], total: int, offset: int, limit: int, most: int) -> Page:
    first = max(1, total + 1 + offset) if offset < 0 else max(1, offset)
    out: list[str] = []
    size = 0
    number = 0
    for number, line in enumerate(lines, 1):
        if number < first:
            continue
        shown = f"{number}\t{clipped(line)}"
        size += len(shown.encode("utf-8", "replace")) + 1
        if len(out) >= limit or (size > most and out):
            break
        out.append(shown)
    last = first + len(out) - 1
    return Page("\n".join(out), first, last, total, last + 1 if out and last < total else 0)


def clipped(line: str) -> str:
    """A line of at most MOST_LINE characters, with a mark that says how many were left out."""
    if len(line) <= MOST_LINE:
        return line
    return f"{line[:MOST_LINE]}… ({len(line) - MOST_LINE} more characters in this line)"


def _count(path: str) -> int:
    total = 0
    last = b"\n"
    with open(path, "rb", buffering=0) as file:
        while chunk := file.read(_CHUNK):
            total += chunk.count(b"\n")
            last = chunk[-1:]
    return total + (last != b"\n")


def _lines(path: str) -> Iterator[str]:
    """Lines in pieces of bounded size: a file may be one line of a gigabyte."""
    with open(path, "rb") as file:
        while line := file.readline(_CHUNK):
            whole = len(line)
            ended = line.endswith(b"\n")
            while not ended and (more := file.readline(_CHUNK)):
                whole += len(more)
                ended = more.endswith(b"\n")
            text = line.rstrip(b"\r\n").decode("utf-8", "replace")
            yield text + " " * min(max(whole - len(line), 0), 1) if whole > len(line) else text


def size_of(number: int) -> str:
    """``12 bytes``, ``3.4 KB``, ``1.2 MB``."""
    if number < 1000:
        return f"{number} bytes"
    for unit, factor in (("KB", 1e3), ("MB", 1e6), ("GB", 1e9)):
        if number < 1000 * factor:
            return f"{number / factor:.1f} {unit}"
    return f"{number / 1e12:.1f} TB"


def is_under(path: str, folder: str) -> bool:
    """Whether the real path of `path` is in `folder`."""
    real, base = os.path.realpath(path), os.path.realpath(folder)
    return real.startswith(base.rstrip("/") + "/")
