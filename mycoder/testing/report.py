"""A run as the event that is stored and the block that people see."""

from collections.abc import Sequence

from mycoder.protocol.blocks import TestReport
from mycoder.protocol.events import TestsRan
from mycoder.testing.results import Comparison, TestRun

LISTED = 200
"""Ids in each list of an event or block; the totals count all."""


def event(run: TestRun, comparison: Comparison, *, is_baseline: bool = False) -> TestsRan:
    """Lists hold the first 200 ids each; `passed`, `failed`, `errors` and `skipped` count all.

    `complete` says what was asked for: a run of all tests that was cut off is complete, with its problem, so that
    nobody goes on believing the run before it.
    """
    counts = run.counts
    return TestsRan(
        command=run.command,
        passed=counts.passed,
        failed=counts.failed,
        errors=counts.errors,
        skipped=counts.skipped,
        failing=_first(comparison.failing),
        fixed=_first(comparison.fixed),
        broken=_first(comparison.broken),
        flaky=_first(comparison.flaky),
        vanished=_first(comparison.vanished),
        problem=run.problem,
        baseline=is_baseline,
        complete=not run.selection,
        sandbox=run.sandbox,
        seconds=run.seconds,
    )


def block(run: TestRun, comparison: Comparison) -> TestReport:
    """As `event`."""
    counts = run.counts
    return TestReport(
        command=run.command,
        passed=counts.passed,
        failed=counts.failed,
        errors=counts.errors,
        skipped=counts.skipped,
        fixed=_first(comparison.fixed),
        broken=_first(comparison.broken),
        failing=_first(comparison.failing),
        flaky=_first(comparison.flaky),
        problem=run.problem,
        seconds=run.seconds,
    )


def _first(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(names[:LISTED])
