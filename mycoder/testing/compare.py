"""How a run differs from the baseline."""

from collections.abc import Iterator

from mycoder.testing.causes import changed
from mycoder.testing.results import COMPILE_ERROR, Case, Comparison, TestRun, add_case


def compare(run: TestRun, baseline: TestRun | None, flaky: frozenset[str] = frozenset()) -> Comparison:
    """`flaky` are tests known to differ on the same tree; they are not counted as broken."""
    now_flaky = tuple(
        name for name in run.cases if name in flaky or name in run.flaky or _was_rerun(run.cases[name])
    )
    if baseline is None:
        return Comparison(failing=run.failing, flaky=now_flaky)
    before = baseline.cases
    excused = set(now_flaky)
    passing = [name for name, case in run.cases.items() if case.outcome == "passed"]
    known = tuple(name for name in run.failing if name in before and before[name].is_failing)
    return Comparison(
        fixed=tuple(name for name in passing if _was_red(name, before)),
        broken=tuple(
            name for name in run.failing if name not in excused and _was_green(run.cases[name], before)
        ),
        failing=run.failing,
        known=known,
        changed=tuple(name for name in known if changed(run.cases[name], before[name])),
        flaky=now_flaky,
        vanished=_vanished(run, baseline),
        missing=_missing(run, baseline),
        before=baseline.counts,
        before_problem=baseline.problem,
        is_baseline=run is baseline,
    )


def merged(older: TestRun | None, newer: TestRun) -> TestRun:
    """Two runs on the unedited tree as one baseline: a partial one is filled up, a complete one replaces."""
    if older is None or (newer.complete and newer.cases) or (newer.complete and older.problem):
        return newer
    if not newer.cases:
        return older
    cases = dict(older.cases) if older.complete else {**older.cases, **newer.cases}
    for name, case in newer.cases.items():
        if name not in cases:
            add_case(cases, case)
    keeps = older if older.complete else newer
    return TestRun(
        command=keeps.command,
        cases=cases,
        problem=keeps.problem,
        complete=keeps.complete,
        exit_code=keeps.exit_code,
        seconds=keeps.seconds,
        sandbox=keeps.sandbox,
        selection=keeps.selection,
        tally=keeps.tally,
        flaky=tuple(dict.fromkeys((*older.flaky, *newer.flaky))),
        path=keeps.path,
        output=keeps.output,
        note=keeps.note,
    )


def _was_red(name: str, before: dict[str, Case]) -> bool:
    if name in before:
        return before[name].is_failing
    # A test that could not be seen, because its file or the whole program could not be loaded.
    heads = (head for mark in ("::", ".", " > ") for head in _heads(name, mark))
    if any(head in before and before[head].phase == "collect" and before[head].is_failing for head in heads):
        return True
    return any(case.kind == COMPILE_ERROR for case in before.values())


def _was_green(case: Case, before: dict[str, Case]) -> bool:
    if case.id in before:
        return before[case.id].outcome == "passed"
    if case.phase != "collect":
        return False
    # A file or program that cannot be loaded now, with tests in it that passed.
    prefixes = (f"{case.id}::", f"{case.id}.", f"{case.id} > ")
    return any(
        old.outcome == "passed" and (case.kind == COMPILE_ERROR or old.id.startswith(prefixes))
        for old in before.values()
    )


def _heads(name: str, mark: str) -> Iterator[str]:
    """``a``, ``a::b`` of ``a::b::c``, longest first."""
    while mark in name:
        name = name.rpartition(mark)[0]
        yield name


def _vanished(run: TestRun, baseline: TestRun) -> tuple[str, ...]:
    if run.selection or not run.complete or run.problem:
        return ()
    seen = {name for name, case in run.cases.items() if case.outcome != "skipped"}
    return tuple(
        name
        for name, case in baseline.cases.items()
        if case.is_failing and case.phase != "collect" and name not in seen
    )


def _missing(run: TestRun, baseline: TestRun) -> tuple[str, ...]:
    if not run.complete or run.problem or not run.cases or run.tally is not None:
        return ()
    return tuple(
        name for name, case in baseline.cases.items() if case.outcome == "passed" and name not in run.cases
    )


def _was_rerun(case: Case) -> bool:
    return case.note == "rerun" and case.outcome == "passed"
