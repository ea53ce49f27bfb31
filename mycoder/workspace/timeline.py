"""Which entries of the journal are in force, and which have been taken back and could be done again."""

from collections.abc import Set

from mycoder.workspace.journal_log import Log, Record


class Timeline:
    """The journal replayed. `update` takes in what was appended since, by this process or another."""

    def __init__(self, log: Log, inherited: Set[str] = frozenset()) -> None:
        """`inherited` are entries of other sessions that count as those of whoever asks."""
        self._log = log
        self._inherited = inherited
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._read = 0
        self._begun: Record | None = None
        self._records: dict[str, Record] = {}
        self._in_force: list[str] = []
        self._undone: list[str] = []

    def update(self) -> None:
        if self._log.size() < self._read:
            self._begin_anew()  # the journal was deleted
        records, self._read = self._log.records(self._read)
        for record in records:
            self._take(record)

    def in_force(self, session: str | None) -> list[Record]:
        """Entries that have not been taken back, oldest first; of all sessions when `session` is None."""
        return self._of(self._in_force, session)

    def undone(self, session: str | None) -> list[Record]:
        """Entries that could be done again, the one taken back last at the end."""
        return self._of(self._undone, session)

    def get(self, entry: str) -> Record | None:
        return self._records.get(entry)

    def _of(self, ids: list[str], session: str | None) -> list[Record]:
        records = [self._records[i] for i in ids]
        if session is None:
            return records
        return [r for r in records if r.session == session or r.id in self._inherited]

    def _take(self, record: Record) -> None:
        match record.op:
            case "begin":
                self._begun = record
            case "end" if self._begun is not None and self._begun.id == record.id:
                self._happened(self._begun)
            case "entry":
                self._happened(record)

    def _happened(self, record: Record) -> None:
        self._begun = None
        if record.cause == "undo":
            self._undone += [i for i in record.of if i in self._in_force]
            self._in_force = [i for i in self._in_force if i not in record.of]
            return
        if record.cause == "redo":
            self._in_force += [i for i in record.of if i in self._undone]
            self._undone = [i for i in self._undone if i not in record.of]
            return
        self._records[record.id] = record
        self._in_force.append(record.id)
        # whoever goes another way after an undo cannot go the old one too
        self._undone = [i for i in self._undone if self._records[i].session != record.session]
