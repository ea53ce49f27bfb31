"""The person's project: its files and the journal of what was done to them."""

import os
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mycoder.workspace.files import Files

if TYPE_CHECKING:
    from mycoder.workspace.entries import JournalEntry
    from mycoder.workspace.journal import Journal


class Workspace:
    """The project at `root`. `state` is the folder for journal and contents, outside of what git tracks.

    Making one touches no file; `state` is made when the first change is journalled.
    """

    def __init__(self, root: Path, state: Path, session: str = "", *, durable: bool = False) -> None:
        self.files = Files(root)
        self.root = self.files.root
        self.state = state
        self.session = session
        self._durable = durable
        self._doubted: set[str] = set()

    @cached_property
    def journal(self) -> "Journal":
        """What was done to the project. Loaded at the first change or question: an answer in words needs none."""
        from mycoder.workspace.journal import Journal  # late: see above

        return Journal(self.files, os.path.abspath(self.state), self.session, durable=self._durable)

    def forget_old(self, *, days: float, most: int) -> None:
        """Keeps the journal within its bounds, at most once a day. A failure costs disk space and nothing else."""
        if not os.path.exists(os.path.join(self.state, "journal.jsonl")):
            return
        from mycoder.workspace.journal_log import JournalError  # late: as above

        with suppress(JournalError, OSError):
            self.journal.prune_if_due(days=days, most=most)

    def drain(self) -> "list[JournalEntry]":
        """What the journal took down since this was last asked."""
        return self.journal.drain() if "journal" in self.__dict__ else []

    def is_repeated(self, call: str) -> bool:
        """False the first time that a call with this fingerprint is refused, True when it comes again: then
        it is meant, and what was only a warning must not stand in its way."""
        if call in self._doubted:
            return True
        self._doubted.add(call)
        return False

    def close(self) -> None:
        if "journal" in self.__dict__:
            self.journal.close()
