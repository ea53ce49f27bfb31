"""A private copy of the project, in which candidates run: the user's files are only ever read."""

import os
import shutil
from pathlib import Path

import msgspec

SKIPPED = frozenset(
    [
        ".git",
        ".hg",
        ".svn",
        ".venv",
        ".tox",
        ".nox",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        ".cache",
        ".idea",
        ".vscode",
        "node_modules",
        "__pycache__",
        ".eggs",
        ".hypothesis",
        ".bzr",
        ".jj",
        ".direnv",
        ".pixi",
        ".pytype",
        ".pyre",
        ".ipynb_checkpoints",
        ".next",
        ".nuxt",
        ".svelte-kit",
        ".parcel-cache",
        ".turbo",
        ".gradle",
        ".terraform",
        "htmlcov",
    ]
)
LARGEST_FILE = 32 << 20
LARGEST_TREE = 1 << 30


class TreeTooLargeError(Exception):
    """The project is larger than what is copied for a search."""


class Copied(msgspec.Struct, frozen=True):
    files: int
    bytes: int
    left_out: tuple[str, ...]
    """Files too large to copy; they are absent in the copy."""


def copy_tree(root: Path, target: Path) -> Copied:
    """Copies regular files and links below `root`, without histories, environments and caches.

    Links that point outside of the root are copied as links. Special files are left out.
    Raises TreeTooLargeError beyond 1 GiB, OSError when the target cannot be written."""
    count = total = 0
    left_out: list[str] = []
    for folder, names, files in os.walk(root):
        names[:] = [
            n
            for n in names
            if n not in SKIPPED and not _is_environment(Path(folder, n)) and Path(folder, n) != target.parent
        ]
        below = os.path.relpath(folder, root)
        place = target if below == "." else target / below
        place.mkdir(parents=True, exist_ok=True)
        linked = [n for n in names if os.path.islink(os.path.join(folder, n))]
        for name in (*files, *linked):
            size = _copy_one(Path(folder, name), place / name)
            if size < 0:
                left_out.append(os.path.normpath(os.path.join(below, name)))
                continue
            count, total = count + 1, total + size
            if total > LARGEST_TREE:
                raise TreeTooLargeError(f"{root} holds more than {LARGEST_TREE >> 20} MiB of files")
    return Copied(count, total, tuple(left_out))


def _copy_one(source: Path, target: Path) -> int:
    """Bytes copied, or -1 when left out."""
    try:
        if source.is_symlink():
            target.symlink_to(os.readlink(source))
            return 0
        if not source.is_file():
            return -1
        size = source.stat().st_size
        if size > LARGEST_FILE:
            return -1
        shutil.copy2(source, target, follow_symlinks=False)
    except (FileNotFoundError, PermissionError):  # went away while it was being copied, or is not for us
        return -1
    return size


def _is_environment(folder: Path) -> bool:
    """By what is in it: a package of the project may be called ``env``."""
    marks = ("pyvenv.cfg", "conda-meta", "bin/activate_this.py", "bin/activate")
    return any(os.path.lexists(folder / mark) for mark in marks)
