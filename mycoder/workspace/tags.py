"""What each source file of a project defines and which words it uses, kept from one look to the next.

A file is read again when its size or time of change is another. The store is a file in the state folder
that can be deleted at any time.
"""

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from time import monotonic

import msgspec

from mycoder.config.private import make_private
from mycoder.workspace.grammars import language_of
from mycoder.workspace.scan import read_text
from mycoder.workspace.symbols import Symbol, symbols

MOST_BYTES = 400_000
"""Larger source files are generated more often than written."""

MOST_FILES = 5000
"""Source files of a map, 0.2 GB while it is drawn; of a larger project map a folder."""

_FORM = 1
"""Of the store; another one is not read."""

_WORD = re.compile(r"[^\W\d]\w{2,}")
_LONG_LINES = 400
"""Characters of an average line that nobody wrote."""


class Tags(msgspec.Struct, frozen=True, array_like=True):
    """One file: nanoseconds of its last change and its size, its definitions, and the words in it, each
    once."""

    changed: int
    size: int
    symbols: tuple[Symbol, ...] = ()
    words: str = ""
    """Joined by spaces."""


class Tagged(msgspec.Struct, frozen=True):
    """`files` by path; `left` counts source files that there was no time for."""

    files: dict[str, Tags]
    left: int = 0


class _Stored(msgspec.Struct, array_like=True):
    form: int
    files: dict[str, Tags]


def collect(
    root: str,
    paths: Iterable[str],
    store: Path | None = None,
    *,
    seconds: float = 10.0,
    progress: Callable[[int, int], None] = lambda done, total: None,
    stop: Callable[[], bool] = lambda: False,
) -> Tagged:
    """Tags of the source files among `paths`, relative to `root`. `progress` gets the numbers of files read
    and to be read, `store` is the file to keep them in, `stop` ends it early. Blocks: about 1 ms a file
    that is new."""
    sources = sorted((path for path in paths if language_of(path)), key=_likeliness)[:MOST_FILES]
    known = _load(store) if store is not None else {}
    found: dict[str, Tags] = {}
    new: list[tuple[str, int, int]] = []
    for path in sources:
        try:
            status = os.lstat(os.path.join(root, path))
        except OSError:
            continue
        old = known.get(path)
        if old is not None and (old.changed, old.size) == (status.st_mtime_ns, status.st_size):
            found[path] = old
        elif status.st_size <= MOST_BYTES:
            new.append((path, status.st_mtime_ns, status.st_size))
    until = monotonic() + seconds
    done = 0
    for path, changed, size in new:
        if monotonic() > until or stop():
            break
        found[path] = _tags(root, path, changed, size)
        done += 1
        if done % 50 == 0:
            progress(done, len(new))
    if store is not None and done:
        _save(store, found)
    return Tagged({path: found[path] for path in sources if path in found}, len(new) - done)


def _likeliness(path: str) -> tuple[bool, int, str]:
    """Where time is short, the project's own code comes first."""
    parts = path.lower().split("/")
    is_other = any(
        part.startswith(("test", "vendor", "third_party", "example", "doc", "bench")) for part in parts
    )
    return is_other, len(parts), path


def _tags(root: str, path: str, changed: int, size: int) -> Tags:
    text = read_text(os.path.join(root, path))
    if not isinstance(text, str) or len(text) > _LONG_LINES * (text.count("\n") + 1):
        return Tags(changed, size)
    defined = symbols(path, text.encode("utf-8", "replace"), seconds=0.5) or []
    kept = tuple(symbol for symbol in defined if symbol.kind in ("function", "type"))
    return Tags(changed, size, kept, " ".join(set(_WORD.findall(text))).encode("utf-8", "replace").decode())


def _load(store: Path) -> dict[str, Tags]:
    try:
        stored = msgspec.msgpack.decode(store.read_bytes(), type=_Stored)
    except (OSError, msgspec.DecodeError):
        return {}
    return stored.files if stored.form == _FORM else {}


def _save(store: Path, files: dict[str, Tags]) -> None:
    """Whole or not at all; a store that cannot be written is done without."""
    temporary = f"{store}.{os.getpid()}.tmp"
    clean = {path: tags for path, tags in files.items() if path.isprintable()}
    try:
        make_private(store.parent)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(msgspec.msgpack.encode(_Stored(_FORM, clean)))
        os.replace(temporary, store)
    except OSError:
        return
