"""Which lines changed lately: where a fault that was not there before is most likely to be."""

import os
import re
from pathlib import Path

from mycoder.workspace.git_run import run


async def recent_changes(
    root: Path | str, commits: int = 20, *, seconds: float = 20.0
) -> dict[str, tuple[tuple[int, int], ...]]:
    """Lines that were added or changed in the last `commits` commits or not committed yet.

    Path relative to the top of the repository -> ranges of line numbers (first, last) in the file as it is
    now, from 1; a place where lines were only removed is the line before it. Empty where git cannot tell.
    """
    known = await run(root, "rev-list", "--first-parent", f"--max-count={commits + 1}", "HEAD", trusting=True)
    if not known.out.split():
        return {}
    base = known.out.split()[-1].decode("ascii")
    ran = await run(
        root,
        "-c",
        "core.quotePath=true",
        "diff",
        "--unified=0",
        "--inter-hunk-context=0",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--no-renames",
        "--no-relative",
        "--ignore-submodules=all",
        "--src-prefix=a/",
        "--dst-prefix=b/",
        base,
        "--",
        seconds=seconds,
        limit=64 << 20,
    )
    return parse_hunks(ran.out)


_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def parse_hunks(patch: bytes) -> dict[str, tuple[tuple[int, int], ...]]:
    """New path -> changed ranges of lines, from a patch without context. Deleted files are left out."""
    found: dict[str, list[tuple[int, int]]] = {}
    path = ""
    skip = 0
    for line in patch.split(b"\n"):
        if skip and line[:1] in (b"+", b"-"):
            skip -= 1
            continue
        if line.startswith(b"diff --git "):
            path, skip = "", 0
        elif line.startswith(b"+++ ") and not path:
            path = _new_path(line[4:])
        elif path and (hunk := _HUNK.match(line)):
            first = int(hunk[2])
            length = int(hunk[3] or 1)
            skip = int(hunk[1] or 1) + length
            found.setdefault(path, []).append((max(first, 1), max(first, 1) + max(length, 1) - 1))
    return {path: tuple(ranges) for path, ranges in found.items()}


def _new_path(word: bytes) -> str:
    """The path in a ``+++`` line, which git quotes as in C when it holds anything unusual; empty for
    /dev/null."""
    word = word.rstrip(b"\t\r")
    if word.startswith(b'"'):
        word = re.sub(rb"\\([0-7]{3}|.)", _unescape, word[1:-1])
    return os.fsdecode(word[2:]) if word.startswith(b"b/") else ""


_ESCAPES = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


def _unescape(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes((int(code, 8) & 255,)) if len(code) == 3 else _ESCAPES.get(code, code)
