"""What a person has typed, per project: one JSON string a line, shared between parallel runs."""

import hashlib
import json
import os
from pathlib import Path

from mycoder.config.private import make_private
from mycoder.protocol.redact import Redactor

KEPT = 2_000


class History:
    """`entries` is oldest first. A file that cannot be read or written costs the history, no session."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.entries: list[str] = _read(file) if file else []

    @classmethod
    def of_project(cls, state: Path | None, root: Path) -> "History":
        """The history of the project at `root` in the state folder; kept in memory only without one."""
        if state is None:
            return cls(None)
        name = hashlib.blake2b(os.fsencode(root), digest_size=8).hexdigest()
        return cls(state / "history" / f"{name}.jsonl")

    def add(self, text: str) -> None:
        """Keep `text` unless it is blank, the same as the last one, or begins with a blank (as shells do)."""
        if not text.strip() or text.startswith(" ") or (self.entries and self.entries[-1] == text):
            return
        self.entries.append(text)
        if self.file is None:
            return
        try:
            make_private(self.file.parent)
            # one write of one line: parallel runs do not tear each other's lines
            descriptor = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, (json.dumps(Redactor.of(os.environ).text(text)) + "\n").encode())
            finally:
                os.close(descriptor)
        except OSError:
            self.file = None

    def search(self, query: str, most: int = 8) -> list[str]:
        """Entries that hold all words of `query`, newest first, each once."""
        words = query.casefold().split()
        found: dict[str, None] = {}
        for entry in reversed(self.entries):
            if all(word in entry.casefold() for word in words):
                found.setdefault(entry)
            if len(found) == most:
                break
        return list(found)


class Walk:
    """Going up and down in the history from a draft, which is there again at the lower end."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._at: int | None = None
        self._draft = ""

    def older(self, current: str) -> str | None:
        entries = self._history.entries
        if self._at is None:
            self._draft, self._at = current, len(entries)
        if self._at == 0:
            return None
        self._at -= 1
        return entries[self._at]

    def newer(self) -> str | None:
        if self._at is None:
            return None
        self._at += 1
        if self._at < len(self._history.entries):
            return self._history.entries[self._at]
        self._at = None
        return self._draft

    def leave(self) -> None:
        self._at = None


def _read(file: Path) -> list[str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    entries = []
    for line in lines[-KEPT:]:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, str):
            entries.append(entry)
    return entries
