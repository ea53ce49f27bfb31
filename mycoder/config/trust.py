"""Which folders a person trusts, and what trusting one would load.

Trust belongs to the real path of a folder and to the content of everything in it that would become settings
or be run: when such a file appears or changes, we ask again. Before that nothing of it is used.
Reading and hashing is all that happens here.
"""

import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from mycoder.blake2 import blake2b
from mycoder.config.errors import ConfigError
from mycoder.config.loadable import LOADED, PYPROJECT
from mycoder.config.locked_file import LockedFile
from mycoder.config.toml_files import parse, read_text

OUR_TABLE = "pyproject.toml [tool.mycoder]"

MOST_FILES = 2_000
MOST_BYTES = 16_000_000

Standing = Literal["trusted", "changed", "new", "nothing"]


class Item(msgspec.Struct, frozen=True):
    """One file that would be loaded: path relative to the folder, what it is, digest of its content."""

    path: str
    kind: str
    digest: str


class Trust(msgspec.Struct, frozen=True):
    """How a folder stands: `items` is what it would load, `changed` the paths that are not as trusted."""

    folder: str
    standing: Standing
    items: tuple[Item, ...] = ()
    changed: tuple[str, ...] = ()
    before: dict[str, str] = {}
    """Digests by path of what was trusted."""

    @property
    def is_trusted(self) -> bool:
        return self.standing == "trusted"


class Entry(msgspec.Struct, frozen=True):
    """What was trusted: Unix time, and digests by path."""

    at: float
    items: dict[str, str]


class _File(msgspec.Struct):
    version: int = 1
    folders: dict[str, Entry] = {}


def discover(root: Path) -> tuple[Item, ...]:
    """Everything in `root` that would be loaded, in a fixed order. Raises ConfigError when it is too much."""
    items: list[Item] = []
    budget = MOST_BYTES
    for name, kind in LOADED:
        for path in _files(root, name):
            if len(items) >= MOST_FILES:
                raise ConfigError(f"holds more than {MOST_FILES:,} files that would be loaded", str(root))
            digest, size = _digest(root, path)
            budget -= size
            if budget < 0:
                raise ConfigError(f"holds more than {MOST_BYTES:,} bytes that would be loaded", str(root))
            items.append(Item(_words(path), kind, digest))
    items.extend(_pyproject(root))
    return tuple(items)


def _words(path: str) -> str:
    """A path as UTF-8 can hold it, also one that is not UTF-8."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _key(root: Path) -> str:
    return _words(os.path.realpath(root))


def _files(root: Path, name: str) -> Iterator[str]:
    """`name` itself, or all files below it when it is a folder; links to folders are not followed."""
    top = root / name
    if not os.path.lexists(top):
        return
    if not top.is_dir() or top.is_symlink():
        yield name
        return
    for folder, folders, files in os.walk(top):
        folders.sort()
        links = [entry for entry in folders if os.path.islink(os.path.join(folder, entry))]
        for file in sorted([*files, *links]):
            yield os.path.relpath(os.path.join(folder, file), root)


def _digest(root: Path, name: str) -> tuple[str, int]:
    """Digest and size of the content; where a link leads and what cannot be read are part of it."""
    path, digest = root / name, blake2b(digest_size=16)
    status = os.lstat(path)
    if stat.S_ISLNK(status.st_mode):
        digest.update(b"link\0" + os.fsencode(os.readlink(path)) + b"\0")
    size = 0
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                while chunk := file.read(1 << 16):
                    size += len(chunk)
                    if size > MOST_BYTES:
                        break
                    digest.update(chunk)
    except OSError as error:
        digest.update(f"unreadable {error.errno}".encode())
    digest.update(b"x" if status.st_mode & 0o111 else b"-")
    return digest.hexdigest(), size


def digest_of(root: Path, name: str) -> str:
    """The digest of the file `name` of `root` as it is now. Raises OSError."""
    return _digest(root, name)[0]


def _pyproject(root: Path) -> Iterator[Item]:
    """Only our own table counts, so that a new dependency does not raise the question again."""
    file = root / PYPROJECT
    try:
        text = read_text(file) or ""
        if "mycoder" not in text:
            return
        tool = parse(text, file).get("tool")
    except ConfigError:
        digest, _ = _digest(root, PYPROJECT)
        yield Item(OUR_TABLE, "settings", digest)
        return
    table = tool.get("mycoder") if isinstance(tool, dict) else None
    if table is not None:
        canonical = msgspec.json.encode(table, order="sorted")
        yield Item(OUR_TABLE, "settings", blake2b(canonical, digest_size=16).hexdigest())


class TrustStore:
    """The list of trusted folders in one JSON file, for this person only. A file that cannot be understood trusts
    nothing."""

    def __init__(self, file: Path) -> None:
        self._file = LockedFile(file, _File)

    def look(self, root: Path) -> Trust:
        """How `root` stands now. Raises ConfigError as `discover`."""
        folder, items = _key(root), discover(root)
        entry = self._file.read().folders.get(folder)
        if entry is None:
            return Trust(folder, "new" if items else "nothing", items)
        changed = tuple(item.path for item in items if entry.items.get(item.path) != item.digest)
        return Trust(folder, "changed" if changed else "trusted", items, changed, entry.items)

    def trust(self, root: Path, items: tuple[Item, ...]) -> None:
        """Trusts `root` with `items`, which is what the person was shown. Raises ConfigError."""
        entry = Entry(round(time.time(), 3), {item.path: item.digest for item in items})
        self._change(lambda folders: folders.update({_key(root): entry}))

    def remove(self, root: Path) -> bool:
        """Takes trust back; False when there was none."""
        folder, had = _key(root), False

        def drop(folders: dict[str, Entry]) -> None:
            nonlocal had
            had = folders.pop(folder, None) is not None

        self._change(drop)
        return had

    def entries(self) -> dict[str, Entry]:
        return self._file.read().folders

    def _change(self, change: Callable[[dict[str, Entry]], object]) -> None:
        try:
            self._file.change(lambda content: change(content.folders))
        except OSError as error:
            raise ConfigError(f"cannot be written: {error.strerror}", str(self._file.path)) from error
