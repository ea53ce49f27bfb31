"""Undo and redo: which entries, and whether each of their paths is still as it was left."""

import os
from collections.abc import Callable, Sequence

from mycoder.workspace.blobs import BlobMissing, Blobs
from mycoder.workspace.commit import ContentChanged, Wanted
from mycoder.workspace.entries import JournalEntry, Refusal, UndoResult
from mycoder.workspace.files import PathRefused
from mycoder.workspace.journal_log import Record
from mycoder.workspace.names import printable
from mycoder.workspace.pathstate import Change, PathState, look_below
from mycoder.workspace.timeline import Timeline

CommitEntry = Callable[[Sequence[Wanted], str, str, tuple[str, ...]], JournalEntry | None]

_NOUNS = {"": "nothing", "f": "a file", "l": "a symlink", "d": "a folder", "o": "a pipe, socket or device"}


class StepBack:
    """Steps through the entries of `session` (None: of all). `commit` makes an entry of the paths wanted."""

    def __init__(
        self, root: str, commit: CommitEntry, timeline: Timeline, blobs: Blobs, session: str | None
    ) -> None:
        self._root = root
        self._commit = commit
        self._timeline = timeline
        self._blobs = blobs
        self._session = session

    def undo(self, n: int, ids: Sequence[str]) -> UndoResult:
        in_force = self._timeline.in_force(self._session)
        if not ids:
            return self._go(in_force[::-1][: max(n, 0)], "undo", is_sequence=True)
        result = self._go([r for r in reversed(in_force) if r.id in ids], "undo", is_sequence=False)
        unknown = [
            Refusal(i, "is not an entry that is in force") for i in ids if i not in {r.id for r in in_force}
        ]
        return UndoResult(result.undone, (*result.refused, *unknown), result.changes, result.left)

    def redo(self, n: int) -> UndoResult:
        return self._go(self._timeline.undone(self._session)[::-1][: max(n, 0)], "redo", is_sequence=True)

    def _go(self, records: Sequence[Record], cause: str, *, is_sequence: bool) -> UndoResult:
        done: list[JournalEntry] = []
        refused: list[Refusal] = []
        left: list[Refusal] = []
        for record in records:
            wanted, problems = self._plan(record, cause)
            if not problems:
                entry, problems = self._try(wanted, cause, record)
                if entry is not None:
                    done.append(entry)
                    left += [Refusal(printable(p), "its content was not kept") for p in record.uncovered]
            refused += problems
            if problems and is_sequence:
                break
        changes = tuple(change for entry in done for change in entry.changes)
        return UndoResult(tuple(done), tuple(refused), changes, tuple(left))

    def _try(
        self, wanted: Sequence[Wanted], cause: str, record: Record
    ) -> tuple[JournalEntry | None, list[Refusal]]:
        try:
            return self._commit(wanted, cause, record.label, (record.id,)), []
        except ContentChanged as error:
            return None, [Refusal(printable(error.path), "has changed this moment")]
        except (PathRefused, BlobMissing, OSError) as error:
            return None, [Refusal(record.label, str(error))]

    def _plan(self, record: Record, cause: str) -> tuple[list[Wanted], list[Refusal]]:
        changes = [c.inverse if cause == "undo" else c for c in record.changes]
        going = {c.path for c in changes if not c.after.kind}
        wanted: list[Wanted] = []
        refused: list[Refusal] = []
        for change in changes:
            now = look_below(self._root, change.path)
            if now is None:
                refused.append(Refusal(printable(change.path), "cannot be read"))
            elif now == change.after:
                continue
            elif why := self._objection(change, now, going):
                refused.append(Refusal(printable(change.path), why))
            elif (state := _target(change, now)) is not None:
                wanted.append(Wanted(change.path, state, expect=now.hash))
        return wanted, refused

    def _objection(self, change: Change, now: PathState, going: set[str]) -> str:
        """Why the path must not be touched; empty when it may."""
        left, wanted = change.before, change.after
        if now.kind != left.kind:
            # folders that are there, or gone, already
            if (wanted.kind == "d" and now.kind == "d") or (
                left.kind == "d" and not wanted.kind and not now.kind
            ):
                return ""
            if not now.kind:
                return "is gone since"
            return f"{_NOUNS[now.kind]} is there now" + (
                "" if not left.kind else f", where {_NOUNS[left.kind]} was left"
            )
        if now.kind in ("f", "l") and now.hash != left.hash:
            return "has other content than was left there"
        if now.kind == "f" == wanted.kind and left.mode != wanted.mode and now.mode != left.mode:
            return f"has other permissions ({now.mode:o}) than were left there ({left.mode:o})"
        if now.kind == "d" and wanted.kind in ("f", "l"):
            full = f"{self._root}/{change.path}"
            stays = [name for name in os.listdir(full) if f"{change.path}/{name}" not in going]
            if stays:
                return f"holds {printable(stays[0])} now, which was not there"
        if wanted.kind == "f" and not self._blobs.has(wanted.hash):
            return "its content was not kept"
        return ""


def _target(change: Change, now: PathState) -> PathState | None:
    """What the path shall be; None when it stays. Permissions that the entry did not change stay."""
    left, wanted = change.before, change.after
    if now.kind != left.kind or (now.kind == "d" == wanted.kind and now.mode != left.mode):
        return None
    if now.kind == "f" == wanted.kind and left.mode == wanted.mode:
        return PathState("f", now.mode, wanted.hash)
    return wanted
