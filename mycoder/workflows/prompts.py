"""Slash commands of one's own: markdown files whose text becomes a prompt, with what was typed behind the name in it.

`$ARGUMENTS` stands for all of that, `$1` to `$9` for its words; a text without either gets it below. A front matter may
hold `description` and `argument-hint`. Files that were written for other assistants are read as they are; what they
say of models and tools means nothing here, and no command in them is run before the model reads it.
"""

import os
import re
import shlex
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from mycoder.workflows.front_matter import split

PROJECT = (".claude/commands", ".mycoder/commands")
"""Folders of a project, from weak to strong."""

MOST_COMMANDS = 200
MOST_BYTES = 100_000
"""Of one file; a larger one is no prompt."""
MOST_DEPTH = 3
_PLACE = re.compile(r"\$(?:ARGUMENTS\b|([1-9])(?!\d))")
_NAME = re.compile(r"[A-Za-z][\w-]{0,59}")


class PromptFile(msgspec.Struct, frozen=True, kw_only=True):
    """`name` as it is typed, `usage` what may follow it."""

    name: str
    summary: str
    body: str
    file: str
    usage: str = ""

    def filled(self, arguments: str) -> str:
        """The prompt for what was typed behind the name."""
        arguments = arguments.strip()
        if _PLACE.search(self.body) is None:
            return f"{self.body}\n\n{arguments}" if arguments else self.body
        words = _words(arguments)

        def put(found: re.Match[str]) -> str:
            if found[1] is None:
                return arguments
            return words[int(found[1]) - 1] if int(found[1]) <= len(words) else ""

        return _PLACE.sub(put, self.body)


def places(root: Path, config: Path, *, is_trusted: bool) -> list[Path]:
    """Where such files may lie, from weak to strong: `config`/commands, then those of a trusted project."""
    return [
        config / "commands",
        *(root / name for name in PROJECT if is_trusted and not (root / name).is_symlink()),
    ]


def read(places: Iterable[Path]) -> dict[str, PromptFile]:
    """All of them by name; the one in a stronger place wins. A file that is none is passed over."""
    found: dict[str, PromptFile] = {}
    for folder in places:
        for name, file in _files(folder):
            if (text := _text(file)) and (prompt := parse(text, name, str(file))) is not None:
                found[name] = prompt
    return dict(sorted(found.items()))


def parse(text: str, name: str, file: str = "") -> PromptFile | None:
    """None for a text without words."""
    values, body = split(text)
    if not body:
        return None
    first = next((line.strip("# \t") for line in body.splitlines() if line.strip("# \t")), "")
    summary = " ".join((values.get("description") or first).split())
    hint = values.get("argument-hint") or ("[words]" if _PLACE.search(body) else "")
    return PromptFile(
        name=name, summary=summary[:100], body=body, file=file, usage=" ".join(hint.split())[:60]
    )


def _words(arguments: str) -> list[str]:
    try:
        return shlex.split(arguments)
    except ValueError:  # a quote that nobody closes
        return arguments.split()


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Name and file of each, in a fixed order; one in a folder is named after both. Links to folders are not
    followed."""
    count = 0
    for top, folders, files in os.walk(folder):
        inside = Path(top).relative_to(folder).parts
        folders[:] = (
            sorted(name for name in folders if not name.startswith(".")) if len(inside) < MOST_DEPTH else []
        )
        for file in sorted(files):
            name = "-".join([*inside, file.removesuffix(".md")])
            if file.endswith(".md") and _NAME.fullmatch(name):
                yield name.lower(), Path(top, file)
                count += 1
                if count >= MOST_COMMANDS:
                    return


def _text(file: Path) -> str:
    """Empty for what cannot be read as a text of that size."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as opened:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
                return ""
            return opened.read(MOST_BYTES).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
