"""A plausible candidate as a patch, and what is said of it."""

import difflib

from mycoder.repair.candidate import Candidate
from mycoder.repair.outcome import Patch, TestCounts
from mycoder.repair.source import Source


def patch_of(sources: list[Source], candidate: Candidate) -> Patch:
    source = sources[candidate.file]
    new = source.apply(candidate.edits)
    return Patch(
        files={source.path: new},
        diff=_diff(source, new, 3),
        bare=_diff(source, new, 0),
        operator=candidate.operator,
        line=candidate.line,
        path=source.path,
        cost=candidate.cost,
    )


def _diff(source: Source, new: bytes, around: int) -> str:
    before, after = (d.decode("utf-8").splitlines(keepends=True) for d in (source.data, new))
    names = (f"a/{source.path}", f"b/{source.path}")
    return "".join(
        line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"
        for line in difflib.unified_diff(before, after, *names, n=around)
    )


def why_of(plausible: int, different: int, after: TestCounts) -> str:
    tests = "1 test passes" if after.passed == 1 else f"{after.passed} tests pass"
    text = f"all {tests}" if not after.failed and after.passed > 1 else tests
    if plausible == 1:
        return f"{text}; no other candidate also did"
    text += f"; {plausible - 1} other candidate{'s' if plausible > 2 else ''} also did"
    return f"{text}, {different} of them with another behaviour" if different else text
