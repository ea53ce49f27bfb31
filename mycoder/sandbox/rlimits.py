"""Resource limits of a command, and the mark by which its processes are known wherever they hide.

The mark is a limit too: RLIMIT_RTTIME, the CPU time of real-time threads in microseconds,
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
"""Carries the mark too: for a process made before the limit was set, on other systems, and where a smaller
RLIMIT_RTTIME is in force already."""

_NAME = "mycoder"
_COMPLAINT = re.compile(rf"(?:{_NAME}|/bin/sh): (?:line )?\d+: (?:exec: )?(.+)\Z", re.DOTALL)

_MARK_LINE = re.compile(rb"Max realtime timeout\s+(\d+)")


_LETTERS = {
    resource.RLIMIT_CORE: "c",
    resource.RLIMIT_FSIZE: "f",
    resource.RLIMIT_CPU: "t",
    resource.RLIMIT_DATA: "d",
    resource.RLIMIT_NPROC: "up",
}
_MARK_LETTER = {resource.RLIMIT_RTTIME: "R"} if hasattr(resource, "RLIMIT_RTTIME") else {}


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
        return {MARK_VARIABLE: str(mark)}

    def carries(self, pid: int, mark: int) -> bool:
        if self.is_limit and _mark_of(pid) == mark:
            return True
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


def script(wanted: list[tuple[int, int]], *, is_bash: bool) -> str:
    """Shell commands that set the limits. A limit that is lower already stays. sh has no letter for the mark,
    which then has to be carried by the environment, and dash and bash have different ones for processes."""
    kilo = 1024 if is_bash else 512
    units = {resource.RLIMIT_CORE: kilo, resource.RLIMIT_FSIZE: kilo, resource.RLIMIT_DATA: 1024}
    letters = {**_LETTERS, **_MARK_LETTER} if is_bash else _LETTERS
    parts = [
        f"ulimit -{letter} {value // units.get(what, 1)} 2>/dev/null"
        for what, value in wanted
        for letter in letters.get(what, "")
    ]
    return "; ".join([*parts, "echo 500 2>/dev/null >/proc/self/oom_score_adj" if tree.HAS_PROC else ":"])


def prologue(wanted: list[tuple[int, int]], bash: str = "") -> tuple[str, ...]:
    """A command in front of the command that sets the limits before anything else can happen.

    Costs 1 ms for starting the shell, but no process is ever without them. Setting them from outside comes
    too late for a process that is made and cut loose at once, or whose fork is under way."""
    shell = (bash, "--noprofile", "--norc") if bash else ("/bin/sh",)
    return (*shell, "-c", f'{script(wanted, is_bash=bool(bash))}; exec "$@"', _NAME)


def offer_to_kernel(pid: int) -> None:
    """When memory runs out the kernel takes this process and not us. For commands that cannot say so
    themselves; one that had a child before is taken a little later, which does no harm."""
    with contextlib.suppress(OSError):
        fd = os.open(f"/proc/{pid}/oom_score_adj", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(fd, b"500")
        finally:
            os.close(fd)


def complaint(output: str, exit_code: int | None) -> str:
    """Why the command could not be started, when `output` is the word of a shell in front of it; else
    empty."""
    found = _COMPLAINT.match(output) if exit_code in (126, 127) else None
    return found.group(1).strip() if found else ""


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
