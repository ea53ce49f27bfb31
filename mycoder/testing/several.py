"""One command that stands for those of several folders, for a repository whose root has no tests of its own.

The tests of each folder are called by its path: ``services/api/test_orders.py::test_total``.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from mycoder.testing.command import TestCommand

SEVERAL = "several"
"""`TestCommand.runner` of such a command; no module has this name."""
NAMED = 4
"""Folders that a text names before it counts the rest."""


def together(parts: Sequence[TestCommand], root: Path) -> TestCommand:
    """`parts` as one command. Something is missing for it only when nothing of it can run."""
    whys = [f"{folder_of(part, root) or '.'}: {part.why}" for part in parts if not part.missing]
    lacking = [(folder_of(part, root), part.missing) for part in parts if part.missing]
    return TestCommand(
        runner=SEVERAL,
        argv=(),
        cwd=root,
        text=text_of(parts, root),
        why="; ".join([*whys[:NAMED], *([f"and {len(whys) - NAMED} more"] if whys[NAMED:] else [])]),
        missing=by_folder(lacking) if len(lacking) == len(parts) else "",
        has_probe=any(part.has_probe for part in parts),
        parts=tuple(parts),
    )


def unseen(root: Path, seen: int, left_out: int) -> TestCommand:
    """Stands for the folders that nobody looked into, so that a run without them does not count as one of all."""
    return TestCommand(
        runner=SEVERAL,
        argv=(),
        cwd=root,
        text=f"{left_out} more folders",
        why="",
        missing=f"only the first {seen} folders were looked into for tests, and {left_out} more were not: set "
        "test_command to the command that runs all tests.",
    )


def folder_of(part: TestCommand, root: Path) -> str:
    """The folder in which the part runs, relative to the root; empty for the root itself."""
    below = os.path.relpath(part.cwd, root).replace(os.sep, "/")
    return "" if below == os.curdir else below


def text_of(parts: Sequence[TestCommand], root: Path) -> str:
    """``python3 -m pytest in services/api and services/web; npm test in site``."""
    folders: dict[str, list[str]] = {}
    for part in parts:
        folders.setdefault(part.text, []).append(folder_of(part, root))
    texts = [f"{text} in {listed(names)}" if any(names) else text for text, names in folders.items()]
    return "; ".join([*texts[:NAMED], *([f"{len(texts) - NAMED} more commands"] if texts[NAMED:] else [])])


def listed(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b, c, d and 56 more``."""
    if len(names) == 1:
        return names[0]
    if len(names) > NAMED:
        return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"
    return f"{', '.join(names[:-1])} and {names[-1]}"


def by_folder(said: Sequence[tuple[str, str]]) -> str:
    """What was said of folders, each saying once with the folders that it is about."""
    folders: dict[str, list[str]] = {}
    for folder, text in said:
        folders.setdefault(text, []).append(folder)
    texts = [f"{listed(names)}: {text}" if any(names) else text for text, names in folders.items()]
    more = [f"and {len(texts) - NAMED} more such words"] if texts[NAMED:] else []
    return "; ".join([*texts[:NAMED], *more])


def part_of(command: TestCommand, name: str, root: Path) -> TestCommand:
    """The part to which the test `name` of a run of `command` belongs; a plain command is its own part."""
    owners = [part for part in command.parts if name.startswith(f"{folder_of(part, root)}/")]
    return max(owners, key=lambda part: len(part.cwd.parts), default=command)


def own_names(part: TestCommand, names: Sequence[str], root: Path) -> tuple[str, ...]:
    """`names` of tests of one part without its folder, as its runner takes them."""
    folder = folder_of(part, root)
    return tuple(name.removeprefix(f"{folder}/") if folder else name for name in names)
