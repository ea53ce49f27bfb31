"""One command that runs: its output as it comes, its end, its limits, its death. Everything happens on the
event loop.

The command has ended when its first process has; a pipe that a child in the background still holds is not
waited for."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable

from mycoder.sandbox import tree
from mycoder.sandbox.confinement import Confinement, Started
from mycoder.sandbox.job import Completed, Job, Limits
from mycoder.sandbox.output import Output
from mycoder.sandbox.rlimits import memory_limit, threads_now
from mycoder.sandbox.tidy import tidy

TERM_GRACE = 0.3
"""Seconds between asking a command to end and killing it; enough for git to take its locks away."""

KILL_TIME = 3.0
"""Seconds after which we stop trying to kill what does not die."""

_DRAIN = 0.05
_LOOK = 0.25
"""Seconds between two looks at what a command uses."""
_SHOW = 0.1
_PIECE = 1 << 16
_LARGE = 1 << 20


class Running:
    """A handle on a command. `id` is what a person or model calls it by."""

    def __init__(
        self,
        *,
        id: str,
        job: Job,
        confinement: Confinement,
        started: Started,
        limits: Limits,
        on_end: Callable[["Running"], None],
        close_door: Callable[[], str] | None = None,
    ) -> None:
        self.id, self.job = id, job
        self._confinement, self._started, self._pipe = confinement, started, started.pipe
        self._limits, self._on_end, self._close_door = limits, on_end, close_door
        self._output = Output(max(job.keep, 1000), job.spill, job.label)
        self._loop = asyncio.get_running_loop()
        self._since = time.monotonic()
        self._completed: asyncio.Future[Completed] = self._loop.create_future()
        self._exit = asyncio.Event()
        self._problem = ""
        self._is_timed_out = self._is_killed = False
        self._piece = _PIECE
        self._shown: list[bytes] = []
        self._show: asyncio.TimerHandle | None = None
        self._finishing: asyncio.Task[None] | None = None
        self._threads_before = threads_now()
        self._look = self._loop.call_later(_LOOK, self._look_at_use)
        self._loop.add_reader(self._pipe, self._read)
        self._watch_exit()

    @property
    def title(self) -> str:
        """What runs, for people: the words of a shell command, or the argv."""
        argv = self.job.argv
        return argv[-1] if "-c" in argv[:-1] else " ".join(argv)

    @property
    def is_running(self) -> bool:
        return not self._completed.done()

    async def wait(self, seconds: float | None = None) -> Completed | None:
        """How it ended, or None when it still runs after `seconds`. Cancelling the wait leaves it running."""
        if not self._completed.done():
            await asyncio.wait([self._completed], timeout=seconds)
        return self._completed.result() if self._completed.done() else None

    async def kill(self, problem: str = "", *, is_timed_out: bool = False) -> Completed:
        """Ends it with everything it has started: asked first, then killed. Returns within about 3
        seconds."""
        if self._completed.done():
            return self._completed.result()
        if not self._exit.is_set():
            self._is_killed, self._is_timed_out = True, is_timed_out
            self._problem = self._problem or problem
            tree.send(self._confinement.members(self._started), signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TERM_GRACE):
                    await self._exit.wait()
            self._confinement.strike(self._started)
        await asyncio.wait([self._completed], timeout=KILL_TIME)
        return self._completed.result() if self._completed.done() else self.snapshot()

    def kill_now(self) -> None:
        """Kills without asking and without waiting, for an end of the program that cannot wait."""
        if not self._exit.is_set():
            self._is_killed = True
            self._confinement.strike(self._started)

    def tail(self, characters: int = 2000) -> str:
        """The end of what it has printed so far."""
        return self._output.text()[0][-characters:]

    def snapshot(self) -> Completed:
        """How far it has come."""
        if self._completed.done():
            return self._completed.result()
        text, cut = self._output.text()
        return Completed(
            output=text,
            cut=cut,
            path=self._output.path,
            is_running=True,
            seconds=self._seconds(),
            level=self._confinement.name,
        )

    # -- output ----------------------------------------------------------------------------------------------

    def _read(self) -> None:
        """Takes one piece; a flood is taken in large ones."""
        try:
            data = os.read(self._pipe, self._piece)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._close_pipe()
            return
        if len(data) == self._piece < _LARGE:
            self._widen()
        self._output.feed(data)
        if self.job.on_output is not None:
            self._offer(data)

    def _widen(self) -> None:
        self._piece = _LARGE
        with contextlib.suppress(ImportError, AttributeError, OSError):
            import fcntl  # late: only for floods

            fcntl.fcntl(self._pipe, fcntl.F_SETPIPE_SZ, _LARGE)

    def _offer(self, data: bytes) -> None:
        """Collects for `on_output`: the first piece goes at once, what follows ten times a second."""
        self._shown.append(data[-_PIECE:])
        if len(self._shown) > 32:
            del self._shown[:16]
        if self._show is None:
            self._show_now()
            self._show = self._loop.call_later(_SHOW, self._show_later)

    def _show_later(self) -> None:
        self._show = None
        if self._shown:
            self._show_now()
            self._show = self._loop.call_later(_SHOW, self._show_later)

    def _show_now(self) -> None:
        """A character cut in two waits for its other half."""
        data = b"".join(self._shown)[-_PIECE:]
        whole = _whole_characters(data)
        self._shown = [data[whole:]] if whole < len(data) and not self._exit.is_set() else []
        if self.job.on_output is not None and data[:whole]:
            self.job.on_output(tidy(data[:whole]))

    # -- the end ---------------------------------------------------------------------------------------------

    def _watch_exit(self) -> None:
        pid = self._started.popen.pid
        if not hasattr(os, "pidfd_open"):
            self._watch_by_thread()
            return
        try:
            watched = os.pidfd_open(pid)
        except OSError:
            self._watch_by_thread()
            return

        def ended() -> None:
            self._loop.remove_reader(watched)
            os.close(watched)
            self._exited()

        self._loop.add_reader(watched, ended)

    def _watch_by_thread(self) -> None:
        """For systems without pidfd (macOS, Linux before 5.3)."""
        import threading  # late: not needed where the kernel tells

        def wait() -> None:
            os.waitid(os.P_PID, self._started.popen.pid, os.WEXITED | os.WNOWAIT)
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._exited)

        threading.Thread(target=wait, daemon=True).start()

    def _exited(self) -> None:
        self._started.popen.poll()
        self._exit.set()
        self._look.cancel()
        self._drain()
        if self._pipe < 0 and not self._confinement.strike(self._started):
            self._finish()
        else:
            self._finishing = self._loop.create_task(self._clear_up())

    async def _clear_up(self) -> None:
        """Something was left behind or still holds the pipe: it ends, and what it printed is taken."""
        give_up = time.monotonic() + KILL_TIME
        while self._confinement.strike(self._started) and time.monotonic() < give_up:
            await asyncio.sleep(0.005)
        until = time.monotonic() + _DRAIN
        while self._pipe >= 0 and time.monotonic() < until:
            await asyncio.sleep(0.002)
        self._drain()
        self._finish()

    def _drain(self) -> None:
        """Reads what is in the pipe now, and not for longer than a writer that never stops."""
        until = time.monotonic() + _DRAIN
        before = -1
        while self._pipe >= 0 and self._output.total != before and time.monotonic() < until:
            before = self._output.total
            self._read()

    def _finish(self) -> None:
        self._close_pipe()
        if self._show is not None:
            self._show.cancel()
        if self._shown:
            self._show_now()
        text, cut = self._output.finish()
        code = self._started.popen.returncode
        exit_code = None if self._is_killed else 128 - code if code < 0 else code
        problem = self._problem or self._confinement.explain(text, exit_code)
        if problem and not (self._problem or self._is_killed) and self._start_anew():
            return
        notes = (self._close_door() if self._close_door else "", self._confinement.ended(self._started, text))
        self._on_end(self)
        if self._completed.cancelled():
            return
        self._completed.set_result(
            Completed(
                exit_code=exit_code,
                output=text,
                cut=cut,
                path=self._output.path,
                timed_out=self._is_timed_out,
                killed=self._is_killed,
                problem=problem,
                note=" ".join(filter(None, notes)),
                seconds=self._seconds(),
                level=self._confinement.name,
            )
        )

    def _start_anew(self) -> bool:
        """Whether it runs now after all; tried once."""
        again = self._started.again
        started = again() if again is not None else None
        if started is None:
            return False
        started.guard = self._started.guard
        self._started, self._pipe, self._finishing = started, started.pipe, None
        self._output = Output(max(self.job.keep, 1000), self.job.spill, self.job.label)
        self._exit.clear()
        self._look = self._loop.call_later(_LOOK, self._look_at_use)
        self._loop.add_reader(self._pipe, self._read)
        self._watch_exit()
        return True

    def _close_pipe(self) -> None:
        if self._pipe >= 0:
            self._loop.remove_reader(self._pipe)
            os.close(self._pipe)
            self._pipe = -1

    def _seconds(self) -> float:
        return round(time.monotonic() - self._since, 3)

    # -- what it uses ----------------------------------------------------------------------------------------

    def _look_at_use(self) -> None:
        """Ends a command that takes more processes or memory than it may. Cheap unless the machine fills up.

        It is stopped while it is counted, or a fork bomb would leave us no processor time to count.
        """
        self._look = self._loop.call_later(_LOOK, self._look_at_use)
        crowd = threads_now() - self._threads_before > self._limits.processes // 2
        if not crowd and not _is_memory_scarce(memory_limit(self._limits)):
            return
        self._confinement.pause(self._started, True)
        try:
            self._judge_use()
        finally:
            self._confinement.pause(self._started, False)

    def _judge_use(self) -> None:
        members = self._confinement.members(self._started)
        if len(members) > self._limits.processes:
            self._end_for(f"it started more than {self._limits.processes:,} processes")
        elif (used := tree.resident(members)) > memory_limit(self._limits):
            self._end_for(
                f"it used {used >> 20:,} MB of memory; {memory_limit(self._limits) >> 20:,} MB are allowed"
            )

    def _end_for(self, reason: str) -> None:
        self._problem = f"stopped: {reason}"
        self._is_killed = True
        self._confinement.strike(self._started)


def _whole_characters(data: bytes) -> int:
    """Length of `data` without a character at its end that is not complete."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 == 0x80:
            continue
        needs = 1 if byte < 0x80 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
        return len(data) if back >= needs else len(data) - back
    return len(data)


def _is_memory_scarce(limit: int) -> bool:
    """Whether so little memory is free that a command may hold its `limit`."""
    fields = dict(line.split(b":", 1) for line in tree.read("/proc/meminfo").splitlines() if b":" in line)
    if b"MemAvailable" not in fields or b"MemTotal" not in fields:
        return False
    total, free = (int(fields[name].split()[0]) * 1024 for name in (b"MemTotal", b"MemAvailable"))
    return total - free > limit
