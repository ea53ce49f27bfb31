"""Every change of the project by a tool or a command, kept by content so that it can be taken back.

It works without git and never runs it. Nothing that a person wrote is lost: undo only touches a path that
still is as the agent left it.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import RLock

from mycoder.protocol.blocks import Diff
from mycoder.workspace.around import Around
from mycoder.workspace.blobs import BlobMissing, Blobs
from mycoder.workspace.commit import Commit, Wanted
from mycoder.workspace.entries import JournalEntry, Recovered, UndoResult, entry_of
from mycoder.workspace.files import Files
from mycoder.workspace.journal_log import JournalError, Log, Record
from mycoder.workspace.net import net_diffs
from mycoder.workspace.pathstate import PathState
from mycoder.workspace.pending import Pending
from mycoder.workspace.retention import DAY, HOUR, Users, forget
from mycoder.workspace.running import Run
from mycoder.workspace.step_back import StepBack
from mycoder.workspace.timeline import Timeline
from mycoder.workspace.watch import Watch


class Journal:
    """The journal of the project of `files`, kept in the folder `state`, which several processes may share.

    `session` is whose entries these are; undo, redo and diff concern only its own unless `everyone` is asked
    for. `durable` waits for the disk at each entry, which a crash of the machine needs and one of the process
    does not. Methods may be called from any thread. They raise JournalError when the journal cannot be kept.
    """

    def __init__(self, files: Files, state: str, session: str = "", *, durable: bool = False) -> None:
        self._files = files
        self._session = session
        self._lock = RLock()
        self._users = Users(os.path.join(state, "users"))
        self._log = Log(os.path.join(state, "journal.jsonl"), self._users.join)
        self._blobs = Blobs(os.path.join(state, "blobs"))
        self._commit = Commit(files.real, self._log, self._blobs, session, durable=durable)
        self._inherited: set[str] = set()
        self._timeline = Timeline(self._log, self._inherited)
        self._watch = Watch(files.real, state, self._log, self._blobs, self._commit.recover, self._users.join)
        self._fresh: list[JournalEntry] = []

    # -- changing --------------------------------------------------------------------------------------------

    def change(self, cause: str = "tool", label: str = "") -> Pending:
        """Context manager: what is put together in it takes place at its end, as one entry; see `Pending`."""
        return Pending(self, self._files, cause, label)

    def commit(
        self, wanted: Sequence[Wanted], cause: str, label: str, of: tuple[str, ...] = ()
    ) -> JournalEntry | None:
        """What `change` does at its end. Raises ContentChanged, PathRefused, BlobMissing, JournalError,
        OSError.
        """
        with self._lock, self._log.locked():
            self._commit.recover()
            self._keep(self._watch.see_running())
            record = self._commit.make(wanted, cause, label, of, self._note)
            if record is None:
                return None
            entry = entry_of(record, self._blobs)
            self._fresh.append(entry)
            return entry

    def around(self, cause: str = "command", label: str = "") -> Around:
        """A context manager for a command that may change anything. Several may overlap; see `Around`."""
        return Around(self, cause, label)

    def drain(self) -> list[JournalEntry]:
        """Entries made by this process since this was last asked."""
        with self._lock:
            entries, self._fresh = self._fresh, []
            return entries

    # -- stepping back ---------------------------------------------------------------------------------------

    def undo(self, n: int = 1, *, entries: Sequence[str] = (), everyone: bool = False) -> UndoResult:
        """Takes back the last `n` entries, or exactly `entries` (ids), the latest first.

        An entry is taken back whole or not at all: it is refused when one of its paths is not as the entry
        left it, and then nothing before it is touched either, unless it was asked for by its id.
        """
        with self._lock, self._log.locked():
            self._commit.recover()
            return self._step_back(everyone).undo(n, entries)

    def redo(self, n: int = 1, *, everyone: bool = False) -> UndoResult:
        """Does again what was taken back last, under the same rule."""
        with self._lock, self._log.locked():
            self._commit.recover()
            return self._step_back(everyone).redo(n)

    def diff(self, *, everyone: bool = False) -> list[Diff]:
        """The net change of every path with entries in force: as it was before the first of them, against
        now.
        """
        with self._lock:
            self._timeline.update()
            records = self._timeline.in_force(None if everyone else self._session)
            return net_diffs(self._files.real, records, self._blobs)

    def content(self, content_hash: str) -> bytes | None:
        """What a file held whose content hash an entry tells; None when it is not kept any more."""
        try:
            return self._blobs.get(content_hash)
        except (BlobMissing, ValueError):
            return None

    def entries(self, *, everyone: bool = False) -> list[JournalEntry]:
        """Entries in force, oldest first."""
        with self._lock:
            self._timeline.update()
            return [
                entry_of(r, self._blobs) for r in self._timeline.in_force(None if everyone else self._session)
            ]

    def inherit(self, entries: Iterable[str]) -> None:
        """Entries (ids) of another session count as own ones from now on: of the session this one was forked
        from."""
        self._inherited.update(entries)

    # -- after a crash, and the end --------------------------------------------------------------------------

    def recover(self) -> list[Recovered]:
        """To be called when a session begins: completes or drops what a process that died had begun, finds
        what a command had changed that ran when it died, and tells. Costs next to nothing when there is
        nothing to do."""
        with self._lock:
            if self._log.size() == 0 and not self._watch.has_markers():
                return []
            with self._log.locked(), _told():
                found = self._commit.recover()
                recovered = [found] if found is not None else []
                for record, outcome in self._watch.recover():
                    self._keep([record] if record is not None else [])
                    recovered.append(outcome)
            return recovered

    def prune(self, *, days: float = 30.0, most: int = 512 * 2**20) -> int:
        """Forgets entries older than `days`, and older ones until their contents fit into `most` bytes; they can
        no longer be undone. Does nothing while another process uses the journal. Returns the bytes freed.
        """
        if self._log.size() == 0:
            return 0
        with self._lock, self._log.locked(), _told():
            if not self._users.is_alone():
                return 0
            try:
                self._commit.recover()
                self._watch.open()
                freed = forget(self._log, self._blobs, self._watch.snapshot, days=days, most=most)
                self._timeline = Timeline(self._log, self._inherited)
                return freed
            finally:
                self._users.share()

    def prune_if_due(self, *, days: float, most: int) -> int:
        """`prune`, but once a day, or once an hour while more than `most` bytes are kept: two looks at files
        when it is not due. Returns the bytes freed."""
        if self._log.size() == 0:
            return 0
        with self._lock, _told():
            if not self._users.is_due(HOUR if self._blobs.stored() > most else DAY):
                return 0
            self._users.note()
        return self.prune(days=days, most=most)

    def close(self) -> None:
        with self._lock:
            self._watch.close()
            self._log.close()
            self._users.leave()

    # -- for Around ------------------------------------------------------------------------------------------

    def enter(self, cause: str, label: str) -> tuple[Run, tuple[str, ...]]:
        """What entering an `Around` does: (token to leave with, what somebody has changed since the last
        look).
        """
        with self._lock, _told():
            if not self._watch.is_open:
                self.recover()
            run, noticed, records = self._watch.enter(self._session, cause, label)
            self._keep(records)
            return run, noticed

    def leave(self, run: Run) -> tuple[JournalEntry, ...]:
        """What leaving an `Around` does."""
        with self._lock, _told():
            return self._keep(self._watch.leave(run))

    def _keep(self, records: Sequence[Record]) -> tuple[JournalEntry, ...]:
        entries = tuple(entry_of(record, self._blobs) for record in records)
        self._fresh += entries
        return entries

    def _note(self, full: str, state: PathState) -> None:
        self._watch.snapshot.note(full, state)

    def _step_back(self, everyone: bool) -> StepBack:
        self._keep(self._watch.see_running())
        self._timeline.update()
        return StepBack(
            self._files.real, self.commit, self._timeline, self._blobs, None if everyone else self._session
        )


@contextmanager
def _told() -> Iterator[None]:
    """Makes a JournalError of a failure of the disk that keeps the journal."""
    try:
        yield
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        raise JournalError(f"the undo journal cannot be kept: {error.strerror or error}{where}") from error
