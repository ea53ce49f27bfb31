"""Git repositories inside of the repository: submodules and vendored ones, whose configuration and hooks make
git start programs as those of the outer one do."""

import os
from collections.abc import Iterator

from mycoder.sandbox.names import GIT_FILES, GIT_FORBIDDEN

DEPTH = 4
"""Folders below the root that are looked into."""

MOST_FOLDERS, MOST_FOUND = 2000, 64

_LEFT_OUT = frozenset(
    (
        "node_modules",
        "__pycache__",
        ".venv",
        "venv",
        "target",
        "build",
        "dist",
        ".tox",
        ".cache",
        "site-packages",
    )
)


def nested_repositories(root: str) -> tuple[str, ...]:
    """The `.git` of every repository below `root` but its own, folder or file, nearest first. Looks into a
    bounded number of folders (about 4 µs each) and follows no link."""
    found: list[str] = []
    level, left = [root], MOST_FOLDERS
    for _ in range(DEPTH):
        below: list[str] = []
        for folder in level:
            if left == 0 or len(found) >= MOST_FOUND:
                return tuple(found)
            left -= 1
            names = list(_folders(folder))
            if (folder != root and ".git" in names) or (folder != root and os.path.lexists(f"{folder}/.git")):
                found.append(f"{folder}/.git")
            below += [f"{folder}/{name}" for name in names if name not in _LEFT_OUT and name != ".git"]
        level = below
    return tuple(found)


def held(git: str) -> Iterator[str]:
    """What of a nested repository must stay as it is, whether it is there or not."""
    if os.path.isdir(git) and not os.path.islink(git):
        yield from (f"{git}/{name}" for name in dict.fromkeys((*GIT_FILES, *GIT_FORBIDDEN)))
    else:
        yield git


def _folders(path: str) -> Iterator[str]:
    try:
        with os.scandir(path) as entries:
            yield from (entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    except OSError:
        return
