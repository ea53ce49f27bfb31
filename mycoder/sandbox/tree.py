"""Trees of processes as /proc shows them, and `ps` where there is no /proc."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable

HAS_PROC = sys.platform.startswith("linux")


def parents() -> dict[int, int]:
    """Parent of each process that is there, as pid → parent's pid. About 15 µs for each process of the
    machine."""
    if not HAS_PROC:
        return _parents_by_ps()
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdecimal():
            continue
        stat = read(f"/proc/{name}/stat")
        # the name in parentheses may hold anything, also parentheses and spaces
        fields = stat[stat.rfind(b")") + 2 :].split(None, 2)
        if len(fields) > 1:
            found[int(name)] = int(fields[1])
    return found


def descendants(roots: Iterable[int], table: dict[int, int] | None = None) -> list[int]:
    """All processes below `roots`, without them, parents before children."""
    below: dict[int, list[int]] = {}
    for pid, parent in (parents() if table is None else table).items():
        below.setdefault(parent, []).append(pid)
    found: list[int] = []
    seen = waiting = list(roots)
    known = set(seen)
    while waiting:
        waiting = [child for parent in waiting for child in below.get(parent, ()) if child not in known]
        known.update(waiting)
        found += waiting
    return found


def children_of_main(pid: int) -> list[int] | None:
    """Children of the first thread of `pid`, in one read; None where the kernel does not tell.

    Orphans that a subreaper gets become children of its first thread.
    """
    try:
        fd = os.open(f"/proc/{pid}/task/{pid}/children", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return [int(child) for child in os.read(fd, 1 << 16).split()]
    except (OSError, ValueError):
        return None
    finally:
        os.close(fd)


def is_alive(pid: int) -> bool:
    """Whether `pid` runs; a zombie does not."""
    if not HAS_PROC:
        return pid in _parents_by_ps()
    stat = read(f"/proc/{pid}/stat")
    return bool(stat) and stat[stat.rfind(b")") + 2 :][:1] not in (b"Z", b"X")


def resident(pids: Iterable[int]) -> int:
    """Bytes of memory that the processes hold together; shared pages count for each of them."""
    pages = 0
    for pid in pids:
        fields = read(f"/proc/{pid}/statm").split()
        if len(fields) > 2:
            pages += int(fields[1]) - int(fields[2])
    return pages * os.sysconf("SC_PAGE_SIZE")


def send(pids: Iterable[int], number: signal.Signals) -> None:
    """Signals those that are still there and ours to signal."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            continue


def send_group(group: int, number: signal.Signals) -> bool:
    """Signals a process group; False when it has no member that is ours."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def reap_group(group: int) -> None:
    """Collects all children of ours that have ended in a process group."""
    try:
        while os.waitpid(-group, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def reap(pids: Iterable[int]) -> None:
    """Collects those that have ended and are our children, so that no zombie stays."""
    for pid in pids:
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            continue


def read(path: str, most: int = 8192) -> bytes:
    """The first bytes of a file in /proc; empty when it is gone or not for us."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(fd, most)
    except OSError:
        return b""
    finally:
        os.close(fd)


def _parents_by_ps() -> dict[int, int]:
    told = subprocess.run(
        ["/bin/ps", "-axo", "pid=,ppid="],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    rows = (line.split() for line in told.stdout.splitlines())
    return {int(row[0]): int(row[1]) for row in rows if len(row) == 2}
