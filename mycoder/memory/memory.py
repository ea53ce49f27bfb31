"""The memory of one project and of its person: what is there, and every way to change it.

    <data>/memory/user/MEMORY.md                       what holds everywhere
    <data>/memory/projects/NAME-ID/MEMORY.md           what the next session is told
                                  /notes/2026-11.md    what no longer fits there, still found by a search
                                  /tasks/SESSION.md    what each session did

The markdown is the truth; the index beside it can be deleted at any time. Every change reads the file anew under a
lock, so sessions at the same time and edits by hand are both kept.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from mycoder.memory import cites, progress
from mycoder.memory.brief import Brief, brief
from mycoder.memory.entries import (
    BUDGETS,
    RULES,
    By,
    Entry,
    Part,
    Scope,
    entries_of,
    fingerprint,
    new_id,
    one_line,
    parse,
    replaced,
    text_of,
    tokens,
    with_entry,
    without,
)
from mycoder.memory.files import START, MemoryFault, locked, read_text, write_words

INDEX = "MEMORY.md"


class Added(msgspec.Struct, frozen=True):
    """`is_new` is False when the same was known already; `entry` is what is there now."""

    entry: Entry
    is_new: bool


class Memory:
    """`base` is the folder of all memory, `folder` that of the project in it, `root` the project itself."""

    def __init__(self, base: Path, folder: Path, root: Path) -> None:
        self.base, self.folder, self.root = base, folder, root

    # -- reading -------------------------------------------------------------------------------------------------

    def file(self, scope: Scope) -> Path:
        return self.home(scope) / INDEX

    def home(self, scope: Scope) -> Path:
        return self.base / "user" if scope == "user" else self.folder

    def entries(self, scope: Scope | None = None) -> list[Entry]:
        """What is in MEMORY.md, of the person first. Raises MemoryFault."""
        scopes: tuple[Scope, ...] = (scope,) if scope else ("user", "project")
        return [entry for one in scopes for entry in entries_of(parse(read_text(self.file(one)), one))]

    def notes(self, scope: Scope) -> list[Path]:
        """The files of notes, the newest first."""
        folder = self.home(scope) / "notes"
        try:
            return sorted(
                (p for p in folder.iterdir() if p.suffix == ".md" and p.name[0] != "."), reverse=True
            )
        except OSError:
            return []

    def find(self, id: str) -> tuple[Entry, Path] | None:
        """The entry whose id begins with `id` and its file; None when there is none or more than one."""
        found: list[tuple[Entry, Path]] = []
        for scope in ("project", "user"):
            for file in (self.file(scope), *self.notes(scope)):
                entries = entries_of(parse(read_text(file), scope))
                found += [(entry, file) for entry in entries if id and entry.id.startswith(id)]
                if any(entry.id == id for entry, _ in found):
                    return next(pair for pair in found if pair[0].id == id)
        return found[0] if len(found) == 1 else None

    def stale(self, entries: Iterable[Entry]) -> list[str]:
        """Ids of those whose citations are gone from the project; about 20 µs an entry that cites something."""
        return [
            e.id for e in entries if e.scope == "project" and e.cites and cites.missing(self.root, e.cites)
        ]

    def brief(self, budget: int) -> Brief:
        """For the first request of a session. Never raises: a memory that cannot be read is told as that."""
        try:
            entries = self.entries()
            return brief(
                entries, progress.last(self.folder / "tasks"), budget=budget, stale=self.stale(entries)
            )
        except MemoryFault:
            return Brief()

    # -- changing ------------------------------------------------------------------------------------------------

    def add(
        self,
        text: str,
        *,
        by: By,
        scope: Scope = "project",
        section: str = "Knowledge",
        session: str = "",
        cited: Iterable[str] = (),
    ) -> Added:
        """Remembers `text`. What the assistant adds is never a rule. Raises MemoryFault, OSError."""
        words = one_line(text)
        if not words:
            raise MemoryFault("there is nothing to remember: say what, in a sentence")
        if by == "assistant" and (section == RULES or scope == "user"):
            raise MemoryFault("rules, and what holds for all projects, come from the person")
        found = cited or (cites.find(self.root, words) if scope == "project" else ())
        entry = Entry(new_id(), words, section, by, today(), session, tuple(found), scope=scope)
        with locked(self.home(scope)):
            if (known := self._known(entry)) is not None:
                return Added(known, False)
            self._edit(
                self.file(scope), lambda parts: self._fitted(with_entry(parts, entry), scope, section), scope
            )
        return Added(entry, True)

    def replace(self, entry: Entry, file: Path) -> None:
        """Writes the entry of that id anew. Raises MemoryFault when somebody has taken it away since, OSError."""
        with locked(self.home(entry.scope)):
            parts = parse(read_text(file), entry.scope)
            if all(e.id != entry.id for e in entries_of(parts)):
                raise MemoryFault(f"{entry.id} is not there any more")
            write_words(file, text_of(replaced(parts, entry)))

    def forget(self, entry: Entry, file: Path) -> None:
        """Takes the entry away for good. Raises OSError, MemoryFault."""
        with locked(self.home(entry.scope)):
            write_words(file, text_of(without(parse(read_text(file), entry.scope), [entry.id])))

    def put_back(self, edited: str, copied: str, scope: Scope) -> None:
        """Takes over MEMORY.md as a person has edited a copy of it; what others added since the copy stays.

        `copied` is the text that the copy began with. Raises OSError, MemoryFault.
        """
        file = self.file(scope)
        with locked(self.home(scope)):
            now = read_text(file)
            if now != copied:
                before = {entry.id for entry in entries_of(parse(copied, scope))}
                parts = parse(edited, scope)
                for entry in entries_of(parse(now, scope)):
                    if entry.id not in before:
                        parts = with_entry(parts, entry)
                edited = text_of(parts)
            write_words(file, edited)

    # -- inside --------------------------------------------------------------------------------------------------

    def _known(self, new: Entry) -> Entry | None:
        """An entry that says the same; a fact never stands for a rule."""
        wanted = fingerprint(new.text)
        for file in (self.file(new.scope), *self.notes(new.scope)):
            for entry in entries_of(parse(read_text(file), new.scope)):
                if fingerprint(entry.text) == wanted and entry.is_rule == new.is_rule and not entry.stale:
                    return entry
        return None

    def _edit(self, file: Path, edit: Callable[[list[Part]], list[Part]], scope: Scope) -> None:
        text = read_text(file)
        if not text.strip():
            text = START.format(about="of this project" if scope == "project" else "everywhere") + "\n"
        write_words(file, text_of(edit(parse(text, scope))))

    def _fitted(self, parts: list[Part], scope: Scope, section: str) -> list[Part]:
        """Moves the oldest entries of `section` to the notes while it is over its budget: those of the assistant
        that nobody pinned. What a person wrote stays where it is."""
        most = BUDGETS.get(section, BUDGETS["Knowledge"])
        inside = [e for e in entries_of(parts) if e.section == section]
        over = sum(tokens(e.line()) for e in inside) - most
        away: list[Entry] = []
        for entry in inside[:-1]:
            if over <= 0:
                break
            if entry.by in ("assistant", "dream") and not entry.is_pinned:
                away.append(entry)
                over -= tokens(entry.line())
        self.to_notes(away, scope)
        return without(parts, [entry.id for entry in away])

    def to_notes(self, entries: Iterable[Entry], scope: Scope) -> None:
        """Writes `entries` to the notes of their months; the caller takes them out of where they were, after."""
        months: dict[str, list[Entry]] = {}
        for entry in entries:
            months.setdefault(entry.date[:7] or "undated", []).append(entry)
        for month, group in months.items():
            file = self.home(scope) / "notes" / f"{month}.md"
            text = read_text(file) or f"# Notes of {month}\n\n"
            parts = parse(text, scope)
            there = {entry.id for entry in entries_of(parts)}
            for entry in group:
                parts = with_entry(parts, entry) if entry.id not in there else parts
            write_words(file, text_of(parts))

    def size(self) -> int:
        """Bytes of the files of this project's memory."""
        total = 0
        for folder, _, files in os.walk(self.folder):
            for name in files:
                with contextlib.suppress(OSError):
                    total += os.lstat(os.path.join(folder, name)).st_size
        return total


def today(now: float | None = None) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(now))
