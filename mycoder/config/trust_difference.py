"""What trusting a folder would load, in the words of its files, and how they differ from what was trusted.

A list of names does not tell a person what a hook would run. So what was trusted is kept beside the list of
trusted folders, and a question about a change shows the change.
"""

import os
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

import msgspec

from mycoder.config.errors import ConfigError
from mycoder.config.loadable import PYPROJECT
from mycoder.config.private import make_private, write_private
from mycoder.config.toml_files import parse, read_text
from mycoder.config.trust import OUR_TABLE, Item, Trust, digest_of

LARGEST = 64_000
"""Bytes of one file that are kept and shown."""

LINES_OF_A_FILE = 200
LINES = 1_000
"""Most lines shown of one file, and of all."""

_CUT = "[… {} more lines are not shown: look into the file before you trust it]"


class Copies:
    """Contents of trusted files in a folder of ours, by the digest under which they were trusted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, root: Path, items: tuple[Item, ...]) -> None:
        """Best effort: without a copy the next question shows the whole file instead of what changed."""
        try:
            make_private(self._folder)
            for item in items:
                text = content(root, item)
                file = self._folder / item.digest
                if text is not None and not file.exists():
                    write_private(file, text.encode("utf-8", "surrogateescape"))
        except OSError:
            return

    def text(self, digest: str) -> str | None:
        """The content that was trusted with `digest`; None when there is no copy."""
        if not digest.isalnum():
            return None
        try:
            with open(self._folder / digest, "rb") as file:
                return file.read(LARGEST).decode("utf-8", "surrogateescape")
        except OSError:
            return None


def content(root: Path, item: Item) -> str | None:
    """The first `LARGEST` bytes of what `item` stands for; None when that is no longer what its digest says,
    cannot be read, or is no file."""
    if item.path == OUR_TABLE:
        return _table(root, item)
    try:
        if os.path.islink(root / item.path) and os.path.isdir(root / item.path):
            return f"link to {os.readlink(root / item.path)}\n"
        with open(os.open(root / item.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            data = file.read(LARGEST)
        link = f"link to {os.readlink(root / item.path)}\n" if os.path.islink(root / item.path) else ""
        same = digest_of(root, item.path) == item.digest
    except (OSError, ValueError):
        return None
    return link + data.decode("utf-8", "surrogateescape") if same else None


def _table(root: Path, item: Item) -> str | None:
    """Our table of pyproject.toml as sorted JSON, one value a line."""
    try:
        text = read_text(root / PYPROJECT) or ""
        tool = parse(text, root / PYPROJECT).get("tool")
    except ConfigError:
        return None
    table = tool.get("mycoder") if isinstance(tool, dict) else None
    canonical = msgspec.json.encode(table, order="sorted")
    if table is None or blake2b(canonical, digest_size=16).hexdigest() != item.digest:
        return None
    return msgspec.json.format(canonical, indent=2).decode() + "\n"


def shown(root: Path, trust: Trust, copies: Copies) -> tuple[str, ...]:
    """Lines for the person who is asked: contents of a folder that is new, differences of one that changed.

    They may hold any character: whoever shows them makes them visible.
    """
    lines: list[str] = []
    for item in trust.items:
        if trust.standing == "changed" and item.path not in trust.changed:
            continue
        old = copies.text(trust.before.get(item.path, ""))
        part = list(_of_item(root, item, old, is_known=item.path in trust.before))
        if len(part) > LINES_OF_A_FILE:
            part = [*part[:LINES_OF_A_FILE], _CUT.format(len(part) - LINES_OF_A_FILE)]
        lines += part
    gone = sorted(set(trust.before) - {item.path for item in trust.items})
    lines += [f"--- {path} (was trusted, is no longer there)" for path in gone]
    return tuple(lines if len(lines) <= LINES else [*lines[:LINES], _CUT.format(len(lines) - LINES)])


def _of_item(root: Path, item: Item, old: str | None, *, is_known: bool) -> Iterator[str]:
    new = content(root, item)
    executable = ", executable" if os.access(root / item.path, os.X_OK) and item.path != OUR_TABLE else ""
    if new is None:
        yield f"--- {item.path} ({item.kind}): cannot be shown, or is changing right now"
        return
    if old is None:
        why = ", changed; what was trusted is not kept, so all of it" if is_known else ""
        yield f"+++ {item.path} ({item.kind}{executable}{why})"
        yield from (f"+{line}" for line in new.splitlines())
        return
    import difflib  # late: only for a question about a change

    yield f"+++ {item.path} ({item.kind}{executable}, changed)"
    found = list(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2))[2:]
    yield from found or ["(only its mode or where it links to)"]
