"""Commands that run and what they change: the tree is looked at before and after, and differences become
entries.
"""

import os
import time
from collections.abc import Callable, Iterator

from mycoder.workspace.blobs import Blobs
from mycoder.workspace.entries import Recovered
from mycoder.workspace.journal_log import Log, Record
from mycoder.workspace.names import printable
from mycoder.workspace.pathstate import Change
from mycoder.workspace.running import Run, Running
from mycoder.workspace.snapshot import Snapshot
from mycoder.workspace.tree_cache import TreeCache


class Watch:
    """The tree below `root` as commands change it. `heal` is called under the lock before a record is written,
    to close what a process that died has left open.
    """

    def __init__(
        self,
        root: str,
        state: str,
        log: Log,
        blobs: Blobs,
        heal: Callable[[], object],
        join: Callable[[], None],
    ) -> None:
        self.snapshot = Snapshot(root, blobs, (os.path.realpath(state),))
        self._log = log
        self._heal = heal
        self._join = join
        self._cache = TreeCache(os.path.join(state, "tree.jsonl"), root)
        self._running = Running(os.path.join(state, "running"))
        self._folder = os.path.join(state, "running")
        self._since = 0
        self.is_open = False
        """Whether the tree was looked at in this process."""

    def has_markers(self) -> bool:
        """Whether another process runs a command, or has died while it did."""
        try:
            return bool(os.listdir(self._folder))
        except OSError:
            return False

    def enter(self, session: str, cause: str, label: str) -> tuple[Run, tuple[str, ...], list[Record]]:
        """(the run, what nobody's command has changed since the last look, entries of commands already
        running).
        """
        self.open()
        changes, uncovered = self.snapshot.look()
        runs = self._running.runs
        records = self._attribute(runs[-1], changes, uncovered) if runs else []
        self._cache.save(self.snapshot)
        if not runs:
            self._since = self._log.size()
        noticed = () if runs else tuple(sorted({c.path for c in changes}.union(uncovered)))
        return self._running.enter(session, cause, label), noticed, records

    def leave(self, run: Run) -> list[Record]:
        records = self._attribute(run, *self.snapshot.look())
        self._running.leave(run)
        return records

    def see_running(self) -> list[Record]:
        """Entries for what commands that are still running have changed so far."""
        runs = self._running.runs
        return self._attribute(runs[-1], *self.snapshot.look()) if runs else []

    def recover(self) -> Iterator[tuple[Record | None, Recovered]]:
        """What commands had done whose process died: the entry now written, if any, and what to tell."""
        for runs in self._running.dead():
            self.open()
            changes, uncovered = self.snapshot.look()
            label = printable("; ".join(run.label for run in runs))
            record = None
            # it may have died between writing its entry and saying that the command has ended
            new = self._without_those_of_others(changes, since=min(run.at for run in runs))
            if new or uncovered:
                record = self._record(runs[-1], label, new, uncovered, is_interrupted=True)
            yield (
                record,
                Recovered(
                    entry=record.id if record else "",
                    session=runs[-1].session,
                    label=label,
                    outcome="interrupted",
                    changed=tuple(c.path for c in changes if {"f", "l"} & {c.before.kind, c.after.kind}),
                    unclear=tuple(uncovered),
                ),
            )

    def close(self) -> None:
        self._running.close()

    def open(self) -> None:
        """Takes up what is known of the tree."""
        if not self.is_open:
            self._join()
            self._cache.load(self.snapshot)
            self.is_open = True

    def _attribute(self, run: Run, changes: list[Change], uncovered: list[str]) -> list[Record]:
        if changes and self._log.size() > self._since:
            changes = self._without_those_of_others(changes)
        if not changes and not uncovered:
            return []
        return [self._record(run, printable(run.label), changes, uncovered)]

    def _without_those_of_others(self, changes: list[Change], since: float = 0.0) -> list[Change]:
        """Another process that works here journals what it does: that is not our command's."""
        records, _ = self._log.records(self._since)
        records = [r for r in records if r.at >= since and r.id not in self._log.own]
        others = {(c.path, c.after) for record in records for c in record.changes}
        return [c for c in changes if (c.path, c.after) not in others]

    def _record(
        self,
        run: Run,
        label: str,
        changes: list[Change],
        uncovered: list[str],
        *,
        is_interrupted: bool = False,
    ) -> Record:
        record = Record(
            op="entry",
            id=os.urandom(5).hex(),
            session=run.session,
            cause=run.cause,
            label=label,
            at=time.time(),
            changes=tuple(changes),
            uncovered=tuple(uncovered),
            interrupted=is_interrupted,
        )
        with self._log.locked():
            self._heal()
            self._log.append(record)
        return record
