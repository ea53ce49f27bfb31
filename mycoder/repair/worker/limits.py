"""Limits of one candidate: processor time by a repeating timer, memory and file size by rlimits.

The repeating timer raises an exception, which can only happen between two instructions of the interpreter. What
sits in one instruction for ever (a power of huge integers, a regular expression) is ended by the kernel: a second
timer whose signal nobody handles. What waits for something that never comes uses no processor time: a third timer
looks from time to time whether it does anything at all."""

from __future__ import annotations

import resource
import signal
import time
from types import FrameType

MEMORY = 1 << 30
"""Bytes of address space a candidate may use beyond what the worker already has."""
LARGEST_FILE = 64 << 20


class Overtime(BaseException):
    """The candidate used up its processor time. Not an Exception, so that most handlers let it pass."""


class Forbidden(BaseException):
    """The candidate did something that no test of the original program does."""


def _ring(signum: int, frame: FrameType | None) -> None:
    raise Overtime


GRACE = 0.3
"""Seconds of processor time beyond its limit after which a candidate that cannot be interrupted is killed."""


WAIT = 0.2
"""Seconds that a test may wait for something beyond its processor time."""
LOOKS = 4
AWAKE = 0.05
"""So many looks in a row, over half of the time, find less than this share of the processor used: it waits."""


class Watch:
    """A handler that lets what computes go on, however slowly on a busy machine."""

    def __init__(self) -> None:
        self.has_rung = False
        self._used = time.process_time()
        self._naps = 0

    def __call__(self, signum: int, frame: FrameType | None) -> None:
        used, step = time.process_time(), signal.getitimer(signal.ITIMER_REAL)[1]
        self._naps = self._naps + 1 if used - self._used < AWAKE * step else 0
        self._used = used
        if self._naps >= LOOKS:
            self.has_rung = True
            raise Overtime


def arm() -> None:
    """Installs the handler; to be called once in a child."""
    signal.signal(signal.SIGPROF, _ring)
    signal.signal(signal.SIGVTALRM, signal.SIG_DFL)


def start(seconds: float, *, is_deadly: bool = False, wall: float = 0.0) -> Watch:
    """Raises Overtime after `seconds` of processor time and again every few milliseconds until `stop`: code
    under repair with a bare ``except`` may swallow the first. When `is_deadly` the kernel ends the process
    (SIGVTALRM) where that does not help. With `wall` the same happens to what has waited for the second half of
    so many seconds (tests that use SIGALRM themselves take that away, and are left to the parent). The watch
    tells whether it had to, even where the code swallows that."""
    signal.setitimer(signal.ITIMER_PROF, seconds, max(0.005, seconds / 4))
    if is_deadly:
        signal.setitimer(signal.ITIMER_VIRTUAL, GRACE + 4 * seconds)
    watch = Watch()
    if wall:
        signal.signal(signal.SIGALRM, watch)
        signal.setitimer(signal.ITIMER_REAL, wall / 2, wall / 2 / LOOKS)
    return watch


def stop() -> None:
    """Safe against a timer that goes off while it is being stopped."""
    while True:
        try:
            for timer in (signal.ITIMER_PROF, signal.ITIMER_VIRTUAL, signal.ITIMER_REAL):
                signal.setitimer(timer, 0)
            return
        except Overtime:
            continue


def confine(memory: int = MEMORY) -> None:
    """Lowers the limits of this process for good."""
    used = _address_space()
    if used:
        _lower(resource.RLIMIT_AS, used + memory)
    _lower(resource.RLIMIT_FSIZE, LARGEST_FILE)
    _lower(resource.RLIMIT_CORE, 0)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def _lower(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    try:
        resource.setrlimit(which, (value, value))
    except (OSError, ValueError):  # macOS refuses some of them
        return


def _address_space() -> int:
    try:
        with open("/proc/self/statm", "rb") as source:
            return int(source.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0
