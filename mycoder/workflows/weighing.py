"""Which of several candidates is taken: tests passed, then the most equal patches, then the smaller diff."""

from collections.abc import Sequence

import msgspec

from mycoder.testing.compare import compare
from mycoder.testing.results import Case, TestRun


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one candidate. `out` says why it cannot be taken; empty for one that can."""

    number: int
    out: str = ""
    passed: int = 0
    total: int = 0
    """Tests that count for it; 0 where there are none to run."""
    key: str = ""
    """Equal for patches that do the same."""
    lines: int = 0


class Choice(msgspec.Struct, frozen=True):
    """`best` are the candidates that nothing sets apart, one of each patch; more than one asks for a judge."""

    best: tuple[Candidate, ...]
    votes: int = 0
    why: str = ""


def choose(candidates: Sequence[Candidate]) -> Choice:
    """Never one that is out; no best when all are."""
    able = [candidate for candidate in candidates if not candidate.out]
    if not able:
        return Choice(())
    reasons: list[str] = []
    most = max(candidate.passed for candidate in able)
    best = [candidate for candidate in able if candidate.passed == most]
    if len(best) < len(able):
        reasons.append("more tests passed")
    votes = {key: sum(c.key == key for c in best) for key in {c.key for c in best}}
    top = max(votes.values())
    by_vote = [candidate for candidate in best if votes[candidate.key] == top]
    if len(by_vote) < len(best):
        reasons.append(f"{top} candidates made this patch")
    least = min(candidate.lines for candidate in by_vote)
    smallest = [candidate for candidate in by_vote if candidate.lines == least]
    if len({c.key for c in smallest}) < len({c.key for c in by_vote}):
        reasons.append("the smaller diff")
    one_of_each = {candidate.key: candidate for candidate in reversed(smallest)}
    ordered = sorted(one_of_each.values(), key=lambda candidate: candidate.number)
    return Choice(tuple(ordered), top, ", ".join(reasons))


def regressions(run: TestRun, before: TestRun | None) -> tuple[str, ...]:
    """Tests that passed in the run `before` and do not pass, or are not there, in `run`."""
    if before is None:
        return ()
    comparison = compare(run, before)
    passed = {
        name for name, case in before.cases.items() if case.outcome == "passed" and name not in before.flaky
    }
    gone = {name for name in passed if name not in run.cases or run.cases[name].outcome == "skipped"}
    if not before.cases and before.tally is not None and before.counts.passed > run.counts.passed:
        return (f"{before.counts.passed - run.counts.passed} of the tests that passed before",)
    return tuple(dict.fromkeys((*comparison.broken, *sorted(gone))))


def counted(run: TestRun, own: frozenset[str], before: TestRun | None) -> tuple[int, int]:
    """(passed, all) of the tests that count: those in files that the candidate made or changed only if they were
    there before, else its own tests would speak for it. `own` are such files."""
    if run.tally is not None:
        counts = run.tally
        return counts.passed, counts.passed + counts.failed + counts.errors
    known = before.cases if before is not None else {}
    cases = [case for case in run.cases.values() if case.id in known or not _is_in(case, own)]
    judged = [case for case in cases if case.outcome != "skipped"]
    return sum(case.outcome == "passed" for case in judged), len(judged)


def outcome_of(run: TestRun, names: Sequence[str]) -> str:
    """How all the tests `names` came out: passed, failed, or missing when one was not run."""
    cases = [run.cases.get(name) for name in names]
    if any(case is None or case.outcome == "skipped" for case in cases):
        return "missing"
    return "failed" if any(case is not None and case.is_failing for case in cases) else "passed"


def in_file(run: TestRun, path: str) -> tuple[str, ...]:
    """Ids of the tests of `run` in the file `path`, whether they are named by path or by module."""
    return tuple(case.id for case in run.cases.values() if _is_in(case, frozenset({path})))


def _is_in(case: Case, files: frozenset[str]) -> bool:
    if "::" in case.id or case.id in files:
        return case.id.partition("::")[0] in files
    modules = {path.removesuffix(".py").replace("/", ".") for path in files}
    names = {*modules, *(module.rpartition(".")[2] for module in modules)}
    return any(case.id == name or case.id.startswith(f"{name}.") for name in names)
