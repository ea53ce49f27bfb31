"""Finding lines by content, the same with and without ripgrep: Python's engine decides which lines match,
ripgrep only sorts out files that cannot hold one.

The order is that of the paths, every count is of all there is, and what is shown is bounded.
"""

import asyncio
import os
import re
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import msgspec

from mycoder.workspace.capture import capture
from mycoder.workspace.prefilter import compile_quietly, is_quick, required, weaken
from mycoder.workspace.scan import Hit, Job, Outcome, scan, unpack
from mycoder.workspace.search import SearchError, chooser, files

MOST_SECONDS = 20.0
"""For one search; after that what was found so far is told."""

_FEW = 300
"""Up to so many files are looked at in this process, and without ripgrep, which takes 0.01 s to start."""

_MANY = 2000
"""Over so many files ripgrep is worth it even where a text that a match contains sorts out as much."""

_BATCH = 400_000
"""Bytes of paths for one ripgrep; Linux allows about 2 MB of arguments (execve(2))."""

_CHILD = "import sys; sys.path.append(sys.argv[1]); import scan; scan.main()"


class Found(msgspec.Struct, frozen=True):
    """Lines found by content. `matches` counts matching lines in `files` files, of which `hits` shows some.

    `note` says how the pattern was understood, when that is not as it was given. `is_complete` is False
    when time ran out: the counts are then of the first `searched` of `candidates` files.
    """

    matches: int = 0
    files: int = 0
    hits: tuple[Hit, ...] = ()
    note: str = ""
    candidates: int = 0
    searched: int = 0
    is_complete: bool = True


async def grep(
    root: Path | str,
    pattern: str,
    *,
    below: str = "",
    glob: str = "",
    regex: bool | None = None,
    ignore_case: bool = False,
    context: int = 0,
    limit: int = 60,
    rg: str | None = None,
) -> Found:
    """Lines that hold `pattern`, in the file or folder `below` of `root`, of the files that `glob` chooses.

    `regex` None takes the pattern as a regular expression of Python when it is one and as plain text when
    it is not, or when no line matches it as an expression. `limit` counts matching lines shown, `context`
    lines around each. `rg` is the path of ripgrep, "" to do without; None looks for it. Raises SearchError.
    """
    if not pattern:
        raise SearchError("the pattern is empty; give the text to look for")
    if below and not os.path.isdir(os.path.join(root, below)):
        paths = [below]
    else:
        paths = await asyncio.to_thread(files, root, below)
        paths = list(filter(chooser(glob, below), paths)) if glob else paths
    look = _Look(os.fspath(root), paths, ignore_case, context, limit, ripgrep() if rg is None else rg)
    first: Found | None = None
    for words, is_regex, note in readings(pattern, regex):
        found = await look.run(words, is_regex, note)
        if found.matches or not found.is_complete:
            return found
        first = first or found
    assert first is not None
    return first


_META = re.compile(r"[\\^$.|?*+()\[\]{}]")


def readings(pattern: str, regex: bool | None) -> list[tuple[str, bool, str]]:
    """How a pattern can be meant, likeliest first: (words, is an expression, what to tell when these are
    used).

    Raises SearchError when `regex` is True and it is none.
    """
    plain = (pattern, False, "")
    if regex is False or (regex is None and not _META.search(pattern)):
        return [plain]
    python = to_python(pattern)
    try:
        compile_quietly(python)
    except (re.error, OverflowError, RecursionError) as error:
        if regex:
            raise SearchError(
                f"not a regular expression ({error}); correct it or search for plain text"
            ) from None
        return [(pattern, False, f"not a regular expression ({error}), so searched as plain text")]
    if regex:
        return [(python, True, "")]
    if "()" in pattern:  # a call, as it is written
        return [plain, (python, True, "not found as plain text, so searched as a regular expression")]
    found = [
        (python, True, ""),
        (pattern, False, "no match as a regular expression, so searched as plain text"),
    ]
    with suppress(re.error):
        if "\\|" in pattern:  # as grep without -E has it
            found.append(
                (compile_quietly(python.replace("\\|", "|")).pattern, True, "searched with | for \\|")
            )
    return found


_POSIX = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\s",
    "punct": r"!-/:-@\[-`{-~",
    "xdigit": "0-9A-Fa-f",
    "word": r"\w",
    "blank": r" \t",
}


def to_python(pattern: str) -> str:
    """A pattern with what other engines have for the same thing in Python's words."""
    pattern = re.sub(r"\[:(\w+):\]", lambda found: _POSIX.get(found[1], found[0]), pattern)
    return re.sub(r"\(\?<(?=[A-Za-z_])", "(?P<", pattern).replace(r"\z", r"\Z")


class _Look:
    """One place to look in, for one or more readings of a pattern."""

    def __init__(
        self,
        root: str,
        paths: list[str],
        ignore_case: bool,
        context: int,
        limit: int,
        rg: str,
    ) -> None:
        self.root = root
        self.paths = paths
        self.ignore_case = ignore_case
        self.context = context
        self.limit = limit
        self.rg = rg

    async def run(self, pattern: str, is_regex: bool, note: str) -> Found:
        flags = int(re.IGNORECASE) if self.ignore_case else 0
        compiled = compile_quietly(pattern if is_regex else re.escape(pattern), flags)
        needle = required(compiled)
        paths = self.paths
        is_worth = len(paths) > (_MANY if len(needle) > 2 else _FEW)
        if self.rg and is_worth and (weak := weaken(compiled)) is not None:
            paths = await self._narrowed(weak)
        job = Job(
            self.root,
            paths,
            compiled.pattern,
            flags,
            needle,
            self.context,
            (self.limit, max(10, self.limit // 3) if len(self.paths) > 1 else self.limit),
            MOST_SECONDS,
        )
        if (len(paths) <= _FEW and is_quick(compiled)) or not sys.executable:
            outcome = await asyncio.to_thread(scan, job)
        else:
            outcome = await _in_child(job)
        return Found(
            matches=outcome.matches,
            files=outcome.files,
            hits=tuple(outcome.hits),
            note=note,
            candidates=len(self.paths),
            searched=len(self.paths) if outcome.is_complete else outcome.searched,
            is_complete=outcome.is_complete,
        )

    async def _narrowed(self, weak: str) -> list[str]:
        """The paths of files that hold a line which the weaker expression matches."""
        kept: list[str] = []
        for batch in _batches(self.paths):
            done = await capture(
                (self.rg, *_OPTIONS, f"--regexp={weak}", "--", *("./" + path for path in batch)),
                self.root,
                seconds=MOST_SECONDS,
                limit=64 << 20,
            )
            # It ends with 2 also when a file cannot be read, about which it then says nothing.
            if done.code not in (0, 1, 2) or done.error:
                kept += batch
            else:
                kept += [os.fsdecode(name[2:]) for name in done.out.split(b"\0")[:-1]]
        return sorted(kept)


_OPTIONS = ("--no-config", "--files-with-matches", "--null", "--no-mmap", "--color=never", "--no-messages")


def _batches(paths: list[str]) -> Iterable[list[str]]:
    batch: list[str] = []
    size = 0
    for path in paths:
        batch.append(path)
        size += 4 * len(path) + 16  # a character is at most four bytes; and a pointer
        if size > _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


async def _in_child(job: Job) -> Outcome:
    here = os.path.dirname(os.path.abspath(__file__))
    done = await capture(
        (sys.executable, "-I", "-S", "-c", _CHILD, here),
        "/",
        given=job.pack(),
        seconds=job.seconds + 5,
        limit=64 << 20,
    )
    try:
        return unpack(done.out)
    except (ValueError, EOFError, TypeError):
        return Outcome(is_complete=False)


def ripgrep() -> str:
    """The path of ripgrep; empty when it is not installed."""
    for folder in os.get_exec_path():
        program = os.path.join(folder, "rg")
        if os.path.isabs(folder) and os.access(program, os.X_OK):
            return program
    return ""
