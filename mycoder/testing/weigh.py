"""Decides whether a run may count at all: no tests, a collection error or a crash is never green."""

import signal

from mycoder.testing.output import last_words
from mycoder.testing.results import COMPILE_ERROR, Case, Gathered

NOTHING_COLLECTED = 5
"""Exit code of pytest when it collected no tests, see its page "Exit codes"; unittest since Python 3.12 too."""

# Only what comes from a fault or from outside; a shell's exit code above 128 need not be a signal.
_SIGNALS = {
    int(number): number.name
    for number in (
        signal.SIGHUP,
        signal.SIGINT,
        signal.SIGILL,
        signal.SIGTRAP,
        signal.SIGABRT,
        signal.SIGBUS,
        signal.SIGFPE,
        signal.SIGKILL,
        signal.SIGSEGV,
        signal.SIGPIPE,
        signal.SIGTERM,
        signal.SIGXCPU,
        signal.SIGSYS,
    )
}


def problem_of(
    gathered: Gathered, *, exit_code: int | None, timed_out: bool, killed: str, seconds: float, text: str
) -> str:
    """Why the run proves nothing, with what to do; empty when it counts. `killed` says why the sandbox ended
    it, `seconds` is the time limit, `text` the output."""
    during = f", while {gathered.running} was running" if gathered.running else ""
    killer = signal_of(exit_code)
    if timed_out:
        return f"the tests were stopped at the limit of {seconds:g} s{during}"
    if killed:
        return f"the tests were stopped{during}: {killed}"
    if gathered.problem:
        return gathered.problem
    if not gathered.is_finished:
        if gathered.note:
            return f"the run ended early: {gathered.note}"
        return f"the test process ended before its tests did: {_ending(exit_code, killer)}{during}"
    if killer:
        return f"the test process was killed by {killer} after its last test"
    return _problem_of_finished(gathered, exit_code, text)


def _problem_of_finished(gathered: Gathered, exit_code: int | None, text: str) -> str:
    """What can be wrong with a run that came to its end."""
    if not _total(gathered):
        # An exit code that is not 0 has its reason in the last words, e.g. a missing module.
        is_said = exit_code == NOTHING_COLLECTED and "no tests ran" in text
        words = f" (exit code {exit_code}): {last_words(text)}" if exit_code and not is_said else ""
        return f"no tests ran{words}"
    uncollected = [case for case in gathered.cases.values() if case.phase == "collect" and case.is_failing]
    if uncollected:
        return _collection(uncollected)
    if exit_code is None:
        return "the test command has no exit code"
    if exit_code and not _red(gathered):
        return f"no test failed, but the command ended with exit code {exit_code}: {last_words(text)}"
    return ""


def signal_of(exit_code: int | None) -> str:
    """Name of the signal that ended the process, as Python (-11) or a shell (139) tells it; else empty."""
    if exit_code is None:
        return ""
    return _SIGNALS.get(-exit_code if exit_code < 0 else exit_code - 128, "")


def _ending(exit_code: int | None, killer: str) -> str:
    if killer:
        return f"killed by {killer}"
    return f"exit code {exit_code}" if exit_code is not None else "no exit code"


def _total(gathered: Gathered) -> int:
    tally = gathered.tally
    if tally is not None:
        return tally.passed + tally.failed + tally.errors + tally.skipped
    return len(gathered.cases)


def _red(gathered: Gathered) -> bool:
    if gathered.tally is not None and (gathered.tally.failed or gathered.tally.errors):
        return True
    return any(case.is_failing for case in gathered.cases.values())


def _collection(cases: list[Case]) -> str:
    for case in cases:
        if case.kind == COMPILE_ERROR:
            where = f" at {case.frames[-1].path}:{case.frames[-1].line}" if case.frames else ""
            return f"the project does not build: {case.message.splitlines()[0]}{where}"
    names = ", ".join(case.id for case in cases[:3])
    more = f" and {len(cases) - 3} more" if len(cases) > 3 else ""
    return f"tests could not be loaded from {names}{more}"
