"""A command that may change anything in the project."""

from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mycoder.workspace.entries import JournalEntry
    from mycoder.workspace.journal import Journal
    from mycoder.workspace.running import Run


class Around:
    """The context manager of `Journal.around`.

    Entering looks at the tree and stores what is new, so that everything the command can overwrite is kept;
    leaving looks again and journals the difference. What differs on entering is a person's work and nobody's
    entry. While several are entered, a change goes to the one whose leaving finds it, else to the one entered
    last; changes made through `Journal.change` in the meantime stay apart. Both raise JournalError when the journal
    cannot be kept.
    """

    def __init__(self, journal: "Journal", cause: str, label: str) -> None:
        self._journal = journal
        self._cause = cause
        self._label = label
        self._run: Run | None = None
        self.noticed: tuple[str, ...] = ()
        """On entering: paths that somebody has changed since the last look."""
        self.entries: tuple[JournalEntry, ...] = ()
        """After leaving: what the command has changed; empty when nothing."""

    def __enter__(self) -> "Around":
        self._run, self.noticed = self._journal.enter(self._cause, self._label)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        run, self._run = self._run, None
        if run is not None:
            self.entries = self._journal.leave(run)
