"""What the exit code of mycoder says. Scripts count on these numbers: they never change their meaning.

75 is EX_TEMPFAIL of sysexits.h, 124 what timeout(1) uses, 128 + n the shell's code for signal n.
"""

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mycoder.protocol.events import EndReason, TurnEnded
    from mycoder.protocol.report import Report


class ExitCode(IntEnum):
    DONE = 0
    """The work is done, and verified by a green test run where files were edited."""
    NOT_ACHIEVED = 1
    """Not achieved, or edited and nothing could verify it."""
    USAGE = 2
    """The command line is wrong."""
    CONFIG = 3
    """A setting, a key or a model is missing or wrong."""
    REFUSED = 4
    """Policy, or the person who was asked, forbade what was needed."""
    BUDGET = 5
    """Steps, cost or tokens are used up."""
    TESTS_FAILING = 6
    """The project's tests still fail."""
    INTERNAL = 70
    """A fault of mycoder itself; the log holds what happened."""
    UNAVAILABLE = 75
    """The provider is away for now: trying again later may work."""
    TIMEOUT = 124
    """Out of time."""
    HANGUP = 129
    """Stopped because the terminal went away (SIGHUP)."""
    INTERRUPTED = 130
    """Stopped by Ctrl+C (SIGINT)."""
    BROKEN_PIPE = 141
    """Whoever read the output went away."""
    TERMINATED = 143
    """Stopped by SIGTERM."""


def of_turn(
    ended: "TurnEnded",
    *,
    allow_unverified: bool = False,
    accept_known_failures: bool = False,
    signal: int = 0,
) -> int:
    """The exit code after a turn. `signal` is the number of the one that stopped it, if one did."""
    match ended.reason:
        case "done":
            is_fine = allow_unverified or is_backed(ended.report, accept_known_failures)
            return ExitCode.DONE if is_fine else ExitCode.NOT_ACHIEVED
        case "interrupted":
            return 128 + signal if signal else ExitCode.INTERRUPTED
        case reason:
            return _BY_REASON[reason]


_BY_REASON: "dict[EndReason, ExitCode]" = {
    "failed": ExitCode.NOT_ACHIEVED,
    "tests_failing": ExitCode.TESTS_FAILING,
    "refused": ExitCode.REFUSED,
    "budget": ExitCode.BUDGET,
    "timeout": ExitCode.TIMEOUT,
    "unavailable": ExitCode.UNAVAILABLE,
    "misconfigured": ExitCode.CONFIG,
    "crashed": ExitCode.INTERNAL,
}


def is_backed(report: "Report", accept_known_failures: bool) -> bool:
    """True when nothing was edited, or a test run after the last edit stands behind the edits."""
    if not report.files or report.verified:
        return True
    if not accept_known_failures or not report.failing or report.note:
        return False
    return set(report.failing) <= set(report.known)
