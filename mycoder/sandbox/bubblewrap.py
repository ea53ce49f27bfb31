"""The strongest level on Linux: every command in namespaces of its own, made by the `bwrap` program.

The whole machine is read-only; see `mounts` for what is writable and what is hidden. No network but a
loopback of its own, so that tests can talk to themselves; own processes and /proc, no capabilities, no way to
gain any. The command and all that it left behind end together, because its first process is the namespace's.
"""

import os
import signal
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from mycoder.sandbox import mounts, rlimits, tree
from mycoder.sandbox.confinement import Started
from mycoder.sandbox.guard import Guard
from mycoder.sandbox.job import CannotStart, Job, Limits
from mycoder.sandbox.masks import Masks

FIXED = (
    "--unshare-pid",
    "--unshare-ipc",
    "--die-with-parent",
    "--cap-drop",
    "ALL",
    "--ro-bind",
    "/",
    "/",
    "--dev",
    "/dev",
    "--proc",
    "/proc",
)

FOR_ROOT = ("--remount-ro", "/proc")
"""Root's files in /proc stay writable without any capability, /proc/sys/kernel/core_pattern among them, which
starts programs outside of every namespace. bwrap covers only the folders that are writable themselves."""

COMPLAINT = "bwrap: "


def fixed_options() -> tuple[str, ...]:
    """What does not depend on folders or commands; enough to see whether bubblewrap works."""
    return (*FIXED, *FOR_ROOT) if os.geteuid() == 0 else FIXED


class Bubblewrap:
    """Commands under bubblewrap. `program` is the path of bwrap, `state` a folder for its locks and empty
    mounts."""

    name = "bubblewrap"
    tmp = "/tmp"

    def __init__(self, program: str, folders: mounts.Folders, limits: Limits, state: Path) -> None:
        self._program, self._folders, self._limits = program, folders, limits
        self._empty = state / "empty"
        self._empty.mkdir(mode=0o500, parents=True, exist_ok=True)
        self._masks = Masks(state / "masks")
        self._refused = state / "refused"
        self._machine = mounts.of_machine(folders)
        self._home: list[mounts.Mount] = []
        self._holders = mounts.holders(folders)
        self._changed: list[int] = []
        # of a setuid program we may not set the limits from outside
        self._from_outside = (
            not os.stat(program).st_mode & 0o4000 and tree.children_of_main(os.getpid()) is not None
        )
        mounts.link_caches(folders.real_cache, folders.cache)

    @property
    def description(self) -> str:
        return (
            "bubblewrap: only the repository and a private /tmp are writable, credential stores are hidden, "
            "there is no network but a loopback of the command's own, and what it leaves running ends with it"
        )

    @property
    def variables(self) -> Mapping[str, str]:
        """npm cannot work beside a cache it may not write to. Without a cache at home one is made in /tmp."""
        cache = self._folders.real_cache
        if not os.path.isdir(cache):
            return {
                "TMPDIR": self.tmp,
                "XDG_CACHE_HOME": "/tmp/.cache",
                "npm_config_cache": "/tmp/.cache/npm",
            }
        return {"TMPDIR": self.tmp, "npm_config_cache": f"{cache}/npm"}

    def start(self, job: Job, env: Mapping[str, str], output: int) -> Started:
        wanted = rlimits.values(self._limits, 0)
        argv = job.argv if self._from_outside else (*rlimits.prologue(wanted, ""), *job.argv)
        self._masks.hold()
        try:
            options = self._options(job)
            guard = Guard(mounts.unmountable(self._folders.root), self._refused)
            popen = subprocess.Popen(
                (*options, "--chdir", str(job.cwd), "--", *argv),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=env,
                start_new_session=True,
            )
        except OSError as fault:
            self._masks.release()
            raise CannotStart(f"{self._program} could not be started: {fault.strerror}") from fault
        if self._from_outside:
            rlimits.impose(popen.pid, wanted)
        return Started(popen, guard=guard)

    def members(self, started: Started) -> list[int]:
        outer = started.popen.pid
        table = tree.parents()
        return [pid for pid in tree.descendants([outer], table) if table[pid] != outer]

    def ended(self, started: Started) -> str:
        self._masks.release()
        return " ".join(started.guard.settle()) if started.guard else ""

    def strike(self, started: Started) -> bool:
        if started.popen.returncode is not None:
            return False
        tree.send([started.popen.pid], signal.SIGKILL)
        return True

    def pause(self, started: Started, is_on: bool) -> None:
        tree.send_group(started.popen.pid, signal.SIGSTOP if is_on else signal.SIGCONT)

    def explain(self, output: str, exit_code: int | None) -> str:
        if exit_code != 1 or not output.startswith(COMPLAINT):
            return ""
        return output.removeprefix(COMPLAINT).strip()

    def close(self) -> None:
        self._masks.clear()

    def _options(self, job: Job) -> list[str]:
        folders = self._folders
        changed = mounts.times(self._holders)
        if changed != self._changed:
            self._home = [*mounts.of_home(folders), *mounts.of_shell_files(folders)]
            self._changed = changed
        writable = (*folders.writable, *map(str, job.writable))
        spill = (str(job.spill),) if job.spill else ()
        chosen = mounts.in_order(
            (
                *self._machine,
                *self._home,
                *mounts.of_repository(folders),
                *mounts.of_job(writable, spill, job.network),
            )
        )
        self._masks.note(mount.target for mount in chosen if mount.kind == mounts.MASK)
        net = () if job.network else ("--unshare-net",)
        return [self._program, *fixed_options(), *net, *self._as_options(chosen)]

    def _as_options(self, chosen: Iterable[mounts.Mount]) -> Iterable[str]:
        for mount in chosen:
            match mount.kind:
                case mounts.WRITE:
                    yield from ("--bind", mount.source, mount.target)
                case mounts.READ:
                    yield from ("--ro-bind-try", mount.source, mount.target)
                case mounts.MASK:
                    yield from ("--ro-bind", str(self._empty), mount.target)
                case _ if os.path.isdir(mount.source):
                    yield from ("--tmpfs", mount.target)
                case _:
                    yield from ("--ro-bind", "/dev/null", mount.target)
