"""What an entry cites of the project, and whether that is still there.

Only paths and names that exist when the entry is made become citations, so a stale entry is one whose subject has
gone. The check is a stat for each path, and for a symbol a look into its file.
"""

import os
import re
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

_PATH = re.compile(
    r"(?<![\w/.:@-])(?:\./)?([\w@+-][\w.@+-]*(?:/[\w.@+-]+)+/?|[\w@+-][\w.@+-]*\.[A-Za-z]\w{0,7})(?!\w|://)"
)
_NAME = re.compile(r"`([A-Za-z_][\w.]{2,80})(?:\(\))?`|\b([A-Za-z_]\w{2,80})\(\)")

MOST_CITES = 6
MOST_BYTES = 512 * 1024
"""Of a file that is searched for a symbol."""


def find(root: Path, text: str) -> tuple[str, ...]:
    """The files of `root` that `text` names, and the symbols it names that are in one of them."""
    paths = [p for p in dict.fromkeys(m[1].rstrip("/.") for m in _PATH.finditer(text)) if exists(root, p)]
    paths = paths[:MOST_CITES]
    found: list[str] = []
    for name in names(text):
        if name in paths:
            continue
        last = name.rpartition(".")[2]
        if home := next((path for path in paths if has_symbol(root, path, last)), ""):
            found.append(f"{home}#{last}")
    with_symbol = {cite.partition("#")[0] for cite in found}
    return tuple([*(path for path in paths if path not in with_symbol), *found][:MOST_CITES])


def names(text: str) -> list[str]:
    """Identifiers that `text` marks as code: in backticks, or with a pair of brackets behind."""
    return list(dict.fromkeys(found[1] or found[2] for found in _NAME.finditer(text)))


def missing(root: Path, cites: Iterable[str]) -> list[str]:
    """Those of `cites` that are gone."""
    gone = []
    for cite in cites:
        path, _, symbol = cite.partition("#")
        if not exists(root, path) or (symbol and not has_symbol(root, path, symbol)):
            gone.append(cite)
    return gone


def exists(root: Path, path: str) -> bool:
    """Whether `path` is a file or folder in `root`; one that leads out of it is not."""
    parts = path.split("/")
    if not path or path.startswith("/") or ".." in parts or "\0" in path or parts[0] == ".git":
        return False
    return os.path.lexists(root / path)


def has_symbol(root: Path, path: str, symbol: str) -> bool:
    """Whether `symbol` stands as a word in the file `path`. A file too large to look into counts as having it."""
    real, top = os.path.realpath(root / path), os.path.realpath(root)
    if not real.startswith(top.rstrip("/") + "/"):
        return False
    try:
        descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return False
        if status.st_size > MOST_BYTES:
            return True
        data = os.read(descriptor, MOST_BYTES)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return re.search(rb"(?<!\w)" + re.escape(symbol.encode()) + rb"(?!\w)", data) is not None


def moved(cite: str, files: Sequence[str]) -> str:
    """Where the one file of the same name is now; empty when there is none or more than one."""
    path, mark, symbol = cite.partition("#")
    name = path.rpartition("/")[2]
    found = [file for file in files if file.rpartition("/")[2] == name]
    return f"{found[0]}{mark}{symbol}" if len(found) == 1 else ""
