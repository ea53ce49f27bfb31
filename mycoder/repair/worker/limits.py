"""Limits of one candidate: processor time by a repeating timer, memory and file size by rlimits.

The repeating timer raises an exception, which can only happen between two instructions of the interpreter. What
sits in one instruction for ever (a power of huge integers, a regular expression) is ended by the kernel: a second
timer whose signal nobody handles."""

from __future__ import annotations

import resource
import signal
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


def arm() -> None:
    """Installs the handler; to be called once in a child."""
    signal.signal(signal.SIGPROF, _ring)
    signal.signal(signal.SIGVTALRM, signal.SIG_DFL)


def start(seconds: float, *, is_deadly: bool = False) -> None:
    """Raises Overtime after `seconds` of processor time and again every few milliseconds until `stop`: code
    under repair with a bare ``except`` may swallow the first. When `is_deadly` the kernel ends the process
    (SIGVTALRM) where that does not help."""
    signal.setitimer(signal.ITIMER_PROF, seconds, max(0.005, seconds / 4))
    if is_deadly:
        signal.setitimer(signal.ITIMER_VIRTUAL, GRACE + 4 * seconds)


def stop() -> None:
    """Safe against a timer that goes off while it is being stopped."""
    while True:
        try:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
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
