"""What a command sees of the file system, as a list of mounts: the whole machine read-only, the repository
and a private /tmp writable, credential stores hidden, and what makes somebody's program run something not
writable.

The home directory is read-only as it is. Its cache directory is the one exception, because many tools refuse
to work without one: it is replaced by a private folder, kept per repository, in which every entry of the real
cache is a link to the real one, mounted read-only beside. So poetry's environments or downloaded browsers are
found, new caches can be made, and nothing that a command writes is seen outside of the sandbox.

Paths are strings here: this runs before every command, and pathlib would cost more than all the system calls.
"""

import os
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from os.path import exists, isdir, islink, lexists, realpath
from pathlib import Path

import msgspec

from mycoder.config.private import make_private
from mycoder.sandbox.gitdir import git_directory, hooks_folder
from mycoder.sandbox.names import (
    GIT_FILES,
    GIT_FORBIDDEN,
    HIDDEN_AT_HOME,
    HIDDEN_FROM_ROOT,
    MASKED,
    READ_ONLY,
    SHELL_FILES,
    SHELL_MASKED,
)
from mycoder.sandbox.nested import held

HIDE, READ, WRITE, MASK = "hide", "read", "write", "mask"

REAL_CACHE = "/run/mycoder/cache"
"""Where the real cache directory is seen, read-only, inside of the sandbox."""

DOOR = "/run/mycoder/net"
"""Where the folder of the proxy's socket is seen by a command that has the network."""

OWN_CACHES = frozenset(("go-build", "golangci-lint", "pip", "uv", "npm", "ccache", "matplotlib", "mycoder"))
"""Entries of the cache that are not linked to the real ones: their tools give up on a cache they cannot write
to."""

_ALWAYS_READABLE = ("/run/current-system", "/run/wrappers", "/run/opengl-driver", "/run/booted-system")
"""NixOS keeps programs in /run."""

_COVERED = ("/tmp/", "/run/")
"""Where the sandbox puts something else than the machine has."""


class Mount(msgspec.Struct, frozen=True):
    """`source` appears at `target`, or for the kind HIDE nothing does; `kind` is one of the four above."""

    kind: str
    target: str
    source: str


class Folders(msgspec.Struct, frozen=True, kw_only=True):
    """Where a sandbox works. All paths are real ones, without links in them."""

    root: str
    home: str
    scratch: str
    """The private /tmp of the session."""
    cache: str
    """The private cache directory, kept per repository."""
    real_cache: str
    writable: tuple[str, ...] = ()
    readable: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


def of_machine(folders: Folders) -> list[Mount]:
    """What does not depend on the repository's content or on the job."""
    found = [Mount(HIDE, "/run", "/run")] if isdir("/run") else []
    found.append(Mount(WRITE, "/tmp", folders.scratch))
    found += [_seen(READ, path) for path in (*_ALWAYS_READABLE, *folders.readable) if exists(path)]
    if isdir(folders.real_cache):
        found.append(Mount(READ, REAL_CACHE, folders.real_cache))
        found.append(Mount(WRITE, folders.real_cache, folders.cache))
    return found


def of_home(folders: Folders) -> list[Mount]:
    """Everything that commands may not read: at home, of the system, and mycoder's own folders."""
    places = [f"{folders.home}/{name}" for name in HIDDEN_AT_HOME]
    places += folders.hidden
    if os.geteuid() == 0:
        places += HIDDEN_FROM_ROOT
    hidden = sorted({realpath(place) for place in places if exists(place)} - {folders.root})
    cache = f"{folders.real_cache}/"
    beside = [path.removeprefix(cache) for path in hidden if path.startswith(cache)]
    return [
        *(_seen(HIDE, path) for path in hidden),
        *(Mount(HIDE, f"{REAL_CACHE}/{name}", cache + name) for name in beside),
    ]


def of_repository(folders: Folders, masks: Collection[str] = ()) -> list[Mount]:
    """The repository, writable but for the names that are protected in it. `masks` are folders that are there
    only to be mounted on."""
    root = folders.root
    found = [_seen(WRITE, root)]
    for name in MASKED:
        path = f"{root}/{name}"
        found += [_seen(MASK, path)] if path in masks else _protect(path, root)
    for name in READ_ONLY:
        if lexists(f"{root}/{name}"):
            found += _protect(f"{root}/{name}", root)
    store = git_directory(root)
    if store:
        found += _git(store, root, masks)
    if store != f"{root}/.git":
        path = f"{root}/.git"
        found += [_seen(MASK, path)] if path in masks else _protect(path, root)
    return found


def of_shell_files(folders: Folders) -> list[Mount]:
    """What a login or an editor runs, where that lies in the repository."""
    root, home = folders.root, folders.home
    is_inside = _is_in(home, root)
    found: list[Mount] = []
    for name in SHELL_FILES:
        path = f"{home}/{name}"
        if not is_inside and not islink(path):
            continue
        target = realpath(path)
        if target != root and _is_in(target, root) and (exists(target) or name in SHELL_MASKED):
            found += _protect(path if is_inside else target, root)
    return found


def of_job(writable: Iterable[str], readable: Iterable[str], door: Path | None = None) -> list[Mount]:
    """What one job asks for on top; `door` is the folder of the proxy's socket."""
    found = [_seen(WRITE, realpath(path)) for path in writable]
    found += [_seen(READ, realpath(path)) for path in readable if exists(path)]
    return [*found, Mount(READ, DOOR, str(door))] if door else found


def in_order(mounts: Iterable[Mount]) -> list[Mount]:
    """Outer places first, so that an inner one is not covered; at the same place the later of the list
    wins."""
    chosen = {mount.target: mount for mount in mounts}
    return sorted(chosen.values(), key=lambda mount: mount.target.rstrip("/").count("/"))


def read_only(mounts: Iterable[Mount]) -> list[Mount]:
    """The same with nothing writable of what the machine has; where nothing can be made, nothing need be masked."""
    return [
        Mount(READ, mount.target, mount.source)
        if mount.kind == WRITE and mount.source == mount.target
        else mount
        for mount in mounts
        if mount.kind != MASK
    ]


def of_nested(repositories: Iterable[str]) -> list[Mount]:
    """Of repositories inside of the repository what decides which programs git starts, as far as it is there.
    A git folder is a mount itself, so that it cannot be renamed."""
    found: list[Mount] = []
    for git in repositories:
        if islink(git) or not lexists(git):
            continue
        if isdir(git):
            found.append(_seen(WRITE, git))
        found += [_seen(READ, path) for path in held(git) if exists(path) and not islink(path)]
    return found


def unmountable(root: str, repositories: Iterable[str] = ()) -> list[str]:
    """Protected names that no mount can hold: links, and files of git whose mere presence means something."""
    found = [path for path in (f"{root}/{name}" for name in (*MASKED, ".git")) if islink(path)]
    found += [path for path in (f"{root}/{name}" for name in READ_ONLY) if islink(path) or not exists(path)]
    store = git_directory(root)
    if store:
        found += [path for path in (f"{store}/{name}" for name in GIT_FORBIDDEN) if not exists(path)]
    # those of nested ones can be reached by renaming a folder above them, so all are looked at afterwards
    return [*found, *(path for git in repositories for path in held(git))]


def protected(folders: Folders, repositories: Iterable[str] = ()) -> list[str]:
    """Everything in the repository that commands may not change, for levels that cannot mount."""
    root = folders.root
    found = [f"{root}/{name}" for name in (*MASKED, *READ_ONLY)]
    found += [mount.target for mount in of_shell_files(folders)]
    found += [path for git in repositories for path in held(git)]
    store = git_directory(root)
    if not store:
        return [*found, f"{root}/.git"]
    if store != f"{root}/.git":
        found.append(f"{root}/.git")
    found += [f"{store}/{name}" for name in GIT_FILES if name != "modules"]
    hooks = hooks_folder(f"{store}/config", root)
    return [*found, hooks] if hooks else found


def link_caches(real: str, own: str) -> None:
    """Makes the private cache show what the real one holds. Another process may be at the same at this moment."""
    make_private(own)
    names = set(os.listdir(real)) - OWN_CACHES if isdir(real) else set()
    for entry in os.scandir(own):
        if entry.name in names:
            names.discard(entry.name)
        elif entry.is_symlink():
            with suppress(FileNotFoundError):
                os.unlink(entry.path)
    for name in names:
        with suppress(FileExistsError):
            os.symlink(f"{REAL_CACHE}/{name}", f"{own}/{name}")


def holders(folders: Folders) -> tuple[str, ...]:
    """The folders whose change may mean that `of_home` and `of_shell_files` are others now."""
    names = {os.path.dirname(name) for name in (*HIDDEN_AT_HOME, *SHELL_FILES)}
    return (*(f"{folders.home}/{name}" for name in sorted(names)), *map(os.path.dirname, folders.hidden))


def times(paths: Iterable[str]) -> list[int]:
    """When the folders changed, 0 for those that are not there."""
    found = []
    for path in paths:
        try:
            found.append(os.stat(path).st_mtime_ns)
        except OSError:
            found.append(0)
    return found


def readable_of(env: Mapping[str, str], also: Iterable[str]) -> tuple[str, ...]:
    """Folders with programs that lie where the sandbox puts something else: below /tmp or /run. Of an environment
    for Python whose programs are on PATH all of it."""
    path = env.get("PATH", "").split(":")
    environments = (os.path.dirname(name.rstrip("/")) for name in path if name.rstrip("/").endswith("/bin"))
    inside = (place for place in environments if exists(f"{place}/pyvenv.cfg"))
    named = (*path, env.get("VIRTUAL_ENV", ""), *inside, *also)
    real = {realpath(name) for name in named if name.startswith("/")}
    return tuple(path for path in sorted(real) if path.startswith(_COVERED) and isdir(path))


def _seen(kind: str, path: str) -> Mount:
    """Where it is anyway."""
    return Mount(kind, path, path)


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _protect(path: str, root: str) -> list[Mount]:
    """Nothing can be mounted on a link, so of a link only the target in the repository is held. Where we
    cannot make an absent name, a command cannot either."""
    if not islink(path):
        if exists(path):
            return [_seen(READ, path)]
        return [_seen(MASK, path)] if os.access(os.path.dirname(path), os.W_OK) else []
    target = realpath(path)
    return [_seen(READ, target)] if target != root and _is_in(target, root) and exists(target) else []


def _git(store: str, root: str, masks: Collection[str]) -> list[Mount]:
    """`store` itself is a mount so that it cannot be renamed and replaced by another."""
    found = [_seen(WRITE, store)]
    for name in GIT_FILES:
        path = f"{store}/{name}"
        if path in masks:
            found.append(_seen(MASK, path))
        elif name == "hooks" or exists(path):
            found += _protect(path, store)
    trees = f"{store}/worktrees"
    if isdir(trees):
        inner = (f"{trees}/{tree}/{name}" for tree in os.listdir(trees) for name in GIT_FILES)
        found += [_seen(READ, path) for path in inner if exists(path)]
    hooks = hooks_folder(f"{store}/config", root)
    return [*found, _seen(READ, hooks)] if hooks else found
