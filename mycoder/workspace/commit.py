"""One entry of the journal taking place: written down, carried out, closed; and what to do when that was cut
off.

Contents before and after are stored first, then the record `begin`, then the files change, then `end`.
Whenever it is killed, the record and the contents say how to go on.
"""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import msgspec

from mycoder.workspace import beneath
from mycoder.workspace.atomic import TEMPORARY
from mycoder.workspace.blobs import BlobMissing, Blobs
from mycoder.workspace.carry_out import carry_out, temporaries
from mycoder.workspace.entries import Recovered
from mycoder.workspace.files import PathRefused
from mycoder.workspace.journal_log import Log, Record
from mycoder.workspace.names import printable
from mycoder.workspace.pathstate import ABSENT, Change, PathState, is_direct, look, look_below


class ContentChanged(Exception):
    """The file is not what the caller believed it to be; nothing was done."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{printable(path)} has changed since it was read")
        self.path = path


class Wanted(msgspec.Struct, frozen=True):
    """What a path shall be. `data` is the content of a file, None where it is in the blobs under
    `state.hash`.
    """

    path: str
    """Relative to the root."""
    state: PathState
    data: bytes | None = None
    expect: str | None = None
    """Hash of the content that has to be there now; empty for no file."""


class Commit:
    """Makes entries for `session` in the tree below `root`."""

    def __init__(self, root: str, log: Log, blobs: Blobs, session: str, *, durable: bool = False) -> None:
        self._root = root
        self._log = log
        self._blobs = blobs
        self._session = session
        self._durable = durable

    def make(
        self,
        wanted: Sequence[Wanted],
        cause: str,
        label: str,
        of: tuple[str, ...] = (),
        note: Callable[[str, PathState], None] | None = None,
    ) -> Record | None:
        """Brings every path into the state wanted, or none. None when all is so already (and `of` is empty).

        Needs the lock. `note` is told each path (absolute) that changed. Raises ContentChanged, PathRefused,
        BlobMissing, JournalError, OSError; then nothing is changed.
        """
        changes = self._changes(wanted)
        if not changes and not of:
            return None
        self._blobs.flush(durable=self._durable)
        name = f"{os.urandom(5).hex()}"
        staged = temporaries(self._root, changes, name)
        record = Record(
            op="begin",
            id=name,
            session=self._session,
            cause=cause,
            label=printable(label),
            at=time.time(),
            changes=tuple(changes),
            of=of,
            temporaries=tuple(staged.values()),
        )
        self._log.append(record, durable=self._durable)
        try:
            carry_out(self._root, changes, staged, self._blobs.get, name)
        except BaseException as error:
            # with a note, the way back failed too: the entry stays open, and `recover` looks at each file
            if not getattr(error, "__notes__", None):
                self._log.append(Record(op="drop", id=name))
            raise
        with suppress(OSError):  # a full disk: what took place stands, and `recover` closes the entry
            self._log.append(Record(op="end", id=name), durable=self._durable)
        for change in changes:
            if note is not None:
                note(f"{self._root}/{change.path}", change.after)
        return record

    def recover(self) -> Recovered | None:
        """Completes or drops an entry that was cut off. Needs the lock: whoever began it is dead."""
        record = self._log.unfinished()
        if record is None:
            return None
        folders = {os.path.dirname(path) for path in (*record.temporaries, *(c.path for c in record.changes))}
        for folder in folders:
            with suppress(OSError):  # it is not there, or it is a link now
                beneath.remove_starting(self._root, folder, f"{TEMPORARY}{record.id}-")
        took, not_yet, unclear = self._sorted(record)
        if not any("d" not in (c.before.kind, c.after.kind) for c in took) and (not_yet or unclear):
            self._remove_new_folders(took)
            self._log.append(Record(op="drop", id=record.id))
            return self._recovered(record, "dropped", [], [*took, *not_yet], unclear)
        with suppress(OSError, BlobMissing):  # what took place stands, and the rest is told
            staged = temporaries(self._root, not_yet, record.id)
            carry_out(self._root, not_yet, staged, self._blobs.get, record.id)
            took, not_yet = [*took, *not_yet], []
        if unclear or not_yet:
            self._log.append(Record(op="drop", id=record.id))
            self._log.append(msgspec.structs.replace(record, op="entry", changes=tuple(took)))
        else:
            self._log.append(Record(op="end", id=record.id))
        return self._recovered(record, "completed", took, not_yet, unclear)

    def _changes(self, wanted: Sequence[Wanted]) -> list[Change]:
        changes: dict[str, Change] = {}
        # below what is to become a folder nothing can be yet, even if a symlink in its place leads to
        # something
        becoming = tuple(f"{w.path}/" for w in wanted if w.state.kind == "d" and not self._is_folder(w.path))
        for want in wanted:
            before, data = ABSENT, b""
            if not (becoming and want.path.startswith(becoming)):
                self._refuse_detour(want.path)
                before, data = look(f"{self._root}/{want.path}")
            if want.expect is not None and before.hash != want.expect:
                raise ContentChanged(want.path)
            if before == want.state:
                continue
            if before.kind == "o":
                raise PathRefused(f"{printable(want.path)} is a pipe, socket or device")
            if before.kind == "f":
                self._blobs.put(data, before.hash)
            if want.data is not None:
                self._blobs.put(want.data, want.state.hash)
            changes[want.path] = Change(want.path, before, want.state)
        for want in wanted:
            if want.state.kind:
                self._add_folders(want.path, changes)
        return list(changes.values())

    def _add_folders(self, path: str, changes: dict[str, Change]) -> None:
        """The folders on the way to `path` that are not there yet."""
        folder = os.path.dirname(path)
        while folder and folder not in changes and not os.path.isdir(f"{self._root}/{folder}"):
            if os.path.lexists(f"{self._root}/{folder}"):
                raise PathRefused(f"{printable(folder)} is a file: {printable(path)} cannot be in it")
            changes[folder] = Change(folder, ABSENT, PathState("d", 0o777 & ~current_umask()))
            folder = os.path.dirname(folder)

    def _is_folder(self, path: str) -> bool:
        full = f"{self._root}/{path}"
        return os.path.isdir(full) and not os.path.islink(full)

    def _refuse_detour(self, path: str) -> None:
        """A folder on the way may have become a symlink since the path was resolved or journalled."""
        if not is_direct(os.path.dirname(f"{self._root}/{path}")):
            raise PathRefused(f"{printable(os.path.dirname(path))} is a symlink now")

    def _sorted(self, record: Record) -> tuple[list[Change], list[Change], list[Change]]:
        """Changes that took place, that did not, and whose path is in neither state."""
        took: list[Change] = []
        not_yet: list[Change] = []
        unclear: list[Change] = []
        for change in record.changes:
            now = look_below(self._root, change.path)
            if now == change.after:
                took.append(change)
            elif now == change.before or (
                now and now.kind == "d" and "d" in (change.before.kind, change.after.kind)
            ):
                not_yet.append(change)  # a folder may be there without its mode yet, or not be empty
            else:
                unclear.append(change)
        return took, not_yet, unclear

    def _remove_new_folders(self, took: Sequence[Change]) -> None:
        made = sorted((c.path for c in took if c.after.kind == "d" and not c.before.kind), reverse=True)
        for path in made:
            try:
                beneath.remove_folder(self._root, path)
            except OSError:
                continue  # somebody uses it

    @staticmethod
    def _recovered(
        record: Record,
        outcome: str,
        took: Sequence[Change],
        not_yet: Sequence[Change],
        unclear: Sequence[Change],
    ) -> Recovered:
        return Recovered(
            entry=record.id,
            session=record.session,
            label=record.label,
            outcome=outcome,
            changed=_names(took),
            untouched=_names(not_yet),
            unclear=_names(unclear),
        )


def _names(changes: Sequence[Change]) -> tuple[str, ...]:
    return tuple(c.path for c in changes if {"f", "l"} & {c.before.kind, c.after.kind})


def current_umask() -> int:
    """The mask of this process. It can only be read by setting it; the strict one in between harms nobody."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
