"""The level below bubblewrap: Landlock for files, seccomp for the network. Needs no program and no
namespaces.

Both bind a thread and what it starts. So every command is started by a short-lived thread that has bound
itself, which costs nothing but the thread. What Landlock cannot do: make a folder read-only inside of a
writable one (protected names are put back after the command instead, see `guard`), hide that a file exists,
hold back changes of mode, owner and times, or let a command talk to itself over the network: there is not
even a loopback.

Numbers and layouts: linux/landlock.h, linux/seccomp.h, linux/filter.h, linux/audit.h.
"""

import ctypes
import errno
import os
import platform
import struct
import subprocess
import threading
from collections.abc import Iterable, Mapping, Sequence

from mycoder.sandbox import bare, kernel, mounts
from mycoder.sandbox.job import Job

OLDEST_ABI = 3
"""Before Linux 6.2 a file could still be truncated."""

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14
_ALL = (1 << 15) - 1
"""The rights of ABI 3: all of the above, and making, linking, moving and removing of every kind."""
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
_TCP = 0b11
"""Bind and connect, from ABI 4."""
_SCOPES = 0b11
"""Abstract sockets and signals stay within, from ABI 6."""

_DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "shm")

_AF_NETLINK = 16
_MACHINES = {"x86_64": (0xC000003E, 41, 425), "aarch64": (0xC00000B7, 198, 425)}
"""Audit architecture, and the numbers of socket and io_uring_setup, which could make sockets too."""


def abi() -> int:
    """Version of Landlock in the kernel; 0 without."""
    try:
        return kernel.syscall(_CREATE_RULESET, None, 0, _VERSION)
    except OSError:
        return 0


def has_filter() -> bool:
    """Whether the network can be closed on this machine."""
    return platform.machine() in _MACHINES


class Landlock:
    """Starts commands that can read all but `hidden` and write only below `writable`."""

    def __init__(self, folders: mounts.Folders, readable: Iterable[str], writable: Iterable[str]) -> None:
        self._version = abi()
        self._folders = folders
        self._readable, self._writable = tuple(readable), tuple(writable)

    def spawn(
        self, argv: Sequence[str], job: Job, env: Mapping[str, str], output: int
    ) -> "subprocess.Popen[bytes]":
        """Raises OSError."""
        results: list[subprocess.Popen[bytes] | Exception] = []

        def start() -> None:
            try:
                self._bind(job)
                results.append(bare.spawn(argv, job, env, output))
            except Exception as fault:
                results.append(fault)

        thread = threading.Thread(target=start, name="mycoder-landlock")
        thread.start()
        thread.join()
        if isinstance(results[0], Exception):
            raise results[0]
        return results[0]

    def _bind(self, job: Job) -> None:
        """Binds the calling thread for good. Raises OSError."""
        ruleset = self._ruleset(job)
        try:
            kernel.drop_capabilities()
            kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
            kernel.syscall(_RESTRICT_SELF, ruleset, 0)
        finally:
            os.close(ruleset)
        _close_network()

    def _ruleset(self, job: Job) -> int:
        attributes = struct.pack("Q", _ALL)
        if self._version >= 4:
            attributes += struct.pack("Q", _TCP)
        if self._version >= 6:
            attributes += struct.pack("Q", _SCOPES)
        ruleset = kernel.syscall(_CREATE_RULESET, attributes, len(attributes), 0)
        try:
            _allow(ruleset, "/", _EXECUTE | _READ_DIR)
            for path in self._open_places(job):
                _allow(ruleset, path, _READ_FILE | _EXECUTE | _READ_DIR)
            own = (self._folders.scratch, self._folders.cache)
            for path in (*self._writable, *map(str, job.writable)):
                is_kept = job.read_only and path not in own
                _allow(ruleset, path, _READ_FILE | _EXECUTE | _READ_DIR if is_kept else _ALL)
            for name in _DEVICES:
                _allow(ruleset, f"/dev/{name}", _ALL)
        except OSError:
            os.close(ruleset)
            raise
        return ruleset

    def _open_places(self, job: Job) -> list[str]:
        """Everything but what is hidden, as few places as possible: Landlock knows no exceptions."""
        hidden = [mount.target for mount in mounts.of_home(self._folders) if mount.kind == mounts.HIDE]
        spill = (str(job.spill),) if job.spill else ()
        return [
            *_around("/", [*hidden, "/tmp", "/var/tmp", "/run"]),
            *(place for folder in self._readable for place in _around(folder, hidden)),
            *spill,
        ]


def _around(folder: str, hidden: list[str]) -> list[str]:
    """Places that together are `folder` without what is hidden in it."""
    start = folder.rstrip("/") + "/"
    inside = [path for path in hidden if path.startswith(start)]
    if not inside:
        return [folder]
    found = []
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    for name in names:
        path = start + name
        if path not in inside and not os.path.islink(path):
            found += _around(path, inside)
    return found


def _allow(ruleset: int, path: str, rights: int) -> None:
    """What is not there needs no rule."""
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not os.path.isdir(path):
            rights &= _OF_FILES
        kernel.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, fd), 0)
    finally:
        os.close(fd)


def _close_network() -> None:
    """No new socket but of the kind that asks the kernel about its interfaces. Sockets in the file system are
    closed too: the message bus of a desktop or a container daemon would run commands for everybody who can
    reach them."""
    architecture, socket, io_uring = _MACHINES[platform.machine()]
    refuse, missing, allow = 0x00050000 | errno.EACCES, 0x00050000 | errno.ENOSYS, 0x7FFF0000
    load, equal, at_least, answer = 0x20, 0x15, 0x35, 0x06
    steps = (
        (load, 0, 0, 4),  # architecture
        (equal, 1, 0, architecture),
        (answer, 0, 0, refuse),
        (load, 0, 0, 0),  # number of the call
        (at_least, 0, 1, 0x40000000),  # the x32 numbers of x86_64 would go round this
        (answer, 0, 0, refuse),
        (equal, 0, 1, io_uring),
        (answer, 0, 0, missing),
        (equal, 0, 3, socket),
        (load, 0, 0, 16),  # first argument: family
        (equal, 1, 0, _AF_NETLINK),
        (answer, 0, 0, refuse),
        (answer, 0, 0, allow),
    )
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
    kernel.set_filter(program)
