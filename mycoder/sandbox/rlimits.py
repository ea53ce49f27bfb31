"""Resource limits of a command, and the mark by which its processes are known wherever they hide.

On Linux the limits are set from outside on the first process before it has made another, which costs no extra
program start. The mark is a limit too: RLIMIT_RTTIME, the CPU time of real-time threads in microseconds,
which nothing uses, is inherited by every child, survives setsid, double forks and a wiped environment, can be
read by everybody in /proc/PID/limits, and cannot be lifted again without privilege."""

import contextlib
import os
import re
import resource
import signal

from mycoder.sandbox import tree
from mycoder.sandbox.job import Limits

MARK_VARIABLE = "MYCODER_JOB"
"""Carries the mark where the limit cannot: on other systems, and where a smaller RLIMIT_RTTIME is in
force."""

_MARK_LINE = re.compile(rb"Max realtime timeout\s+(\d+)")


class Marks:
    """Makes the marks of one session: `prefix` and six digits, so that all of them can be found at once."""

    def __init__(self) -> None:
        self.prefix = str(int.from_bytes(os.urandom(4), "big") + 5_000_000_000)
        self._count = 0
        limit = getattr(resource, "RLIMIT_RTTIME", None)
        self.is_limit = (
            tree.HAS_PROC and limit is not None and resource.getrlimit(limit)[1] == resource.RLIM_INFINITY
        )

    def next(self) -> int:
        self._count += 1
        return int(f"{self.prefix}{self._count % 1_000_000:06d}")

    def variables(self, mark: int) -> dict[str, str]:
        return {} if self.is_limit else {MARK_VARIABLE: str(mark)}

    def carries(self, pid: int, mark: int) -> bool:
        if self.is_limit:
            return _mark_of(pid) == mark
        return f"{MARK_VARIABLE}={mark}".encode() in _environment_of(pid)

    def carriers(self, mark: int) -> list[int]:
        """All processes with the mark, of the whole machine; about 20 µs for each process there is."""
        if not tree.HAS_PROC:
            return []
        pids = (int(name) for name in os.listdir("/proc") if name.isdecimal())
        return [pid for pid in pids if self.carries(pid, mark) and tree.is_alive(pid)]


def memory_limit(limits: Limits) -> int:
    """Bytes that a command may hold."""
    return limits.memory or os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 4 * 3


def values(limits: Limits, mark: int) -> list[tuple[int, int]]:
    """The limits as (resource, value). Memory is RLIMIT_DATA, which counts what a process can write to:
    address space alone (RLIMIT_AS) would stop node, Go and Java, which reserve far more than they use."""
    wanted = [
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_DATA, memory_limit(limits)),
        (resource.RLIMIT_NPROC, limits.processes + threads_now()),
    ]
    if mark:
        wanted.append((resource.RLIMIT_RTTIME, mark))
    return [(what, _at_most(value, resource.getrlimit(what)[1])) for what, value in wanted]


def threads_now() -> int:
    """Threads of the whole machine. RLIMIT_NPROC counts all that a user runs, so it has to lie above
    those."""
    try:
        fd = os.open("/proc/loadavg", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return 4096
    try:
        return int(os.read(fd, 256).split()[3].split(b"/")[1])
    finally:
        os.close(fd)


def impose(pid: int, wanted: list[tuple[int, int]]) -> None:
    """Sets the limits on the fresh process `pid` and on whatever it has made in the meantime.

    Ends when every known process has them and no unknown one is there: later ones inherit.
    """
    done: set[int] = set()
    waiting = {pid}
    while waiting:
        for fresh in waiting:
            _limit(fresh, wanted)
        done |= waiting
        waiting = {child for known in done for child in tree.children_of_main(known) or ()} - done


def prologue(wanted: list[tuple[int, int]]) -> tuple[str, ...]:
    """A command in front of the command, for systems where limits cannot be set from outside (not Linux), and
    for programs that do not let us (setuid). `ulimit` counts files in blocks of 512 bytes and memory in
    kilobytes."""
    letters = {
        resource.RLIMIT_CORE: ("-c", 512),
        resource.RLIMIT_FSIZE: ("-f", 512),
        resource.RLIMIT_CPU: ("-t", 1),
        resource.RLIMIT_DATA: ("-d", 1024),
    }
    parts = [
        f"ulimit {letters[what][0]} {value // letters[what][1]} 2>/dev/null"
        for what, value in wanted
        if what in letters
    ]
    return ("/bin/sh", "-c", "; ".join([*parts, 'exec "$@"']), "sh")


def _limit(pid: int, wanted: list[tuple[int, int]]) -> None:
    with contextlib.suppress(OSError):  # the process may have ended
        for what, value in wanted:
            resource.prlimit(pid, what, (value, value))
    with contextlib.suppress(OSError):  # when memory runs out the kernel takes the command, not us
        fd = os.open(f"/proc/{pid}/oom_score_adj", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(fd, b"500")
        finally:
            os.close(fd)


def _at_most(value: int, hard: int) -> int:
    return value if hard == resource.RLIM_INFINITY else min(value, hard)


def _mark_of(pid: int) -> int:
    found = _MARK_LINE.search(tree.read(f"/proc/{pid}/limits"))
    return int(found.group(1)) if found else 0


def _environment_of(pid: int) -> bytes:
    return tree.read(f"/proc/{pid}/environ", 1 << 17)


def end(pids: list[int]) -> None:
    """Stops first, so that a fork bomb cannot outrun us, then kills."""
    if len(pids) > 8:
        tree.send(pids, signal.SIGSTOP)
    tree.send(pids, signal.SIGKILL)
