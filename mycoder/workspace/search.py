"""Finding files by name. The order is always the same, every count is of all there is, and what is shown is
bounded.

Ignored files are left out unless the place to look in is named and is itself ignored. Symlinks are not
followed.
"""

import asyncio
import os
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path

import msgspec

from mycoder.workspace.globs import compile_glob, is_glob
from mycoder.workspace.walk import walk

MOST_FILES = 300_000
"""Files of a tree that are looked at."""


class SearchError(Exception):
    """The question cannot be asked so; the message says what to do."""


class Named(msgspec.Struct, frozen=True):
    """Paths found by name; folders end with a slash. `total` counts all. `is_close` when no name is as
    asked and these are the closest."""

    paths: tuple[str, ...] = ()
    total: int = 0
    is_close: bool = False


def files(root: Path | str, below: str = "", *, stop: Callable[[], bool] = lambda: False) -> list[str]:
    """Paths of the files in the folder `below` of `root`, relative to `root`, sorted, without ignored ones;
    at most MOST_FILES. Blocks: 0.01 s for 2,000 files."""
    return sorted(islice(walk(os.fspath(root), below, stop=stop), MOST_FILES))


def locate(root: Path | str, path: str) -> str:
    """`path`, relative or absolute, as a path relative to `root` with symlinks resolved; empty for `root`
    itself.

    Raises SearchError when it is not there or leads out of `root`.
    """
    top = os.path.realpath(root)
    if "\0" in path:
        raise SearchError("NUL in the path")
    real = os.path.realpath(os.path.join(top, path))
    if real != top and not real.startswith(top.rstrip("/") + "/"):
        raise SearchError(f"{path} is outside of the project; paths are relative to its root")
    if not os.path.exists(real):
        raise SearchError(f"there is no {path} here; use find to look for it")
    return os.path.relpath(real, top) if real != top else ""


async def find(root: Path | str, pattern: str = "", *, below: str = "", limit: int = 100) -> Named:
    """Files and folders in `below` whose name or path is as `pattern`: a glob, or a part of a name in any
    case.

    Where no name holds `pattern`, the closest ones. Without `pattern`, what is directly in the folder
    `below`.
    """
    paths = await asyncio.to_thread(files, root, below)
    if not pattern:
        return _children(paths, below, limit)
    everything = _with_folders(paths, below)
    globbed = _globbed(everything, pattern, below) if is_glob(pattern) else []
    if "*" in pattern:
        return Named(tuple(globbed[:limit]), len(globbed))
    # A name may hold the signs of a glob too: app/[slug]/page.tsx
    ranked = sorted(
        (rank, path) for path in everything if (rank := _rank(path, pattern.lower())) < _NOT_NAMED
    )
    found = list(dict.fromkeys([path for _, path in ranked] + globbed))
    if found:
        return Named(tuple(found[:limit]), len(found))
    return await asyncio.to_thread(_closest, everything, pattern, min(limit, 10))


def _globbed(paths: list[str], glob: str, below: str) -> list[str]:
    try:
        return list(filter(chooser(glob, below), paths))
    except SearchError:
        return []


def _with_folders(paths: Iterable[str], below: str) -> list[str]:
    folders: set[str] = set()
    found = list(paths)
    for path in found:
        folder = path.rpartition("/")[0]
        while folder and folder != below and folder + "/" not in folders:
            folders.add(folder + "/")
            folder = folder.rpartition("/")[0]
    return sorted([*found, *folders])


def _children(paths: list[str], below: str, limit: int) -> Named:
    cut = len(below) + 1 if below else 0
    names = {
        below + "/" * bool(below) + head + slash for head, slash, _ in (p[cut:].partition("/") for p in paths)
    }
    return Named(tuple(sorted(names)[:limit]), len(names))


_NOT_NAMED = 9


def _rank(path: str, wanted: str) -> int:
    """How well a path fits a part of a name, 0 best."""
    path = path.removesuffix("/").lower()
    name = path.rpartition("/")[2]
    wanted = wanted.strip("/")
    tests = (
        path == wanted,
        name == wanted,
        path.endswith("/" + wanted),
        name.partition(".")[0] == wanted,
        name.startswith(wanted),
        wanted in name,
        wanted in path,
    )
    return tests.index(True) if True in tests else _NOT_NAMED


def _closest(paths: list[str], wanted: str, limit: int) -> Named:
    from rapidfuzz import fuzz, process, utils  # late: 0.05 s

    wanted = wanted.strip("/")
    names = {path: path if "/" in wanted else path.rstrip("/").rpartition("/")[2] for path in paths}
    found = process.extract(
        wanted, names, scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=60, limit=limit
    )
    return Named(tuple(path for _, _, path in found), len(found), is_close=True)


def chooser(glob: str, below: str) -> Callable[[str], bool]:
    """A glob with a slash may be meant from the root or from `below`."""
    chooses = compile_glob(glob)
    if chooses is None:
        raise SearchError(f"{glob} is not a glob; write it like *.py or src/**/*.ts")
    if not below or "/" not in glob.strip("/"):
        return lambda path: chooses(path.removesuffix("/"))
    cut = len(below) + 1
    return lambda path: chooses(path.removesuffix("/")) or chooses(path[cut:].removesuffix("/"))
