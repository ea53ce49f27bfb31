"""Which part of a selection goes to which of several commands."""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from mycoder.testing.command import TestCommand
from mycoder.testing.selection import SelectionError
from mycoder.testing.several import SEVERAL, folder_of, listed

_SCRIPTS = (".py", ".js", ".ts", ".tsx", ".mjs")


class Share(msgspec.Struct, frozen=True):
    """What one command is to run; all its tests without `items`."""

    part: TestCommand
    folder: str
    items: tuple[str, ...] = ()


def apportion(parts: Sequence[TestCommand], selection: Sequence[str], root: Path) -> tuple[Share, ...]:
    """Ids, files and folders go to the command of their folder, told from there; a file that is no path from the
    root to every command that has it; expressions and bare words to all that are asked anything.

    Raises SelectionError for a file or id of no folder.
    """
    if not any(item.strip() for item in selection):
        return tuple(Share(part, folder_of(part, root)) for part in parts)
    parts = [
        part for part in parts if part.runner != SEVERAL
    ]  # folders nobody looked into have no tests by name
    named: dict[int, list[str]] = {}
    words: list[str] = []
    for item in selection:
        text = item.strip()
        owners = {} if not text or text.startswith("-") else _owners(text, parts, root)
        if not owners and not text.startswith("-") and _is_name(text):
            folders = listed([folder_of(part, root) for part in parts])
            raise SelectionError(f"{text!r} belongs to none of the folders with tests ({folders}).")
        if text and not owners:
            words.append(text)
        for number, own in owners.items():
            named.setdefault(number, []).append(own)
    chosen = named or {number: [""] for number in range(len(parts))}
    return tuple(
        Share(parts[number], folder_of(parts[number], root), (*([] if "" in own else own), *words))
        for number, own in sorted(chosen.items())
    )


def _owners(text: str, parts: Sequence[TestCommand], root: Path) -> dict[int, str]:
    """The item as each command takes it that it belongs to; empty for all of its tests."""
    path, mark, rest = text.partition("::")
    full = os.path.normpath(os.path.join(root, path))
    folders = [os.path.normpath(part.cwd) for part in parts]
    if os.path.exists(full):
        found = {
            number: "" if is_within(folder, full) else os.path.relpath(full, folder) + mark + rest
            for number, folder in enumerate(folders)
            if is_within(full, folder) or (is_within(folder, full) and not mark)
        }
        if found:
            return found
    heads = [f"{folder_of(part, root)}/" for part in parts]
    found = {n: text.removeprefix(head) for n, head in enumerate(heads) if text.startswith(head)}
    if found:
        return found
    found = {n: text for n, folder in enumerate(folders) if os.path.exists(os.path.join(folder, path))}
    if found or "." not in path or " " in path:
        return found
    # A dotted name begins with a module or package.
    module = path.partition(".")[0]
    return {
        n: text
        for n, folder in enumerate(folders)
        if os.path.exists(os.path.join(folder, module)) or os.path.exists(f"{folder}/{module}.py")
    }


def is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _is_name(text: str) -> bool:
    return "/" in text or "::" in text or text.endswith(_SCRIPTS)
