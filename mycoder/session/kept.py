"""What mycoder keeps on this machine: what it is, how big it is, and its removal.

Nothing is removed that belongs to a session which is running, and nothing outside of our own four folders.
"""

import contextlib
import fcntl
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from mycoder.config.paths import Paths
from mycoder.session.past import forget_past
from mycoder.session.store import Store, StoreError, whole_lines

KINDS: dict[str, str] = {
    "state/sessions": "sessions: what was said and done, one file each, secrets redacted",
    "state/blobs": "sessions: long outputs, shared between them",
    "state/projects": "per project: contents of changed files for undo, full outputs, test history",
    "state/history": "what you have typed, per project",
    "state/history.sqlite": "index of the sessions for the search",
    "state/trust.json": "the folders that you trust",
    "state/trust.lock": "lock of that file",
    "state/trusted": "copies of trusted configuration, to show what changed",
    "state/mycoder.log": "faults of mycoder itself",
    "state/mycoder.log.1": "faults of mycoder itself, older ones",
    "state/memory": "memory: what was learnt",
    "data/memory": "memory: what was learnt",
    "cache/bubblewrap.json": "whether bubblewrap works here",
    "cache/sandbox": "private caches of sandboxed commands",
}
"""What is known to be kept, by its folder and name."""

SETTINGS = frozenset(("state/trust.json", "state/trusted"))
"""Decisions of a person; `everything` leaves them, as it leaves the configuration."""


class Entry(msgspec.Struct, frozen=True):
    """One file or folder of ours. `size` counts bytes of all files in it, links not followed."""

    path: str
    what: str
    files: int
    size: int


class PurgeError(Exception):
    """Nothing was removed; the message says why and what to do."""


def entries(paths: Paths) -> list[Entry]:
    """Everything that is there, also what no list knows, in the order of the folders."""
    found = []
    for name in ("state", "data", "cache", "config"):
        folder: Path = getattr(paths, name)
        with contextlib.suppress(OSError):
            for path in sorted(folder.iterdir()):
                key = f"{name}/{path.name}"
                what = KINDS.get(key, "settings" if name == "config" else name)
                found.append(Entry(str(path), what, *measure(path)))
    return found


def of_project(paths: Paths, root: Path) -> tuple[list[str], Entry]:
    """Ids of the sessions of the project at `root`, and its folder."""
    folder = paths.project(root)
    sessions = [header.session for header, _ in Store(paths.state).logs() if header.root == str(root)]
    return sessions, Entry(str(folder), KINDS["state/projects"], *measure(folder))


def measure(path: Path) -> tuple[int, int]:
    """Number of files and their bytes at or below `path`."""
    files = size = 0
    for file in _files(path):
        with contextlib.suppress(OSError):
            size += file.lstat().st_size
            files += 1
    return files, size


def purge_sessions(paths: Paths, sessions: Iterable[str]) -> list[str]:
    """Removes the logs of `sessions` and the long outputs that no other log names. All of them or none.

    Raises PurgeError when one is running, StoreError when one is not there."""
    store = Store(paths.state)
    with _held(store, sessions := list(sessions)):
        for session in sessions:
            (paths.state / "sessions" / f"{session}.jsonl").unlink()
            forget_past(paths, store, session)
    _drop_unnamed_blobs(paths.state)
    return sessions


def purge_project(paths: Paths, root: Path) -> list[str]:
    """Removes all sessions of the project at `root`, its undo journal, outputs, test history and what was
    typed in it. Raises PurgeError when one of its sessions is running."""
    sessions, entry = of_project(paths, root)
    folder = Path(entry.path)
    with _alone(folder):
        purge_sessions(paths, sessions)
        _remove(folder)
    digest = _history_name(root)
    _remove(paths.state / "history" / digest)
    return sessions


def purge_everything(paths: Paths) -> None:
    """Removes all of state, data and cache but trust; the configuration stays. Raises PurgeError when any
    session is running."""
    store = Store(paths.state)
    projects = paths.state / "projects"
    with contextlib.ExitStack() as held:
        held.enter_context(_held(store, [header.session for header, _ in store.logs()]))
        for folder in sorted(projects.iterdir()) if projects.is_dir() else ():
            held.enter_context(_alone(folder))
        for name, folder in (("state", paths.state), ("data", paths.data), ("cache", paths.cache)):
            for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                if f"{name}/{path.name}" not in SETTINGS:
                    _remove(path)


@contextlib.contextmanager
def _held(store: Store, sessions: Iterable[str]) -> Iterator[None]:
    """The logs, locked, so that none of them is or becomes a running session's."""
    with contextlib.ExitStack() as logs:
        for session in sessions:
            try:
                logs.callback(store.open(session).close)
            except StoreError as error:
                if "is open in another mycoder" not in str(error):
                    raise
                raise PurgeError(
                    f"The session {session} is running: end it first. Nothing was removed."
                ) from None
        yield


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """The lock that every session of a project shares, taken whole."""
    try:
        descriptor = os.open(folder / "users", os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:  # nothing was ever changed there
        yield
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise PurgeError(
            f"A session of {folder.name} is running: end it first. Nothing was removed."
        ) from None
    else:
        yield
    finally:
        os.close(descriptor)


def _drop_unnamed_blobs(state: Path) -> None:
    named: set[str] = set()
    for log in (state / "sessions").glob("*.jsonl"):
        with contextlib.suppress(OSError), log.open("rb") as file:
            for line in whole_lines(file):
                if line.startswith(b'{"type":"@blob"') and (found := re.search(rb'"hash":"(\w+)"', line)):
                    named.add(found[1].decode())
    for blob in (state / "blobs").glob("*/*"):
        if blob.name not in named and "." not in blob.name:
            blob.unlink(missing_ok=True)


def _history_name(root: Path) -> str:
    from hashlib import blake2b  # late: only for a removal

    return f"{blake2b(os.fsencode(root), digest_size=8).hexdigest()}.jsonl"


def _files(path: Path) -> Iterator[Path]:
    if path.is_symlink() or not path.is_dir():
        if os.path.lexists(path):
            yield path
        return
    for folder, _, names in os.walk(path):
        for name in names:
            yield Path(folder) / name


def _remove(path: Path) -> None:
    """A file, a link or a folder with all in it; links are not followed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
