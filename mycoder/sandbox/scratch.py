"""The private temporary folder of a session."""

import contextlib
import os
import stat
from pathlib import Path

_PREFIX = "mycoder-"

KEPT = ".kept"
"""Ending of the folder beside it that commands do not see."""


def make_scratch(parent: str) -> Path:
    """A new folder that only we can enter, under a name nobody can guess. Raises OSError."""
    while True:
        path = Path(os.path.realpath(parent), f"{_PREFIX}{os.getpid()}-{os.urandom(8).hex()}")
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o700)
            return path


def remove_scratch(path: Path) -> None:
    """Removes it with whatever commands left in it, also folders without permissions, and never follows a
    link.

    Takes those of killed sessions along: same parent, same owner, and no process of that number any more.
    """
    for stale in (path, path.with_name(path.name + KEPT), *_stale(path.parent)):
        _remove(stale)


def _stale(parent: Path) -> list[Path]:
    found = []
    with contextlib.suppress(OSError):
        for entry in os.scandir(parent):
            number = entry.name.removeprefix(_PREFIX).partition("-")[0]
            if not entry.name.startswith(_PREFIX) or not number.isdecimal():
                continue
            info = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(info.st_mode) and info.st_uid == os.geteuid() and not _is_there(int(number)):
                found.append(Path(entry.path))
    return found


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _remove(path: Path) -> None:
    import shutil  # late: only at the end of a session

    shutil.rmtree(path, ignore_errors=True)
    if not path.is_dir():
        return
    for folder, names, _ in os.walk(path):
        for name in (folder, *(os.path.join(folder, name) for name in names)):
            if not os.path.islink(name):
                with contextlib.suppress(OSError):
                    os.chmod(name, 0o700)
    shutil.rmtree(path, ignore_errors=True)
