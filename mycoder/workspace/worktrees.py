"""A second tree of the project for work that must not disturb the first: what is not committed comes along.

Where git knows the project it is a linked work tree (git-worktree(1)) with the person's uncommitted changes and new
files laid over it, else a copy. What was done in it is carried over to the project as one entry of the undo journal,
and only where nobody has changed the same file meanwhile.
"""

import asyncio
import contextlib
import fcntl
import os
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from mycoder.config.private import make_private
from mycoder.workspace import git
from mycoder.workspace.files import content_hash
from mycoder.workspace.git_run import run
from mycoder.workspace.workspace import Workspace

TREES = "trees"
"""Folder of second trees below the state of a project."""
LOCK = "lock"
"""File beside a tree that is locked as long as the process that made it lives."""
SETTLING = 60.0
"""Seconds in which a tree without its lock counts as one that is just being made."""
SHARED = (".venv", "venv", "env", "node_modules", ".tox", "vendor/bundle")
"""Folders of installed packages that git ignores: the second tree gets a link to them instead of a copy."""
MOST_BYTES = 64 << 20
"""Of one file that is carried over; a larger one is told and left in its tree."""


class Worked(msgspec.Struct, frozen=True):
    """One file that differs from what it was when the tree was made. `data` is None for one that is gone."""

    path: str
    before: str
    """Content hash; empty for a new file."""
    data: bytes | None
    mode: int = 0o644


class Carried(msgspec.Struct, frozen=True):
    """What became of the changes: `paths` are in the project now, `conflicts` were changed there meanwhile or could
    not be written, each with why."""

    paths: tuple[str, ...] = ()
    conflicts: tuple[tuple[str, str], ...] = ()


class WorktreeError(Exception):
    """The second tree cannot be made; the message says what to do."""


class Worktree:
    """`async with Worktree(project, place) as tree:` has the tree at `tree.root`; it is gone afterwards.

    `place` is a folder that is not there yet, outside of the project.
    """

    def __init__(self, project: Path, place: Path) -> None:
        self.project = Path(os.path.realpath(project))
        self.place = place
        self.root = place / "tree"
        self._base: Mapping[str, str] = {}
        self._is_linked = self._is_ours = False
        self._lock = -1

    async def open(self) -> Self:
        """Makes the tree. Raises WorktreeError."""
        try:
            make_private(self.place.parent)
            os.mkdir(self.place, 0o700)
        except OSError as problem:
            raise WorktreeError(f"no second tree of the project could be made: {problem}") from None
        self._is_ours = True
        try:
            self._lock = os.open(self.place / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            await self._check_out()
            await asyncio.to_thread(self._lay_over)
        except (OSError, git.GitError) as problem:
            await self.close()
            raise WorktreeError(f"no second tree of the project could be made: {problem}") from None
        except BaseException:
            await self.close()
            raise
        return self

    async def _check_out(self) -> None:
        top = (await run(self.project, "rev-parse", "--show-toplevel", trusting=True)).out.strip()
        if top and os.path.realpath(os.fsdecode(top)) == str(self.project):
            with contextlib.suppress(git.GitError):  # no commit yet: a copy does as well
                await git.add_worktree(self.project, self.root)
                self._is_linked = True
                return
        os.mkdir(self.root, 0o700)

    def _lay_over(self) -> None:
        """Makes the tree equal to the project as it stands, and remembers what it looked like."""
        import shutil  # late: its compression modules cost 5 ms at start

        from mycoder.workspace.search import files  # late: only where a tree is made

        wanted = set(files(self.project))
        base: dict[str, str] = {}
        for path in sorted(wanted):
            source, target = self.project / path, self.root / path
            try:
                if not _is_same(source, target):
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(source, target)
                base[path] = content_hash(target.read_bytes())
            except FileNotFoundError:
                continue  # gone since it was listed
        for path in files(self.root):
            if path not in wanted:
                os.unlink(self.root / path)
        for name in SHARED:
            source, target = self.project / name, self.root / name
            if source.is_dir() and not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(source)
        self._base = base

    def worked(self) -> tuple[Worked, ...]:
        """What differs from how the tree was made, by path. Blocks."""
        from mycoder.workspace.search import files  # late: as above

        changed: list[Worked] = []
        now = set(files(self.root)) - set(SHARED)
        for path in sorted(now | set(self._base)):
            before = self._base.get(path, "")
            full = self.root / path
            if full.is_symlink() or (path in now and full.stat().st_size > MOST_BYTES):
                continue
            try:
                data: bytes | None = full.read_bytes()
                mode = full.stat().st_mode & 0o777
            except (FileNotFoundError, NotADirectoryError):
                data, mode = None, 0
            if data is None and before:
                changed.append(Worked(path, before, None))
            elif data is not None and content_hash(data) != before:
                changed.append(Worked(path, before, data, mode))
        return tuple(changed)

    def carry(
        self,
        workspace: Workspace,
        label: str,
        worked: tuple[Worked, ...] | None = None,
        *,
        is_whole: bool = False,
    ) -> Carried:
        """Writes what was done in the tree into the project, as one entry of its journal with `label`.

        A file that changed in the project since the tree was made is left alone and told; with `is_whole` nothing
        is written then. Blocks.
        """
        worked = self.worked() if worked is None else worked
        clean: list[Worked] = []
        conflicts: list[tuple[str, str]] = []
        for item in worked:
            if _hash_at(self.project / item.path) == item.before:
                clean.append(item)
            else:
                conflicts.append((item.path, "it was changed in the project meanwhile"))
        if not clean or (is_whole and conflicts):
            return Carried((), tuple(conflicts))
        with workspace.journal.change("tool", label) as change:
            for item in clean:
                if item.data is None:
                    change.delete(item.path, expect=item.before)
                else:
                    change.write(item.path, item.data, mode=item.mode, expect=item.before)
        return Carried(tuple(item.path for item in clean), tuple(conflicts))

    async def close(self) -> None:
        """Removes the tree with all that is in it. May be called twice."""
        if not self._is_ours:
            return
        await _remove(self.project, self.place, is_linked=self._is_linked)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


async def remove_left(project: Path, trees: Path) -> int:
    """Removes the trees in the folder `trees` whose process is gone, and returns how many there were."""
    try:
        places = [Path(entry.path) for entry in os.scandir(trees) if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return 0
    count = 0
    for place in places:
        try:
            lock = os.open(place / LOCK, os.O_RDWR)
        except FileNotFoundError:
            if time.time() - place.stat().st_mtime > SETTLING:
                await _remove(project, place, is_linked=(place / "tree/.git").is_file())
                count += 1
            continue
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            await _remove(project, place, is_linked=(place / "tree/.git").is_file())
            count += 1
        except OSError:
            continue  # its process is at work
        finally:
            os.close(lock)
    return count


async def _remove(project: Path, place: Path, *, is_linked: bool) -> None:
    import shutil  # late: its compression modules cost 5 ms at start

    root = place / "tree"
    for name in SHARED:  # a link must not lead the removal into the project
        with contextlib.suppress(OSError):
            os.unlink(root / name)
    if is_linked:
        with contextlib.suppress(git.GitError):
            await git.remove_worktree(project, root)
    await asyncio.to_thread(shutil.rmtree, place, True)
    if is_linked and not root.exists():
        await run(project, "worktree", "prune", trusting=True)


def _is_same(source: Path, target: Path) -> bool:
    """Whether two files hold the same. A link counts as what it points to."""
    try:
        a, b = source.stat(), target.stat()
    except OSError:
        return False
    return (
        not target.is_symlink()
        and a.st_size == b.st_size
        and a.st_mode == b.st_mode
        and source.read_bytes() == target.read_bytes()
    )


def _hash_at(path: Path) -> str:
    try:
        return content_hash(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as problem:
        return f"unreadable: {problem}"
