"""What the journal tells: entries, refusals, results; and how changes look to people."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from mycoder.protocol.report import FileChange
from mycoder.workspace.blobs import BlobMissing, Blobs
from mycoder.workspace.files import content_hash
from mycoder.workspace.journal_log import Record
from mycoder.workspace.pathstate import Change, PathState
from mycoder.workspace.text import NotText, decode

_MOST_COUNTED = 300
"""Files of one entry up to which lines are counted; a switch of branches may change thousands."""
_MOST_COUNTED_BYTES = 2 * 2**20
_EMPTY = content_hash(b"")


class JournalEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Something that changed files. `changes` tells files and links; folders made or removed are in the
    journal only.
    """

    id: str
    cause: str
    """tool | command | undo | redo | repair"""
    label: str
    changes: tuple[FileChange, ...] = ()
    uncovered: tuple[str, ...] = ()
    """Files that changed too but whose content was not kept, so that undo cannot bring them back."""
    session: str = ""
    at: float = 0.0
    """Unix time in seconds."""
    is_interrupted: bool = False
    """The process died while the command ran; what changed since then may be somebody else's too."""


class Refusal(msgspec.Struct, frozen=True):
    """A path that undo or redo left alone."""

    path: str
    why: str


class UndoResult(msgspec.Struct, frozen=True):
    """`undone` are the entries that were taken back (by redo: done again), in that order. `refused` says what
    stood in the way of the next one; nothing of that entry was touched. `left` are files that are not
    covered."""

    undone: tuple[JournalEntry, ...] = ()
    refused: tuple[Refusal, ...] = ()
    changes: tuple[FileChange, ...] = ()
    left: tuple[Refusal, ...] = ()


class Recovered(msgspec.Struct, frozen=True):
    """What became of something that was cut off by a crash.

    `outcome`: `completed` (it took place, some of it just now), `dropped` (nothing of it took place), or
    `interrupted` (a command: `changed` is what it had done).
    """

    entry: str
    session: str
    label: str
    outcome: str
    changed: tuple[str, ...] = ()
    untouched: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    """Paths that are neither as before nor as they should be after: left alone."""


def entry_of(record: Record, blobs: Blobs) -> JournalEntry:
    return JournalEntry(
        id=record.id,
        cause=record.cause,
        label=record.label,
        changes=file_changes(record.changes, blobs),
        uncovered=record.uncovered,
        session=record.session,
        at=record.at,
        is_interrupted=record.interrupted,
    )


def file_changes(changes: Sequence[Change], blobs: Blobs) -> tuple[FileChange, ...]:
    """`changes` for people: files and links, a file that went and came elsewhere as moved, lines counted."""
    told = [c for c in changes if {"f", "l"} & {c.before.kind, c.after.kind}]
    moves = _moves(told)
    count = len(told) <= _MOST_COUNTED
    out: list[FileChange] = []
    for change in told:
        if change.path in moves.values():
            continue
        origin = moves.get(change.path, "")
        before, after = _name(change.before), _name(change.after)
        if origin:
            out.append(FileChange(change.path, "moved", before=after, after=after, moved_from=origin))
            continue
        kind: Literal["added", "modified", "deleted"]
        kind = "added" if not before else "deleted" if not after else "modified"
        added, removed = _counts(change, blobs) if count else (0, 0)
        out.append(FileChange(change.path, kind, added, removed, before, after))
    return tuple(out)


def _name(state: PathState) -> str:
    """Hash that stands for the content; of a link its target."""
    return state.hash if state.kind in ("f", "l") else ""


def _moves(changes: Iterable[Change]) -> dict[str, str]:
    """New path -> old path, where exactly one new file has the content of exactly one that went."""
    gone: dict[str, list[str]] = {}
    came: dict[str, list[str]] = {}
    for change in changes:
        if _EMPTY in (change.before.hash, change.after.hash):
            continue  # one empty file is like another
        if change.before.kind == "f" and not change.after.kind:
            gone.setdefault(change.before.hash, []).append(change.path)
        if change.after.kind == "f" and not change.before.kind:
            came.setdefault(change.after.hash, []).append(change.path)
    return {new[0]: gone[h][0] for h, new in came.items() if len(new) == 1 and len(gone.get(h, ())) == 1}


def _counts(change: Change, blobs: Blobs) -> tuple[int, int]:
    old, new = text_of(change.before, blobs), text_of(change.after, blobs)
    if old is None or new is None or len(old) + len(new) > _MOST_COUNTED_BYTES:
        return 0, 0
    return line_counts(old, new)


def text_of(state: PathState, blobs: Blobs) -> str | None:
    """The text of a file, empty where there is none; None for a binary one, or one whose content is not
    there.
    """
    if state.kind != "f":
        return ""
    try:
        return decode(blobs.get(state.hash)).text
    except (NotText, BlobMissing, ValueError):
        return None


def line_counts(old: str, new: str) -> tuple[int, int]:
    """(lines added, lines removed); lines that only moved do not count, which keeps it linear."""
    if old == new:
        return 0, 0
    a, b = (
        old.removesuffix("\n").split("\n") if old else [],
        new.removesuffix("\n").split("\n") if new else [],
    )
    before, after = Counter(a), Counter(b)
    return sum((after - before).values()), sum((before - after).values())
