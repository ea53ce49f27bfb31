"""Changes of files that are put together first and then take place at once: all of them, or none."""

import os
import stat
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from mycoder.workspace.commit import Wanted, current_umask
from mycoder.workspace.files import FileMissing, Files, PathRefused, content_hash
from mycoder.workspace.names import printable
from mycoder.workspace.pathstate import ABSENT, PathState, look, state_without_content

if TYPE_CHECKING:
    from mycoder.workspace.entries import JournalEntry
    from mycoder.workspace.journal import Journal


LARGEST = 256 << 20
"""Bytes of a file that can be changed: what it held is read into memory and kept."""


class Pending:
    """The context manager of `Journal.change`.

    Nothing is touched inside of the ``with`` block; at its end everything takes place as one entry, or, when
    an error left the block, nothing does. `entry` is None when nothing differed from what is there.
    """

    def __init__(self, journal: "Journal", files: Files, cause: str, label: str) -> None:
        self._journal = journal
        self._files = files
        self._cause = cause
        self._label = label
        self._wanted: dict[str, Wanted] = {}
        self.entry: JournalEntry | None = None

    def write(
        self, path: str | Path, data: bytes, *, mode: int | None = None, expect: str | None = None
    ) -> None:
        """The file shall hold `data`. A symlink inside of the root is written through; folders are made.

        `mode`: permission bits, else those it has, or what the umask leaves of 0666. `expect` is the hash of
        the content that has to be there when it takes place, empty for none. Raises PathRefused.
        """
        full = os.fspath(self._files.resolve(path, write=True))
        now = self._kind_and_mode(full)
        if now.kind == "d":
            raise PathRefused(f"{printable(os.fspath(path))} is a folder")
        self._refuse_huge(full)
        if mode is None:
            mode = now.mode if now.kind == "f" else 0o666 & ~current_umask()
        self._want(full, PathState("f", mode, content_hash(data)), data, expect)

    def delete(self, path: str | Path, *, expect: str | None = None) -> None:
        """The file shall be gone; of a symlink the link itself. Raises PathRefused, FileMissing."""
        full = os.fspath(self._files.locate(path))
        self._movable(full)
        self._want(full, ABSENT, None, expect)

    def move(self, path: str | Path, to: str | Path) -> None:
        """The file shall have another path, with content and mode; of a symlink the link. Raises PathRefused
        (also when something is at `to`), FileMissing."""
        source, target = os.fspath(self._files.locate(path)), os.fspath(self._files.locate(to))
        state, data = self._movable(source)
        if self._current(target)[0].kind:
            raise PathRefused(f"{printable(os.fspath(to))} exists already")
        self._want(target, state, data if state.kind == "f" else None, "")
        self._want(source, ABSENT, None, state.hash)

    def chmod(self, path: str | Path, mode: int) -> None:
        """The file or folder shall have the permission bits `mode`. Raises PathRefused, FileMissing."""
        full = os.fspath(self._files.resolve(path, write=True))
        state, data = self._current(full)
        if not state.kind:
            raise FileMissing(self._files.relative(full))
        wanted = PathState(state.kind, stat.S_IMODE(mode), state.hash)
        self._want(
            full, wanted, data if state.kind == "f" else None, state.hash if state.kind == "f" else None
        )

    def __enter__(self) -> "Pending":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.entry = self._journal.commit(list(self._wanted.values()), self._cause, self._label)

    def _movable(self, full: str) -> tuple[PathState, bytes]:
        state, data = self._current(full)
        match state.kind:
            case "":
                raise FileMissing(self._files.relative(full), self._files.similar(full))
            case "d":
                raise PathRefused(f"{printable(self._files.relative(full))} is a folder: name its files")
            case "o":
                raise PathRefused(f"{printable(self._files.relative(full))} is not a regular file")
        return state, data

    def _current(self, full: str) -> tuple[PathState, bytes]:
        """What will be at `full` as far as this block goes. Raises PathRefused."""
        wanted = self._wanted.get(self._files.relative(full))
        if wanted is not None:
            return wanted.state, wanted.data or b""
        self._refuse_huge(full)
        return look(full)

    def _refuse_huge(self, full: str) -> None:
        """What is there has to be kept for undo, so it is read whole."""
        with suppress(OSError):
            status = os.lstat(full)
            if stat.S_ISREG(status.st_mode) and status.st_size > LARGEST:
                raise PathRefused(
                    f"{printable(self._files.relative(full))} has {status.st_size >> 20:,} MB, more than undo can keep "
                    f"({LARGEST >> 20} MB): change it by a command"
                )

    def _kind_and_mode(self, full: str) -> PathState:
        """As `_current`, without reading the file."""
        if (wanted := self._wanted.get(self._files.relative(full))) is not None:
            return wanted.state
        try:
            return state_without_content(full, os.lstat(full))
        except (FileNotFoundError, NotADirectoryError):
            return ABSENT

    def _want(self, full: str, state: PathState, data: bytes | None, expect: str | None) -> None:
        path = self._files.relative(full)
        earlier = self._wanted.get(path)
        # what has to be there is there before the first of several changes of one path
        self._wanted[path] = Wanted(path, state, data, earlier.expect if earlier else expect)
