"""The strongest level on Linux: every command in namespaces of its own, made by the `bwrap` program.

The whole machine is read-only; see `mounts` for what is writable and what is hidden. No network but a
loopback of its own, so that tests can talk to themselves; own processes and /proc, no capabilities, no way to
gain any. The command and all that it left behind end together, because its first process is the namespace's.
"""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from mycoder.config.private import make_private
from mycoder.sandbox import homes, mounts, rlimits, sockets, standby, tree
from mycoder.sandbox.confinement import Started, open_pipe, why_not
from mycoder.sandbox.guard import Guard
from mycoder.sandbox.job import CannotStart, Job, Limits
from mycoder.sandbox.kept import MASKS
from mycoder.sandbox.masks import Masks
from mycoder.sandbox.nested import nested_repositories
from mycoder.sandbox.watchdog import Watchdog

FIXED = (
    "--unshare-pid",
    "--unshare-ipc",
    "--unshare-net",
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

_STANDSTILL = 0.05
"""Seconds that we wait for a process to stop; it takes a tenth of a millisecond on an idle machine."""


def fixed_options() -> tuple[str, ...]:
    """What does not depend on folders or commands; enough to see whether bubblewrap works."""
    return (*FIXED, *FOR_ROOT) if os.geteuid() == 0 else FIXED


def end_sandbox(outer: int) -> None:
    """Kills a bwrap and what runs under it. Killing only the outer process is not enough: until that one has
    let the inner one go on, the inner one would wait for it for ever. So it is stopped first: only a process
    that stands still has no fork under way."""
    tree.send([outer], signal.SIGSTOP)
    until = time.monotonic() + _STANDSTILL
    while not _stands_still(outer) and time.monotonic() < until:
        time.sleep(0.0002)
    inner = tree.children_of_main(outer)
    tree.send(tree.descendants([outer]) if inner is None else inner, signal.SIGKILL)
    tree.send([outer], signal.SIGKILL)


def _stands_still(child: int) -> bool:
    """Whether our child is stopped, or has ended."""
    try:
        return os.waitid(os.P_PID, child, os.WSTOPPED | os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None
    except ChildProcessError:
        return True


class Bubblewrap:
    """Commands under bubblewrap. `program` is the path of bwrap, `state` a folder for its locks and empty
    mounts."""

    name = "bubblewrap"
    network = "door"
    tmp = "/tmp"

    def __init__(self, program: str, folders: mounts.Folders, limits: Limits, state: Path) -> None:
        self._program, self._folders, self._limits = program, folders, limits
        self._empty = state / "empty"
        make_private(state)
        self._empty.mkdir(mode=0o500, exist_ok=True)
        self._masks = Masks(state / MASKS)
        self._refused = state / "refused"
        # between its start and its asking to die with us, bwrap would survive us
        self._marks = rlimits.Marks()
        self._mark = self._marks.variables(self._marks.next())
        self._watchdog = Watchdog((self._marks.prefix, rlimits.MARK_VARIABLE))
        self._machine = mounts.of_machine(folders)
        self._home: list[mounts.Mount] = []
        self._holders = mounts.holders(folders)
        self._nested = nested_repositories(folders.root)
        self._changed: list[int] = []
        mounts.link_caches(folders.real_cache, folders.cache)
        homes.link_wrappers(folders.home, folders.cache)
        self._standby: standby.Standby | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._dying: list[subprocess.Popen[bytes]] = []
        self._last: tuple[Job, Mapping[str, str]] | None = None
        self._ended_at = 0.0
        self._is_burst = False

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
        found = {"TMPDIR": self.tmp}
        if not os.path.isdir(cache):
            cache = found["XDG_CACHE_HOME"] = "/tmp/.cache"
        return {**found, "npm_config_cache": f"{cache}/npm", **homes.variables(self._folders.home, cache)}

    def start(self, job: Job, env: Mapping[str, str]) -> Started:
        self._masks.hold()
        self._watchdog.start()
        env = {**env, **self._mark}
        try:
            chosen = self._chosen(job)
            guard = Guard(mounts.unmountable(self._folders.root, self._nested), self._refused)
            limits = rlimits.values(self._limits, 0)
            started = self._wake(job, env, chosen, limits)
            if started is None:
                argv = (*rlimits.prologue(limits), *job.argv)
                started = self._launch(argv, job, env, chosen)
                started.again = partial(self._launch_anew, argv, job, env, chosen)
        except (OSError, ValueError) as fault:
            self._masks.release()
            raise CannotStart(why_not(job, fault)) from fault
        started.guard = guard
        self._is_burst = time.monotonic() - self._ended_at < standby.BURST
        if job.door is None:  # a door is there for one command
            self._last = (job, env)
            self._plan_next()
        return started

    def _launch(
        self,
        argv: Sequence[str],
        job: Job,
        env: Mapping[str, str],
        chosen: list[mounts.Mount],
        stdin: int = subprocess.DEVNULL,
    ) -> Started:
        """Starts a sandbox of its own for `argv`. Raises OSError, ValueError."""
        words = (
            self._program,
            *fixed_options(),
            *self._as_options(chosen),
            "--chdir",
            str(job.cwd),
            "--",
            *argv,
        )
        reading, writing = open_pipe()
        try:
            popen = subprocess.Popen(
                words,
                stdin=stdin,
                stdout=writing,
                stderr=writing,
                env=env,
                start_new_session=True,
            )
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        rlimits.offer_to_kernel(popen.pid)
        return Started(popen, reading)

    def _launch_anew(
        self, argv: Sequence[str], job: Job, env: Mapping[str, str], before: list[mounts.Mount]
    ) -> Started | None:
        """When a socket went away between our look and the mount, there was nothing left to mount on."""
        if all(os.path.lexists(mount.target) for mount in before if mount.kind == mounts.HIDE):
            return None
        try:
            return self._launch(argv, job, env, self._chosen(job))
        except (OSError, ValueError):
            return None

    # -- the one that waits ----------------------------------------------------------------------------------

    def _wake(
        self, job: Job, env: Mapping[str, str], chosen: list[mounts.Mount], limits: list[tuple[int, int]]
    ) -> Started | None:
        line = standby.line_for(job.argv, str(job.cwd), rlimits.script(limits, is_bash=False))
        ready, self._standby = self._standby, None
        if ready is None:
            return None
        self._stop_timer()
        if not ready.become(line, chosen, env):
            self._throw_away(ready)
            return None
        self._masks.release()
        return Started(ready.popen, ready.output)

    def _plan_next(self) -> None:
        """While a command runs, or the model answers, there is time to build the next sandbox."""
        if self._is_burst and self._standby is None and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(0, self._make_ready)

    def _make_ready(self) -> None:
        """Builds the sandbox for the next command, as if it were like the last one."""
        self._timer = None
        if self._standby is not None or self._last is None:
            return
        job, env = self._last
        reading, gate = os.pipe()
        self._masks.hold()
        try:
            chosen = self._chosen(job)
            started = self._launch(standby.WAITING_SHELL, job, env, chosen, reading)
        except (OSError, ValueError):
            os.close(gate)
            self._masks.release()
            return
        finally:
            os.close(reading)
        self._standby = standby.Standby(started.popen, gate, started.pipe, chosen, env)
        self._timer = asyncio.get_running_loop().call_later(standby.PATIENCE, self._give_up)

    def _give_up(self) -> None:
        ready, self._standby, self._timer = self._standby, None, None
        if ready is not None:
            self._throw_away(ready)

    def _throw_away(self, ready: standby.Standby) -> None:
        end_sandbox(ready.popen.pid)
        ready.close()
        self._dying = [popen for popen in (*self._dying, ready.popen) if popen.poll() is None]
        self._masks.release()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def members(self, started: Started) -> list[int]:
        outer = started.popen.pid
        table = tree.parents()
        return [pid for pid in tree.descendants([outer], table) if table[pid] != outer]

    def ended(self, started: Started, output: str) -> str:
        self._ended_at = time.monotonic()
        self._plan_next()
        notes = [self._masks.explain(output, self._folders.root)]
        self._masks.release()
        return " ".join(filter(None, (*notes, *(started.guard.settle() if started.guard else ()))))

    def strike(self, started: Started) -> bool:
        if started.popen.returncode is not None:
            return False
        end_sandbox(started.popen.pid)
        return True

    def pause(self, started: Started, is_on: bool) -> None:
        tree.send_group(started.popen.pid, signal.SIGSTOP if is_on else signal.SIGCONT)

    def explain(self, output: str, exit_code: int | None) -> str:
        if exit_code == 1 and output.startswith(COMPLAINT):
            return output.removeprefix(COMPLAINT).strip()
        return rlimits.complaint(output, exit_code)

    def close(self) -> None:
        self._last = None
        self._stop_timer()
        self._give_up()
        for popen in self._dying:
            popen.wait()
        self._watchdog.close()
        self._masks.clear()

    def _chosen(self, job: Job) -> list[mounts.Mount]:
        """The mounts for a command. A folder that is there only as a mask of ours is one still."""
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
                *mounts.of_repository(folders, self._masks.known),
                *mounts.of_nested(self._nested),
                *self._home,
                *mounts.of_job(writable, spill, job.door),
            )
        )
        if job.read_only:
            chosen = mounts.read_only(chosen)
        self._masks.note(mount.target for mount in chosen if mount.kind == mounts.MASK)
        covered = sockets.hidden(chosen, (folders.root, folders.home))
        return mounts.in_order((*chosen, *covered)) if covered else chosen

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
