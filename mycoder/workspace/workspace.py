"""The person's project: its files and the journal of what was done to them."""

import os
from pathlib import Path

from mycoder.workspace.files import Files
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
        self.journal = Journal(self.files, os.path.abspath(state), session, durable=durable)
        self._doubted: set[str] = set()

    def is_repeated(self, call: str) -> bool:
        """False the first time that a call with this fingerprint is refused, True when it comes again: then
        it is meant, and what was only a warning must not stand in its way."""
        if call in self._doubted:
            return True
        self._doubted.add(call)
        return False

    def close(self) -> None:
        self.journal.close()
