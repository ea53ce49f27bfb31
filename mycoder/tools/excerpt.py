"""What tools that change files tell in the same words: what stands in the way, and what they have done."""

import os
from collections.abc import Iterable, Sequence

from mycoder.protocol.blocks import AnyBlock
from mycoder.workspace.diff import numbered, unified
from mycoder.workspace.edit import Edited, match
from mycoder.workspace.files import Files, content_hash
from mycoder.workspace.names import printable
from mycoder.workspace.text import FileText

_AROUND = 8
"""Lines shown on either side of a place."""


def stale(files: Files, file: FileText) -> bool:
    """Whether the file is not what the model last saw of it; a file it never saw is not stale."""
    seen = files.seen(file.path)
    return bool(seen) and seen != file.hash


def around(text: str, old: str) -> str:
    """The lines where `old` is, numbered; empty when it is nowhere or in many places."""
    found = match(text, old, old + "\0")
    if not isinstance(found, Edited):
        return ""
    lines = text.removesuffix("\n").split("\n")
    first = max(found.line - 1 - _AROUND, 0)
    last = min(found.line - 1 + old.count("\n") + 1 + _AROUND, len(lines))
    return "\n".join(f"{n}\t{line}" for n, line in enumerate(lines[first:last], first + 1))


def change_of(old: str, new: str, path: str, *, context: int = 2) -> tuple[str, tuple[AnyBlock, ...]]:
    """(numbered diff for the model, blocks for people) of one file."""
    return numbered(old, new, context=context), (unified(old, new, printable(path)),)


def notes_of(file: FileText | None, real: str, path: str) -> list[str]:
    """What is out of the ordinary about a file that was written."""
    notes = []
    if file is not None and file.links > 1:
        notes.append(f"{path} had {file.links} hard links: the other names keep the old content")
    if not path.startswith("/") and os.path.normpath(path) != real:
        notes.append(f"{path} is a symlink: {real} was changed")
    return [printable(note) for note in notes]


def bracketed(notes: Iterable[str]) -> str:
    """Notes in square brackets on lines of their own."""
    return "".join(f"\n[{note}]" for note in notes if note)


def fingerprint(*parts: str | Sequence[str]) -> str:
    """The same for the same call on the same content, to know a call that is repeated on purpose."""
    return content_hash(repr(parts).encode("utf-8", "replace"))


def sentence(problem: Exception) -> str:
    """The message of an error with a full stop."""
    text = str(problem)
    return text if text.endswith((".", "?", "!")) else f"{text}."
