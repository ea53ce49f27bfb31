"""Puts protected names back after a command, where nothing could be mounted over them.

What a command made of them is not deleted, because it may be a person who changed them meanwhile: it is moved
to a folder outside of the repository, and said."""

import os
import stat
import time
from collections.abc import Iterable
from pathlib import Path

from mycoder.config.private import make_private

_MOST_BYTES = 4 << 20
_MOST_ENTRIES = 2000

Picture = tuple[object, ...]


class Guard:
    """A picture of `paths` before a command. `refused` is where changed ones are moved to."""

    def __init__(self, paths: Iterable[str], refused: Path) -> None:
        self._refused = refused
        self._budget = [_MOST_ENTRIES, _MOST_BYTES]
        self._before = {path: self._picture(path) for path in paths}
        folders = {os.path.dirname(path) for path in self._before}
        self._parents = {folder: os.path.realpath(folder) for folder in folders}

    def settle(self) -> list[str]:
        """Puts back what is not as it was; one sentence for each."""
        self._budget = [_MOST_ENTRIES, _MOST_BYTES]
        return [
            self._restore(path, before)
            for path, before in self._before.items()
            if self._picture(path) != before
        ]

    def _picture(self, path: str) -> Picture:
        """Kind and content; of what is too large or unreadable only what tells a change."""
        try:
            info = os.lstat(path)
        except OSError:
            return ("absent",)
        self._budget[0] -= 1
        try:
            if stat.S_ISLNK(info.st_mode):
                return ("link", os.readlink(path))
            if stat.S_ISDIR(info.st_mode) and self._budget[0] > 0:
                names = sorted(os.listdir(path))
                return (
                    "folder",
                    info.st_mode,
                    tuple((name, self._picture(f"{path}/{name}")) for name in names),
                )
            if stat.S_ISREG(info.st_mode) and info.st_size <= self._budget[1]:
                self._budget[1] -= info.st_size
                return ("file", info.st_mode, Path(path).read_bytes())
        except OSError:
            pass
        return ("other", info.st_mode, info.st_size, info.st_ino, info.st_mtime_ns)

    def _restore(self, path: str, before: Picture) -> str:
        if os.path.realpath(folder := os.path.dirname(path)) != self._parents[folder]:
            # writing there would be writing wherever the command wants us to
            return f"{path} is protected, and the command put a link where its folder was. Look at it."
        kept = self._put_aside(path)
        where = f"; its version is in {kept}" if kept else ""
        try:
            if before != ("absent",) and not os.path.lexists(folder):
                os.mkdir(folder)  # `rm -rf .git` took it along; where more than that is gone, it stays away
            _make(path, before)
        except (OSError, _Unknown) as fault:
            return (
                f"{path} is protected, the command changed it, and it could not be put back: {fault}{where}."
            )
        return f"{path} is protected: what the command did to it was undone{where}."

    def _put_aside(self, path: str) -> str:
        if not os.path.lexists(path):
            return ""
        import shutil  # late: only when something was changed

        make_private(self._refused)
        kept = self._refused / f"{time.time_ns()}-{os.path.basename(path)}"
        shutil.move(path, kept)
        return str(kept)


class _Unknown(Exception):
    """It was too large to remember."""


def _make(path: str, picture: Picture) -> None:
    match picture:
        case ("absent",):
            return
        case ("link", str(target)):
            os.symlink(target, path)
        case ("file", int(mode), bytes(content)):
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(fd, "wb") as file:
                file.write(content)
            os.chmod(path, stat.S_IMODE(mode))
        case ("folder", int(mode), tuple(entries)):
            os.mkdir(path, 0o700)
            for name, inner in entries:
                _make(f"{path}/{name}", inner)
            os.chmod(path, stat.S_IMODE(mode))
        case _:
            raise _Unknown("it was too large to keep a copy")
