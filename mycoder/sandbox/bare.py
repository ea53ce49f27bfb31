"""The weakest level: a session of its own, resource limits, an environment without secrets, and nothing left
behind.

Files and network are open to the command. Its processes are found by their mark (see `rlimits`); while a
command runs this process is a subreaper, so that daemons end up as its children and cannot hide."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from mycoder.sandbox import rlimits, tree
from mycoder.sandbox.confinement import Started, open_pipe, why_not
from mycoder.sandbox.guard import Guard
from mycoder.sandbox.job import CannotStart, Job, Limits
from mycoder.sandbox.watchdog import Watchdog

Spawn = Callable[[Sequence[str], Job, Mapping[str, str], int], "subprocess.Popen[bytes]"]

WORDS = (
    "limits only: commands can read, write and reach the network as you can; they get no keys from the "
    "environment, are bounded in time, memory and processes, and leave nothing running"
)


def spawn(argv: Sequence[str], job: Job, env: Mapping[str, str], output: int) -> "subprocess.Popen[bytes]":
    """Starts a program in a session of its own. Raises OSError."""
    return subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        cwd=job.cwd,
        env=env,
        start_new_session=True,
    )


class Bare:
    """Commands with limits only; a level that builds on this one brings its own `start`, words and variables,
    and names what is to be `protected`: that is put back after each command, `refused` takes what a command
    made of it."""

    def __init__(
        self,
        limits: Limits,
        scratch: Path,
        bash: str,
        *,
        name: str = "limits",
        description: str = WORDS,
        start: Spawn = spawn,
        variables: Mapping[str, str] | None = None,
        protected: Callable[[], list[str]] | None = None,
        refused: Path | None = None,
        network: str = "open",
    ) -> None:
        self.network = network
        self.name, self.description = name, description
        self.tmp = str(scratch)
        self.variables: Mapping[str, str] = {"TMPDIR": self.tmp, **(variables or {})}
        self._limits, self._bash, self._spawn = limits, bash, start
        self._protected, self._refused = protected, refused
        self._marks = rlimits.Marks()
        self._watchdog = Watchdog((self._marks.prefix, rlimits.MARK_VARIABLE))
        self._running: dict[int, Started] = {}
        self._has_adopted = False

    def start(self, job: Job, env: Mapping[str, str]) -> Started:
        mark = self._marks.next()
        wanted = rlimits.values(self._limits, mark if self._marks.is_limit else 0)
        argv = (*rlimits.prologue(wanted, self._bash), *job.argv)
        self._watchdog.start()
        if not self._running:
            self._adopt(True)
        guard = Guard(self._protected(), self._refused) if self._protected and self._refused else None
        reading, writing = open_pipe()
        try:
            popen = self._spawn(argv, job, {**env, **self._marks.variables(mark)}, writing)
        except (OSError, ValueError) as fault:
            os.close(reading)
            if not self._running:
                self._adopt(False)
            raise CannotStart(why_not(job, fault)) from fault
        finally:
            os.close(writing)
        started = self._running[popen.pid] = Started(popen, reading, mark, guard)
        return started

    def members(self, started: Started) -> list[int]:
        pid = started.popen.pid
        table = tree.parents()
        own = () if started.popen.returncode is not None else (pid,)
        # parents first: a shell that outlives its child by a moment would say that it was killed
        found = (*own, *tree.descendants([pid], table), *self._marks.carriers(started.mark))
        return list(dict.fromkeys(found))

    def ended(self, started: Started, output: str) -> str:
        del self._running[started.popen.pid]
        if not self._running:
            self._adopt(False)
        return " ".join(started.guard.settle()) if started.guard else ""

    def strike(self, started: Started) -> bool:
        """After the command has ended this is cheap as long as nothing was left: what was became our
        child."""
        if started.popen.returncode is not None:
            tree.reap_group(started.popen.pid)
        # one call ends all but those that left the group, and no fork can outrun it
        had_group = tree.send_group(started.popen.pid, signal.SIGKILL)
        if not tree.HAS_PROC:
            return had_group
        if started.popen.returncode is not None and not self._orphans(started.mark):
            return had_group
        there = self.members(started)
        rlimits.end(there)
        tree.reap(pid for pid in there if pid != started.popen.pid)
        return had_group or bool(there)

    def pause(self, started: Started, is_on: bool) -> None:
        tree.send_group(started.popen.pid, signal.SIGSTOP if is_on else signal.SIGCONT)

    def explain(self, output: str, exit_code: int | None) -> str:
        return rlimits.complaint(output, exit_code)

    def close(self) -> None:
        self._watchdog.close()

    def _orphans(self, mark: int, again: int = 8) -> bool:
        """Whether processes of the mark have become our children; those that have ended are collected."""
        children = tree.children_of_main(os.getpid()) if self._has_adopted else None
        if children is None:
            return bool(self._marks.carriers(mark))
        left = [pid for pid in children if pid not in self._running and self._marks.carries(pid, mark)]
        tree.reap(left)
        if not left or again == 0:
            return bool(left)
        # one that died since the list was read may have left us its children
        return any(tree.is_alive(pid) for pid in left) or self._orphans(mark, again - 1)

    def _adopt(self, is_on: bool) -> None:
        """Turns adopting orphans on for as long as commands run; leaves it alone when somebody else did."""
        if not sys.platform.startswith("linux") or is_on == self._has_adopted:
            return
        from mycoder.sandbox import kernel  # late: ctypes, and only where nothing stronger works

        if is_on and kernel.is_subreaper():
            return
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, int(is_on))
        self._has_adopted = is_on
