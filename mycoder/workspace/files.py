"""Files of the project: paths that stay inside of its root, reading with what is needed to write back the
same form, writing that is never seen half done, and what was read of them in this session.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path

import msgspec

from mycoder.blake2 import blake2b
from mycoder.workspace import beneath
from mycoder.workspace.atomic import TEMPORARY, read_all
from mycoder.workspace.names import printable
from mycoder.workspace.text import FileText, NotText, decode

MOST_TEXT = 16 * 2**20
"""Bytes of a file that is taken into memory as text."""


class PathRefused(Exception):
    """The path leads out of the root, or to what is not a regular file or folder. The message says what to
    do.
    """


class FileMissing(Exception):
    """There is no such file. `similar` holds paths that may be meant."""

    def __init__(self, path: str, similar: tuple[str, ...] = ()) -> None:
        hint = f" Did you mean {' or '.join(similar)}?" if similar else ""
        super().__init__(f"{printable(path)} does not exist.{hint}")
        self.similar = similar


def content_hash(data: bytes) -> str:
    """BLAKE2b with 16 bytes, as 32 hex digits."""
    return blake2b(data, digest_size=16).hexdigest()


class Files:
    """The files below `root`."""

    def __init__(self, root: Path) -> None:
        self.given = os.path.abspath(root)
        self.real = os.path.realpath(root)
        self.root = Path(self.real)
        self._seen: dict[str, str] = {}

    # -- paths -----------------------------------------------------------------------------------------------

    def resolve(self, path: str | Path, *, write: bool = False, follow_out: bool = False) -> Path:
        """The real path of a file or folder in the root, which need not exist; symlinks are followed.

        `write` also refuses what belongs to git. `follow_out` lets a symlink inside of the root lead out of
        it, for reading. Raises PathRefused.
        """
        full = self._full(path)
        real = os.path.realpath(full)
        if not self._holds(real) and not (follow_out and not write and self._holds(os.path.normpath(full))):
            self._refuse_outside(path, full, real)
        self._refuse_special(path, real)
        if write:
            self._refuse_git(path, real)
        return Path(real)

    def locate(self, path: str | Path) -> Path:
        """As `resolve` for writing, but a symlink at the end of the path is meant itself: for deleting and
        moving.
        """
        full = self._full(path)
        parent, name = os.path.split(os.path.normpath(full) if full.endswith("/") else full)
        if name in ("", ".", ".."):
            return self.resolve(path, write=True)
        real = os.path.join(os.path.realpath(parent), name)
        if not self._holds(real):
            self._refuse_outside(path, full, real)
        if not os.path.islink(real):
            self._refuse_special(path, real)
        self._refuse_git(path, real)
        return Path(real)

    def relative(self, path: str | Path) -> str:
        """`path`, as `resolve` gives it, relative to the root; unchanged when it is not inside."""
        text = os.fspath(path)
        return text[len(self.real.rstrip("/")) + 1 :] or "." if self._holds(text) else text

    def is_inside(self, path: str | Path) -> bool:
        return self._holds(os.path.realpath(os.path.join(self.real, path)))

    def _full(self, path: str | Path) -> str:
        text = os.fspath(path)
        if not text or "\0" in text:
            raise PathRefused(
                "a path is needed, relative to the root of the project" if not text else "NUL in the path"
            )
        if text.startswith("~"):
            raise PathRefused(
                f"{printable(text)}: write the path relative to the root of the project, without ~"
            )
        if text == self.given or text.startswith(self.given.rstrip("/") + "/"):
            text = self.real + text[len(self.given) :]
        return os.path.join(self.real, text)

    def _holds(self, real: str) -> bool:
        return real == self.real or real.startswith(self.real.rstrip("/") + "/")

    def _refuse_outside(self, path: str | Path, full: str, real: str) -> None:
        name = printable(os.fspath(path))
        if self._holds(os.path.normpath(full)):
            raise PathRefused(f"{name} is a symlink that leads out of the project, to {printable(real)}")
        raise PathRefused(
            f"{name} is outside of the project: paths are relative to its root, {printable(self.real)}"
        )

    def _refuse_special(self, path: str | Path, real: str) -> None:
        try:
            mode = os.lstat(real).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise PathRefused(f"{printable(os.fspath(path))}: {error.strerror}") from None
        if stat.S_ISLNK(mode):
            raise PathRefused(f"{printable(os.fspath(path))} is a symlink that leads back to itself")
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise PathRefused(
                f"{printable(os.fspath(path))} is not a regular file (a pipe, socket or device)"
            )

    def _refuse_git(self, path: str | Path, real: str) -> None:
        # folded: on a file system that ignores case, .GIT is the same folder
        if any(part.casefold() == ".git" for part in self.relative(real).split("/")):
            raise PathRefused(
                f"{printable(os.fspath(path))} belongs to git: change it with git commands in the shell"
            )

    # -- reading ---------------------------------------------------------------------------------------------

    def read(self, path: str | Path, *, follow_out: bool = False) -> FileText:
        """The file as text. Raises PathRefused, FileMissing, NotText (binary, a folder, or over MOST_TEXT),
        OSError.
        """
        real = self.resolve(path, follow_out=follow_out)
        data, status = self.read_bytes(real)
        if len(data) > MOST_TEXT:
            raise NotText(f"is over {MOST_TEXT // 2**20} MB")
        return msgspec.structs.replace(
            decode(data, self.relative(real)),
            hash=content_hash(data),
            mode=stat.S_IMODE(status.st_mode),
            links=status.st_nlink,
        )

    def read_bytes(self, real: Path, most: int = MOST_TEXT + 1) -> tuple[bytes, os.stat_result]:
        """(up to `most` bytes, status) of the file at `real`, which `resolve` gave. Raises FileMissing,
        NotText.
        """
        # without O_NONBLOCK, a pipe put in the file's place since it was looked at would hang us
        try:
            descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            raise FileMissing(self.relative(real), self.similar(real)) from None
        try:
            status = os.fstat(descriptor)
            if stat.S_ISDIR(status.st_mode):
                raise NotText("is a folder")
            if not stat.S_ISREG(status.st_mode):
                raise PathRefused(f"{printable(self.relative(real))} is not a regular file")
            if not beneath.leads_to(descriptor, os.fspath(real)):
                raise PathRefused(
                    f"{printable(self.relative(real))} became a symlink, or lies behind one, while it was read"
                )
            return read_all(descriptor, min(most, status.st_size + 4096)), status
        finally:
            os.close(descriptor)

    def similar(self, real: str | Path, most: int = 3) -> tuple[str, ...]:
        """Paths that may be meant by one that does not exist: the same name in other case or nearly the same
        name in its folder, then the same name elsewhere."""
        folder, name = os.path.split(os.fspath(real))
        try:
            names = os.listdir(folder)
        except OSError:
            names = []
        found = [n for n in names if n.casefold() == name.casefold()]
        if not found and len(names) < 5000:
            from difflib import get_close_matches  # late: 5 ms, and only for a wrong path

            found = get_close_matches(name, names, most, 0.75)
        paths = [self.relative(os.path.join(folder, n)) for n in found]
        paths += [p for p in self._elsewhere(name) if p not in paths]
        return tuple(printable(p) for p in paths[:most])

    def _elsewhere(self, name: str, most_folders: int = 1000) -> list[str]:
        found: list[str] = []
        for folder, folders, names in os.walk(self.real):
            folders[:] = sorted(
                f for f in folders if not f.startswith(".") and f not in ("node_modules", "venv")
            )
            if name in names:
                found.append(self.relative(os.path.join(folder, name)))
            most_folders -= 1
            if most_folders == 0 or len(found) > 3:
                break
        return found

    def twin(self, real: str | Path) -> str:
        """Path of a file beside a new one whose name differs only in case; empty when there is none.

        The two would be one file on a file system that ignores case.
        """
        folder, name = os.path.split(os.fspath(real))
        try:
            names = os.listdir(folder)
        except OSError:
            return ""
        twins = [n for n in names if n.casefold() == name.casefold()]
        if not twins or name in twins:
            return ""
        return self.relative(os.path.join(folder, twins[0]))

    # -- writing ---------------------------------------------------------------------------------------------

    def write(self, path: str | Path, data: bytes, *, mode: int | None = None, durable: bool = False) -> Path:
        """Replaces or makes the file whole, with its folders: nobody ever sees a part of it.

        The mode, owner and extended attributes of a file that is there are kept. A symlink inside of the root
        is written through. Other names of the file (hard links) keep the old content. `durable` waits until
        the disk has it. Not journalled: a change that can be undone goes through `Journal.change`. Raises
        PathRefused, OSError.
        """
        real = self.resolve(path, write=True)
        if real.is_dir():
            raise PathRefused(f"{printable(os.fspath(path))} is a folder")
        path = self.relative(real)
        folder = os.path.dirname(path)
        if folder:
            beneath.make_folders(self.real, folder)
        name = f"{TEMPORARY}{os.urandom(6).hex()}"
        temporary = f"{folder}/{name}" if folder else name
        try:
            beneath.write_new(self.real, temporary, path, data, mode, durable=durable)
            beneath.rename(self.real, temporary, path)
        except BaseException:
            with suppress(OSError):
                beneath.remove(self.real, temporary)
            raise
        if durable:
            beneath.sync(self.real, path)
        return real

    # -- what was read ---------------------------------------------------------------------------------------

    def note_seen(self, path: str, content: str) -> None:
        """Keeps that the model has seen `path` (relative to the root) when it had the hash `content`."""
        self._seen[path] = content

    def seen(self, path: str) -> str:
        """Hash of the content of `path` that the model last saw in this session; empty when it never did."""
        return self._seen.get(path, "")

    def forget_seen(self, path: str) -> None:
        self._seen.pop(path, None)
