"""Candidates of a run: how good the code is after each test run, and going back to the best of them."""

from collections.abc import Sequence

from mycoder.protocol.events import FilesChanged
from mycoder.protocol.report import FileChange
from mycoder.testing.digest import digest
from mycoder.testing.results import TestRun
from mycoder.workflows.state import Best, State, TestsState, names_of
from mycoder.workflows.visit import Services

DIGEST = 7_000
"""Characters of what a test run showed that a model reads."""


def see_files(state: State, event: FilesChanged) -> None:
    """Keeps how the changed files were when the run began, and how they are now."""
    for change in event.changes:
        if change.moved_from:
            _see(state, FileChange(change.moved_from, before=change.before))
        _see(state, change)


def _see(state: State, change: FileChange) -> None:
    state.before.setdefault(change.path, "" if change.moved_from else change.before)
    state.now[change.path] = change.after


def see_tests(state: State, run: TestRun, services: Services) -> None:
    """Takes a test run into the state; a better one than all before makes the code now the best candidate."""
    bench, counts = services.tests, run.counts
    comparison = bench.compare(run)
    state.tests = TestsState(
        ran=bench.command is not None,
        green=run.is_green and not comparison.vanished,
        passed=counts.passed,
        failed=counts.failed,
        errors=counts.errors,
        skipped=counts.skipped,
        failing=list(run.failing[:200]),
        problem=run.problem,
        digest=digest(run, comparison, bench.root, limit=DIGEST),
    )
    for name in names_of(run.failing):
        if test := state.designed.named(name):
            test.failures += 1
    score = [0 if run.problem else 1, -(counts.failed + counts.errors), counts.passed]
    if not state.best.score or score > state.best.score:
        state.best = Best(score, dict(state.now))


def is_best(state: State) -> bool:
    """Whether the files are those of the best candidate."""
    paths = {*state.now, *state.best.files} - {state.designed.path}
    return not state.best.score or all(_wanted(state, path) == state.now.get(path, "") for path in paths)


def restore_best(state: State, services: Services) -> Sequence[str]:
    """Goes back to the best candidate, as one change that undo can take back; returns the paths that changed.

    Raises OSError and what the journal raises; nothing is changed then.
    """
    paths = sorted({*state.now, *state.best.files} - {state.designed.path})
    changed = [path for path in paths if _wanted(state, path) != state.now.get(path, "")]
    journal = services.workspace.journal
    contents: dict[str, bytes] = {}
    for path in changed:
        if key := _wanted(state, path):
            held = journal.content(key)
            if held is None:
                return ()
            contents[path] = held
    with journal.change("tool", "workflow-best") as change:
        for path in changed:
            if path in contents:
                change.write(path, contents[path], expect=state.now.get(path) or None)
            else:
                change.delete(path, expect=state.now.get(path) or None)
    return changed


def _wanted(state: State, path: str) -> str:
    """The content hash that `path` has in the best candidate; empty when it is not there."""
    return state.best.files.get(path, state.before.get(path, ""))
