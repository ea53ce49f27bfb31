"""The shape of a project in a few lines: a folder a line, with how many files are below and what is in it."""

import os
from collections.abc import Iterable, Iterator

from mycoder.workspace.names import printable

MOST_LINES = 10
MOST_NAMES = 9
"""Entries that are named of one folder."""

_WIDEST = 36

_UNTOLD = frozenset(
    (".git", "node_modules", "__pycache__", ".venv", "venv", ".tox", ".nox", ".mypy_cache", ".pytest_cache")
)

# Names that say most about a folder come first where not all can be named.
_TELLING = (
    "readme",
    "agents",
    "main",
    "__main__",
    "app",
    "cli",
    "index",
    "core",
    "lib",
    "mod",
    "models",
    "api",
)


class Folder:
    """One folder: its files, its folders, and how many files are in it and below."""

    __slots__ = ("count", "files", "folders")

    def __init__(self) -> None:
        self.count = 0
        self.files: list[str] = []
        self.folders: dict[str, Folder] = {}


def grown(paths: Iterable[str]) -> Folder:
    """The tree of the files at `paths`, which are relative; one that ends with a slash is a folder of unknown
    content."""
    root = Folder()
    known: dict[str, list[Folder]] = {"": [root]}
    for path in paths:
        where, _, name = path.rpartition("/")
        line = known.get(where)
        if line is None:
            line = known[where] = [root]
            for part in where.split("/"):
                line.append(line[-1].folders.setdefault(part, Folder()))
        if name:
            line[-1].files.append(name)
            for folder in line:
                folder.count += 1
    return root


def scanned(root: str, *, most: int = 2000) -> list[str]:
    """What is in a folder that git knows nothing of, two levels deep; folders end with a slash. At most
    `most` entries are looked at."""
    found: list[str] = []
    looked = 0
    folders = [""]
    for folder in folders:
        try:
            with os.scandir(os.path.join(root, folder)) as entries:
                for entry in entries:
                    looked += 1
                    if looked > most:
                        return sorted(found)
                    if not entry.is_dir(follow_symlinks=False):
                        found.append(folder + entry.name)
                    elif entry.name not in _UNTOLD:
                        found.append(f"{folder}{entry.name}/")
                        if not folder:
                            folders.append(entry.name + "/")
        except OSError:
            continue
    return sorted(found)


def lines(root: Folder, *, is_counted: bool = True, most: int = MOST_LINES) -> list[str]:
    """The files of the root, then a line a folder: those of the root, and the largest below as long as
    there is room.

    ``src/ (120): core/ (40) app.py cli.py … 12 more``. `is_counted` says that the numbers of files are known.
    """
    out = [_joined(sorted(root.files, key=_interest), 2 * MOST_NAMES)] if root.files else []
    waiting = list(_below("", root))
    chosen: list[tuple[str, Folder]] = []
    while waiting and len(chosen) < most:
        waiting.sort(key=_worth)
        path, folder = waiting.pop(0)
        chosen.append((path, folder))
        waiting += [item for item in _below(path, folder) if item[1].count > 2]
    for path, folder in sorted(chosen, key=lambda item: item[0]):
        inside = _inside(folder, is_counted)
        size = f" ({folder.count:,})" if is_counted else ""
        out.append(printable(path) + size + (f": {inside}" if inside else ""))
    rest = sorted(path for path, _ in waiting if path.count("/") == 1)
    return [*out, "also " + _joined(rest, 2 * MOST_NAMES)] if rest else out


def _below(prefix: str, folder: Folder) -> Iterator[tuple[str, Folder]]:
    """The folders in a folder; one that holds nothing but another folder is passed through."""
    for name, inner in folder.folders.items():
        path = f"{prefix}{name}/"
        while not inner.files and len(inner.folders) == 1:
            ((name, inner),) = inner.folders.items()
            path += f"{name}/"
        yield path, inner


def _worth(item: tuple[str, Folder]) -> tuple[bool, bool, int, str]:
    path, folder = item
    name = path.rstrip("/").rpartition("/")[2]
    return path.count("/") > 1, name.startswith((".", "__")), -folder.count, path


def _inside(folder: Folder, is_counted: bool) -> str:
    inner = sorted(_below("", folder), key=_worth)
    folders = [f"{path} ({one.count:,})" if is_counted else path for path, one in inner]
    files = sorted(folder.files, key=_interest)
    # Folders tell more than files, but a folder of both is described by both.
    room = max(MOST_NAMES - len(files), MOST_NAMES // 2)
    names = folders[:room] + files[: MOST_NAMES - min(len(folders), room)]
    return _joined(names, MOST_NAMES, len(folders) + len(files))


def _joined(names: list[str], most: int, total: int = 0) -> str:
    shown = [
        name if len(name) <= _WIDEST else name[: _WIDEST - 1] + "…" for name in map(printable, names[:most])
    ]
    more = max(total, len(names)) - len(shown)
    return " ".join(shown) + (f" … {more:,} more" if more > 0 else "")


def _interest(name: str) -> tuple[int, str]:
    stem = name.lower().partition(".")[0]
    return (_TELLING.index(stem) if stem in _TELLING else len(_TELLING)), name
