"""How much of the past is kept: entries that are old go, and with them the contents that nothing else needs."""

import fcntl
import os
import time
from collections.abc import Sequence

from mycoder.config.private import make_private
from mycoder.workspace.blobs import Blobs
from mycoder.workspace.journal_log import Log, Record
from mycoder.workspace.pathstate import PathState
from mycoder.workspace.snapshot import Snapshot

DAY, HOUR = 86_400.0, 3_600.0
_WORTH = 0.1
"""Share of the stored bytes that has to become free before anything is written anew."""


class Users:
    """Who uses the state folder: a lock shared by all processes, which one alone may take whole."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._noted = f"{path}.pruned"
        self._descriptor = -1

    def join(self) -> None:
        """Raises OSError."""
        if self._descriptor < 0:
            make_private(os.path.dirname(self._path))
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def is_alone(self) -> bool:
        """Takes the lock whole when nobody else is here; `share` gives it back."""
        self.join()
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.share()
            return False
        return True

    def share(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def leave(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def is_due(self, seconds: float) -> bool:
        """Whether `note` was last called longer ago than that; the first time only notes."""
        try:
            return time.time() - os.stat(self._noted).st_mtime > seconds
        except FileNotFoundError:
            self.note()
            return False

    def note(self) -> None:
        """Raises OSError."""
        os.close(os.open(self._noted, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
        os.utime(self._noted)


def forget(log: Log, blobs: Blobs, snapshot: Snapshot, *, days: float, most: int) -> int:
    """Drops entries older than `days`, and more of the oldest until the contents of the rest fit into `most` bytes.
    What the tree held at the last look always stays. Returns the bytes that became free. Needs the lock, and nobody
    else in the folder.
    """
    records, _ = log.records()
    sizes = blobs.sizes()
    tree = {item[1].hash for item in snapshot.items.values() if item[1].kind == "f"} & sizes.keys()
    kept = _kept(records, tree, sizes, time.time() - days * DAY, most)
    hashes = tree.union(*(_hashes(record) for record in kept))
    free = sum(sizes.values()) - sum(sizes.get(key, 0) for key in hashes)
    if free < _WORTH * sum(sizes.values()):
        return 0
    if len(kept) < len(records):
        log.replace(kept)
    return blobs.keep_only(hashes)


def _kept(
    records: Sequence[Record], tree: set[str], sizes: dict[str, int], oldest: float, most: int
) -> list[Record]:
    """From the newest back, as long as they are young and what they need fits. A record without a time (`end`,
    `drop`) stays with what it closes."""
    needed = set(tree)
    size = sum(sizes[key] for key in needed)
    kept: list[Record] = []
    closed: list[Record] = []
    for record in reversed(records):
        if not record.at:
            closed.append(record)
            continue
        more = _hashes(record) - needed
        size += sum(sizes.get(key, 0) for key in more)
        if record.at < oldest or size > most:
            break
        needed |= more
        kept += [*closed, record]
        closed = []
    return kept[::-1]


def _hashes(record: Record) -> set[str]:
    states: list[PathState] = [s for change in record.changes for s in (change.before, change.after)]
    return {state.hash for state in states if state.kind == "f" and state.hash}
