"""AGENTS.md: what the people of a project tell every assistant. The nearest file to what is worked on wins.

Files are read bounded, and only regular files of the project: one that is a symlink out of it is left alone.
CLAUDE.md stands in where a folder has no AGENTS.md.
"""

import os
import stat
from collections.abc import Collection
from pathlib import Path

import msgspec

NAMES: tuple[str, ...] = ("AGENTS.md", "CLAUDE.md")

MOST_CHARACTERS = 12_000
"""Of one file, about 3,000 tokens."""


class Instructions(msgspec.Struct, frozen=True):
    """The text of one file, and how much of it is left out. `path` is as a model would name it."""

    path: str
    text: str
    cut: int = 0
    """Characters, or bytes where that is not known."""


def applicable(root: Path | str, path: Path | str) -> list[Path]:
    """The instruction files in force for `path` (relative to `root`, or absolute): that of `root` first, the
    nearest, which wins, last. None for a path outside of `root`."""
    top = os.path.realpath(root)
    full = os.path.realpath(os.path.join(top, path))
    if full != top and not full.startswith(top.rstrip("/") + "/"):
        return []
    folder = full if os.path.isdir(full) else os.path.dirname(full)
    folders = [folder]
    while folder != top and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
        folders.append(folder)
    return [Path(file) for folder in reversed(folders) if (file := file_in(folder, top))]


def file_in(folder: str, top: str) -> str:
    """The instruction file of a folder that lies in the project `top`, both real paths; empty when it has
    none."""
    for name in NAMES:
        file = os.path.join(folder, name)
        real = os.path.realpath(file)
        if real.startswith(top.rstrip("/") + "/") and os.path.isfile(real):
            return file
    return ""


def read(file: Path | str, name: str, most: int = MOST_CHARACTERS) -> Instructions | None:
    """The instructions in `file`, to be called `name`; None when it is empty, not text or not a regular
    file."""
    try:
        descriptor = os.open(
            os.path.realpath(file), os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
        )
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None
        data = os.read(descriptor, 4 * most + 4)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    text = data.decode("utf-8", "replace").removeprefix("\ufeff").strip()
    if not text or "\0" in text:
        return None
    unread = max(0, status.st_size - len(data))
    return Instructions(name, text[:most], max(0, len(text) - most) + unread)


def note(root: Path | str, path: Path | str, told: Collection[Path] = ()) -> tuple[str, list[Path]]:
    """What to add for the model when it works on `path`, and the files that it comes from: those in force
    there which are not in `told`. Empty when there is nothing new."""
    new = [file for file in applicable(root, path) if file not in told]
    top = os.path.realpath(root)
    texts = [read(file, os.path.relpath(file, top)) for file in new]
    return "\n\n".join(as_text(found) for found in texts if found is not None), new


def as_text(found: Instructions) -> str:
    """With its name around it, and word of what is left out."""
    left = f"\n[{found.cut:,} more characters: read {found.path}]" if found.cut else ""
    return f'<instructions file="{found.path}">\n{found.text}{left}\n</instructions>'
