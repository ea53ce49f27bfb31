"""What the tree looks like: the state of every covered path, brought up to date by comparing file status.

A look at an unchanged tree costs one `listdir` a folder and one `lstat` a file. The content of a file is read
again only when its status differs, or when it was written so shortly before we read it that a later write
could have left the same times (git's "racily clean" problem: https://git-scm.com/docs/racy-git).
"""

import os
import stat
import time
from collections.abc import Iterable
from contextlib import suppress
from operator import attrgetter

from mycoder.workspace.blobs import Blobs
from mycoder.workspace.coverage import MOST_BYTES, PLACEHOLDERS, leaves_out_file, leaves_out_folder
from mycoder.workspace.files import content_hash
from mycoder.workspace.pathstate import ABSENT, Change, PathState, content, state_without_content

Key = tuple[int, int, int, int, int]
Item = tuple[Key | None, PathState]
"""Status when the content was read (None: too fresh to be trusted), and what was there."""

_key: "attrgetter[Key]" = attrgetter("st_mtime_ns", "st_ctime_ns", "st_size", "st_ino", "st_mode")

_MOST_LOOK = 256 * 2**20
"""Bytes of new contents that one look stores; the smallest files come first."""
_MOST_ZIPPED = 32 * 2**20
"""Bytes of new contents up to which they are compressed: 60 MB/s against 500 MB/s without."""
_MOST_HASHED = 512 * 2**20
_MOST_PATHS = 200_000
_TICK = 20_000_000
"""Nanoseconds: twice the coarsest clock tick of Linux file systems."""
_COARSE = 2_100_000_000
"""The same for file systems that keep whole seconds (FAT: two)."""


class Folder:
    """Paths in one folder, with the keys in the same order; `names` is None when they have to be compared
    anew.
    """

    __slots__ = ("keys", "modes", "names", "paths", "subs")

    def __init__(self) -> None:
        self.names: list[str] | None = None
        self.paths: list[str] = []
        self.keys: list[Key | None] = []
        self.subs: list[str] = []
        self.modes: list[int] = []


class Found:
    """Differences that one look has found."""

    def __init__(self, is_first: bool) -> None:
        self.is_first = is_first
        self.before: dict[str, PathState] = {}
        self.after: dict[str, PathState] = {}
        self.uncovered: set[str] = set()
        self.fresh: list[tuple[int, str, os.stat_result]] = []
        self.folders: list[Folder] = []


class Snapshot:
    """The tree below `root` as last looked at. Paths inside are absolute, those in results relative to the
    root.
    """

    def __init__(self, root: str, blobs: Blobs, leave_out: Iterable[str] = ()) -> None:
        self._root = root
        self._prefix = len(root.rstrip("/")) + 1
        self._blobs = blobs
        self._leave_out = frozenset(leave_out)
        self._folders: dict[str, Folder] = {}
        self.items: dict[str, Item] = {}
        self.modes: dict[str, int] = {}
        """Permission bits of folders."""
        self.dirty: set[str] = set()
        """Paths whose item or mode differs from what was saved last."""

    def look(self) -> tuple[list[Change], list[str]]:
        """(what changed since the last look, paths that changed but whose content is not kept on one side).

        The contents of all that is new are in the blobs when it returns. Raises OSError when they cannot be
        stored.
        """
        found = Found(is_first=not self._folders)
        stack, left = [self._root], _MOST_PATHS
        while stack and left > 0:
            path = stack.pop()
            try:
                names = os.listdir(path)
            except PermissionError:
                continue
            except OSError:
                self._drop(path, found)
                continue
            folder = self._folders.get(path)
            if folder is None or not _is_unchanged(folder, names):
                folder = self._look_into(path, names, folder or Folder(), found)
            stack += folder.subs
            left -= len(names)
        self._take_in(found)
        self._blobs.flush()
        for folder in found.folders:
            folder.keys = [self.items[p][0] if p in self.items else None for p in folder.paths]
        return self._differences(found)

    def note(self, full: str, state: PathState) -> None:
        """Takes over that we have ourselves brought `full` into `state`."""
        if not self._folders or self.is_left_out(full):
            return
        if state.kind != "d" or full not in self.modes:
            self._forget(full)
        if state.kind:
            self.adopt(full, None, state)

    def adopt(self, full: str, key: Key | None, state: PathState) -> None:
        """Enters a path without looking at it: from a saved snapshot, or because we have just made it."""
        parent = self._folders.setdefault(os.path.dirname(full), Folder())
        parent.names = None
        if state.kind == "d":
            self.modes[full] = state.mode
            self._folders.setdefault(full, Folder())
            parent.subs.append(full)
        else:
            self.items[full] = (key, state)
            parent.paths.append(full)
        self.dirty.add(full)

    def known(self, full: str) -> PathState:
        """State at the last look; ABSENT also for what is not covered."""
        if (mode := self.modes.get(full)) is not None:
            return PathState("d", mode)
        return self.items[full][1] if full in self.items else ABSENT

    def is_left_out(self, full: str) -> bool:
        """Whether `full` or a folder on the way to it is not covered."""
        at = self._root.rstrip("/")
        parts = full[self._prefix :].split("/")
        for part in parts[:-1]:
            beside = os.listdir(at) if os.path.isdir(at) else ()
            at = f"{at}/{part}"
            if at in self._leave_out or leaves_out_folder(at, part, beside):
                return True
        return full in self._leave_out or leaves_out_file(parts[-1])

    # -- one folder ------------------------------------------------------------------------------------------

    def _look_into(self, path: str, names: list[str], folder: Folder, found: Found) -> Folder:
        """Compares every name in the folder; its keys are filled in when the contents are read."""
        new = Folder()
        folders: list[tuple[str, os.stat_result]] = []
        files: list[tuple[str, os.stat_result]] = []
        placeholders = self._placeholders(names) if path == self._root else ()
        for name in names:
            full = f"{path}/{name}" if path != "/" else f"/{name}"
            try:
                status = os.lstat(full)
            except OSError:
                continue  # gone since the names were listed
            if not stat.S_ISDIR(status.st_mode):
                if not leaves_out_file(name):
                    files.append((full, status))
            elif full in self._leave_out or leaves_out_folder(full, name, names):
                continue
            elif name not in placeholders:
                folders.append((full, status))
        new.paths, new.subs = [full for full, _ in files], [full for full, _ in folders]
        new.modes = [status.st_mode for _, status in folders]
        for gone in set(folder.paths).difference(new.paths) | set(folder.subs).difference(new.subs):
            self._drop(gone, found)
        for full, status in folders:
            self._meet_folder(full, stat.S_IMODE(status.st_mode), found)
        for full, status in files:
            item = self.items.get(full)
            if item is None or item[0] != _key(status):
                found.fresh.append((status.st_size, full, status))
        # a placeholder may get a content at any time, so that its folder is looked into again
        new.names = None if placeholders else names
        self._folders[path] = new
        found.folders.append(new)
        return new

    def _placeholders(self, names: list[str]) -> list[str]:
        """Those of `names` in the root that are empty folders of a sandbox, and were not the project's before."""
        found: list[str] = []
        for name in PLACEHOLDERS.intersection(names):
            full = f"{self._root.rstrip('/')}/{name}"
            if full not in self.modes and not os.path.islink(full):
                with suppress(OSError):  # gone, or a file
                    if not os.listdir(full):
                        found.append(name)
        return found

    def _meet_folder(self, full: str, mode: int, found: Found) -> None:
        old = self.modes.get(full)
        if old == mode:
            return
        if old is not None:
            found.before[full] = PathState("d", old)
        found.after[full] = PathState("d", mode)
        self.modes[full] = mode
        self.dirty.add(full)

    def _drop(self, full: str, found: Found) -> None:
        """Takes out a path that is gone, or is of another kind now, with all below it."""
        for path, state in self._forget(full):
            found.before.setdefault(path, state)

    def _forget(self, full: str) -> list[tuple[str, PathState]]:
        out: list[tuple[str, PathState]] = []
        stack = [full]
        while stack:
            path = stack.pop()
            if (item := self.items.pop(path, None)) is not None:
                out.append((path, item[1]))
            if (mode := self.modes.pop(path, None)) is not None:
                out.append((path, PathState("d", mode)))
            if (folder := self._folders.pop(path, None)) is not None:
                stack += folder.paths + folder.subs
            self.dirty.add(path)
        if (parent := self._folders.get(os.path.dirname(full))) is not None:
            parent.names = None  # the path may stay in its lists: they are made anew at the next look
        return out

    # -- contents --------------------------------------------------------------------------------------------

    def _take_in(self, found: Found) -> None:
        """Reads what is new or was changed, the smallest first, and stores it."""
        found.fresh.sort()
        left = _MOST_LOOK
        compress = sum(size for size, _, _ in found.fresh) < _MOST_ZIPPED
        for size, full, status in found.fresh:
            old = self.items.get(full)
            started = time.time_ns()
            try:
                if not stat.S_ISREG(status.st_mode):
                    state, key = state_without_content(full, status), _key(status)
                elif size > MOST_BYTES or size > left:
                    state, key = self._unkept(full, status, old, found.is_first), _key(status)
                else:
                    state, key = self._kept(full, compress)
                    left -= size
            except OSError:
                if not os.path.lexists(full):
                    self._drop(full, found)
                    continue
                state, key = _unreadable(status, old), _key(status)
            is_sure = not state.is_known or _is_settled(key, started)
            self._enter(full, (key if is_sure else None, state), old, found)

    def _enter(self, full: str, item: Item, old: Item | None, found: Found) -> None:
        self.items[full] = item
        if old is None:
            found.after[full] = item[1]
        elif old[1] != item[1]:
            found.before[full], found.after[full] = old[1], item[1]
        elif not item[1].is_known and old[0] != item[0]:
            found.uncovered.add(full)
        # that the times can be trusted now is not worth a write
        if old is None or old[1] != item[1] or old[0] is not None:
            self.dirty.add(full)

    def _kept(self, full: str, compress: bool) -> tuple[PathState, Key]:
        data, status = content(full)
        key = self._blobs.put(data, compress=compress)
        return PathState("f", stat.S_IMODE(status.st_mode), key), _key(status)

    def _unkept(self, full: str, status: os.stat_result, old: Item | None, is_first: bool) -> PathState:
        """A big file has a hash only where what was there before can be brought back: then we must be able to
        tell later that it is still the one that was left there.
        """
        mode = stat.S_IMODE(status.st_mode)
        if is_first or (old is not None and not old[1].hash) or status.st_size > _MOST_HASHED:
            return PathState("f", mode)
        return PathState("f", mode, content_hash(content(full)[0]))

    def _differences(self, found: Found) -> tuple[list[Change], list[str]]:
        changes: list[Change] = []
        for full in sorted(found.before.keys() | found.after.keys()):
            before, after = found.before.get(full, ABSENT), found.after.get(full, ABSENT)
            if before == after:
                continue
            if after.is_known and self._can_restore(before):
                changes.append(Change(full[self._prefix :], before, after))
            else:
                found.uncovered.add(full)
        return changes, sorted(full[self._prefix :] for full in found.uncovered)

    def _can_restore(self, state: PathState) -> bool:
        return state.is_known and (state.kind != "f" or self._blobs.has(state.hash))


def _unreadable(status: os.stat_result, old: Item | None) -> PathState:
    """State of a file that we may not read: it holds what it held when only its permissions have changed."""
    mode = stat.S_IMODE(status.st_mode)
    key = _key(status)
    if old is None or old[0] is None or (old[0][0], old[0][2], old[0][3]) != (key[0], key[2], key[3]):
        return PathState("f", mode)
    return PathState("f", mode, old[1].hash)


def _is_unchanged(folder: Folder, names: list[str]) -> bool:
    if folder.names != names:
        return False
    lstat = os.lstat
    try:
        if list(map(_key, map(lstat, folder.paths))) != folder.keys:
            return False
        return [lstat(sub).st_mode for sub in folder.subs] == folder.modes
    except OSError:
        return False


def _is_settled(key: Key, started: int) -> bool:
    """Whether a write after `started` would be sure to get other times than those of `key`."""
    changed = key[1]
    coarse = changed % 1_000_000 == 0
    return started - changed > (_COARSE if coarse else _TICK)
