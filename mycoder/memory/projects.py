"""Which project a folder is: never a shared one, and the same one after a move, in another work tree or clone.

A place is the real path of a folder with the mark of its git directory (device, inode and the time it was made).
A place that is known needs no git. Else the identity that git tells decides: the first commit with the address of
`origin` is the same project wherever it lies; without an address a copy that is still there elsewhere is another
project, because two can begin with the same commit. A folder without git is its path.
"""

import contextlib
import os
import time
from pathlib import Path

import msgspec

from mycoder.config.private import make_private
from mycoder.memory.files import locked, read_text, without_secrets, write_text
from mycoder.protocol.secrets import PLACEHOLDER


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a project lies or lay. `since` and `until` are Unix seconds; 0 stands for always and for now."""

    path: str
    mark: str = ""
    git: str = ""
    """The git directory that `mark` is of."""
    since: float = 0.0
    until: float = 0.0


class Project(msgspec.Struct, frozen=True, omit_defaults=True):
    """`key` is what git tells of it, empty without git or before the first commit."""

    id: str
    name: str
    key: str = ""
    places: tuple[Place, ...] = ()

    @property
    def folder(self) -> str:
        return f"{self.name}-{self.id}"

    def holds(self, root: str, at: float) -> bool:
        """Whether this project lay in `root` at the time `at`."""
        slack = 60.0  # a session begins shortly before its place is written down
        return any(
            p.path == root and p.since - slack <= at and (not p.until or at < p.until) for p in self.places
        )


class _File(msgspec.Struct):
    version: int = 1
    projects: list[Project] = []


def mark_of(git: str, relative: str = "") -> str:
    """What a git directory is told apart by, also after a move; empty when it does not say.

    `description` is made with the repository and hardly ever touched; an inode alone may be used again.
    """
    try:
        folder, made = os.stat(git), os.stat(os.path.join(git, "description"))
    except (OSError, ValueError):
        return ""
    return f"{folder.st_dev:x}:{folder.st_ino:x}:{made.st_mtime_ns:x}:{relative}"


class Projects:
    """The table of projects below `base`, which is the folder of all memory."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._file = base / "projects.json"

    def all(self) -> list[Project]:
        """A table that is lost or broken is made again from the copies beside the memories."""
        try:
            text = read_text(self._file)
            if text:
                return msgspec.json.decode(text.encode("utf-8", "surrogateescape"), type=_File).projects
        except (msgspec.MsgspecError, UnicodeDecodeError):
            with contextlib.suppress(OSError):
                self._file.replace(self._file.with_suffix(".broken"))
        return self._from_copies()

    def known(self, root: Path, git: str = "", relative: str = "") -> Project | None:
        """The project in `root` as far as that is known without git; `git` is the common git directory of `root`,
        `relative` the way from the top of the repository to it. Cheap: one small file and two stats."""
        mark, path = mark_of(git, relative) if git else "", words(root)
        if git and not mark:
            return None
        for project in self.all():
            for place in project.places:
                if git and place.mark == mark:
                    return (
                        project
                        if self._is_at(project, path, mark)
                        else self._arrived(project, path, mark, git)
                    )
                if not git and not place.mark and not place.until and place.path == path:
                    return project
        return None

    def settle(
        self, root: Path, *, git: str = "", relative: str = "", key: str = "", has_remote: bool = False
    ) -> Project:
        """The project in `root`, which is new or has come from elsewhere. Raises OSError, MemoryFault."""
        path, mark = words(root), mark_of(git, relative) if git else ""
        key = without_secrets(f"{key}:{relative}") if key else ""
        with locked(self._base):
            projects = self.all()
            found = self._same(projects, path, mark, key, has_remote)
            if found is not None and self._is_at(found, path, mark):
                return found
            place = Place(
                path, mark, words(git), since=time.time() if any(_had(p, path) for p in projects) else 0.0
            )
            projects = [_left(project, path) for project in projects]
            if found is None:
                name = "".join(
                    c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in words(root.name)
                )
                found = Project(os.urandom(5).hex(), name[:40].strip(".") or "root", key)
            else:
                found = next(p for p in projects if p.id == found.id)
            found = msgspec.structs.replace(found, key=found.key or key, places=(*found.places, place))
            self._write([*(p for p in projects if p.id != found.id), found])
        return found

    def learn_key(self, project: Project, key: str, relative: str = "") -> None:
        """Writes down what git tells of a project that had no commit when it was first seen."""
        if key:
            self._put(msgspec.structs.replace(project, key=without_secrets(f"{key}:{relative}")))

    def adopt(self, project: Project, other: Project) -> Project:
        """The places of `other` become those of `project`, and the table forgets `other`, whose files stay."""
        with locked(self._base):
            projects = [p for p in self.all() if p.id not in (project.id, other.id)]
            joined = msgspec.structs.replace(project, places=(*project.places, *other.places))
            self._write([*projects, joined])
        return joined

    def _same(
        self, projects: list[Project], path: str, mark: str, key: str, has_remote: bool
    ) -> Project | None:
        for project in projects:
            if not key or project.key != key:
                continue
            is_here = any(p.path == path and not p.until for p in project.places)
            if has_remote or is_here or not any(map(_is_there, project.places)):
                return project
        if has_remote or not mark:
            return None
        # a folder that was here without git and has become a repository of its own
        return next(
            (p for p in projects if any(not q.mark and not q.until and q.path == path for q in p.places)),
            None,
        )

    def _is_at(self, project: Project, path: str, mark: str) -> bool:
        return any(p.path == path and p.mark == mark and not p.until for p in project.places)

    def _arrived(self, project: Project, path: str, mark: str, git: str) -> Project:
        """The repository was moved here, or this is another work tree of it."""
        place = Place(path, mark, words(git), since=time.time())
        with contextlib.suppress(OSError), locked(self._base):  # the memory can be read without it
            projects = [_left(p, path) for p in self.all()]
            project = next((p for p in projects if p.id == project.id), project)
            project = msgspec.structs.replace(project, places=(*project.places, place))
            self._write([*(p for p in projects if p.id != project.id), project])
        return project

    def _put(self, project: Project) -> None:
        with locked(self._base):
            self._write([*(p for p in self.all() if p.id != project.id), project])

    def _write(self, projects: list[Project]) -> None:
        text = msgspec.json.format(msgspec.json.encode(_File(1, projects))).decode() + "\n"
        write_text(self._file, text, is_durable=False)
        for project in projects:
            copy = self._base / "projects" / project.folder / "project.json"
            text = msgspec.json.encode(project).decode()
            if read_text(copy) != text:
                make_private(copy.parent)
                write_text(copy, text, is_durable=False)

    def _from_copies(self) -> list[Project]:
        found = []
        with contextlib.suppress(OSError):
            for folder in sorted((self._base / "projects").iterdir()):
                with contextlib.suppress(msgspec.MsgspecError, OSError):
                    found.append(msgspec.json.decode((folder / "project.json").read_bytes(), type=Project))
        return found


def words(path: Path | str) -> str:
    """A path as UTF-8 can hold it, also one that is not UTF-8, without a secret that is in it. The same secret always
    gives way to the same words, so that a path is known again."""
    return without_secrets(os.fsencode(path).decode("utf-8", "backslashreplace"))


def _is_there(place: Place) -> bool:
    """Whether what was in this place is still there; the mark carries the way from the top of the repository."""
    if PLACEHOLDER in place.git:
        return True  # where it lies is not written down
    if not place.mark:
        return bool(place.git) and os.path.exists(place.git)
    return mark_of(place.git, place.mark.split(":", 3)[3]) == place.mark


def _had(project: Project, path: str) -> bool:
    return any(place.path == path for place in project.places)


def _left(project: Project, path: str) -> Project:
    """`project` with what is in `path` ended, since something else is there now."""
    if not any(p.path == path and not p.until for p in project.places):
        return project
    now = time.time()
    places = (
        msgspec.structs.replace(p, until=now) if p.path == path and not p.until else p for p in project.places
    )
    return msgspec.structs.replace(project, places=tuple(places))
