"""Socket files on which somebody of this machine listens, for the level that cannot forbid connecting to one.

A read-only mount does not keep anybody from connecting to a socket in it, and a filter of system calls cannot read
the path that a program connects to. But the kernel lists every socket that is bound in this network namespace
(proc_net_unix(5), unix(7)), and a command's own are bound in another one. So each of these files is covered.
Names are listed as they were given: relative ones are looked for in the working folders of all processes and in the
folders that are handed in.
"""

import os
import stat
from collections.abc import Iterable, Sequence

from mycoder.sandbox.mounts import HIDE, READ, WRITE, Mount

LIST = "/proc/net/unix"
_PATH_AT = 7
"""Fields before the path: Num RefCount Protocol Flags Type St Inode."""
_OWN = ("/dev/", "/proc/")
"""A sandbox has its own ones."""
_OF_ITSELF = ("/proc/self/", "/proc/thread-self/")
"""How a long path is bound: through a descriptor of the process that binds it."""


def bound(among: Iterable[str] = (), table: str = LIST) -> list[str]:
    """The real paths of socket files that are bound by somebody in our network namespace, sorted."""
    try:
        with open(table, "rb") as file:
            lines = file.read().split(b"\n")[1:]
    except OSError:
        return []
    names = {
        os.fsdecode(fields[_PATH_AT])
        for line in lines
        if len(fields := line.split(None, _PATH_AT)) > _PATH_AT
    }
    names = {name for name in names if not name.startswith("@")}
    absolute = {name for name in names if name.startswith("/") and not name.startswith(_OF_ITSELF)}
    relative = {os.path.basename(name) if name.startswith("/") else name for name in names - absolute}
    if relative:
        folders = {*_working_folders(), *among}
        absolute.update(f"{folder}/{name}" for folder in folders for name in relative)
    return sorted({os.path.realpath(name) for name in absolute if is_socket(name)})


def hidden(mounts: Sequence[Mount], among: Iterable[str]) -> list[Mount]:
    """What covers these files in a sandbox with `mounts`, as far as they are seen in it at all."""
    return [Mount(HIDE, path, path) for path in bound(among) if _is_seen(path, mounts)]


def _is_seen(path: str, mounts: Sequence[Mount]) -> bool:
    """Whether the sandbox shows at `path` what the machine has there."""
    if path.startswith(_OWN):
        return False
    above = [mount for mount in mounts if path.startswith(f"{mount.target}/")]
    nearest = max(above, key=lambda mount: len(mount.target), default=None)
    return nearest is None or (nearest.kind in (READ, WRITE) and nearest.source == nearest.target)


def is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False


def _working_folders() -> Iterable[str]:
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                yield os.readlink(f"/proc/{name}/cwd")
            except OSError:
                continue
