"""Two versions of the tests of a project: what was taken away from them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from mycoder.testing.integrity.config import weakened_settings
from mycoder.testing.integrity.outline import Case, Outline, outline
from mycoder.testing.integrity.places import is_test_file, is_test_settings, may_hold_tests
from mycoder.testing.integrity.play import Check
from mycoder.testing.integrity.reading import by_lines, read
from mycoder.testing.integrity.special import looking_by_lines, special_cases
from mycoder.workspace.grammars import language_of

_STRENGTH = {"true": 1, "or": 0, "in": 2, "not in": 1, "isinstance": 1, "!=": 1, "is not": 1, "<=": 2, "<": 2}
_STRENGTH |= {"almost": 3, "count": 3, "==": 4, "is": 4}
_HOOKS = frozenset(
    [
        "pytest_collection_modifyitems",
        "pytest_ignore_collect",
        "pytest_runtest_makereport",
        "pytest_runtest_call",
        "pytest_runtest_protocol",
        "pytest_pyfunc_call",
        "pytest_sessionfinish",
        "pytest_runtest_setup",
        "pytest_itemcollected",
        "pytest_deselected",
        "pytest_collect_file",
        "pytest_pycollect_makeitem",
        "pytest_runtestloop",
        "pytest_report_teststatus",
        "collect_ignore",
        "collect_ignore_glob",
    ]
)


class FileVersions(msgspec.Struct, frozen=True):
    """One file before and after; None where it was or is not there."""

    path: str
    before: str | None
    after: str | None


class Finding(msgspec.Struct, frozen=True):
    """One thing that was taken away. `line` is in the new version where there is one, else 0."""

    path: str
    kind: str
    """removed | skipped | loosened | changed | mocked | configured | special"""
    what: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path}{f':{self.line}' if self.line else ''}: {self.what}"


def compare(
    files: Iterable[FileVersions], others: Callable[[], Iterable[str]] = tuple
) -> tuple[Finding, ...]:
    """What the changes take away from the tests that there were, in the order of the paths.

    `others` gives the texts of the test files that did not change; it is asked only when new code holds pairs of
    values that could be answers written in.
    """
    files = sorted(files, key=lambda file: file.path)
    tests = [file for file in files if may_hold_tests(file.path)]
    before, after = _read(tests)
    pool = _new_checks(before, after)
    findings: list[Finding] = []
    for path, old in before.items():
        if not old.problem:
            findings += _in_file(path, old, after.get(path), pool, after)
    unread = [file for file in tests if file.path not in before or before[file.path].problem]
    findings += _by_lines([file for file in unread if not file.path.endswith(".py")], files)
    for path, new in after.items():
        findings += _tricks(path, before.get(path), new)
    for file in files:
        if is_test_settings(file.path):
            findings += [
                Finding(file.path, "configured", what)
                for what in weakened_settings(file.path, file.before, file.after)
            ]
    findings += _special(files, [*before.values(), *after.values()], others)
    return tuple(sorted(set(findings), key=lambda f: (f.path, f.line, f.what)))


def _read(tests: Sequence[FileVersions]) -> tuple[dict[str, Outline], dict[str, Outline]]:
    """The outlines of both versions of the files that can be read."""
    before, after = dict[str, Outline](), dict[str, Outline]()
    for file in tests:
        for text, into in ((file.before, before), (file.after, after)):
            if text is not None and (found := read(file.path, text)) is not None:
                into[file.path] = found
        if file.path not in before and file.before is not None:
            after.pop(file.path, None)  # what cannot be compared by its tests is compared by its lines
    return before, after


def _by_lines(unread: Sequence[FileVersions], files: Sequence[FileVersions]) -> Iterator[Finding]:
    added = [file.after for file in files if file.before is None and file.after is not None]
    for file in unread:
        if file.before is not None and is_test_file(file.path):
            for what in by_lines(file.before, file.after, added):
                yield Finding(file.path, "skipped" if file.after else "removed", what)


def _special(
    files: Sequence[FileVersions], outlines: Sequence[Outline], others: Callable[[], Iterable[str]]
) -> Iterator[Finding]:
    asked: list[Outline] = []

    def checks() -> Iterator[Check]:
        if not asked:
            asked.extend(outline(text) for text in others())
        return (c for read in (*outlines, *asked) for case in read.cases.values() for c in case.checks)

    for file in files:
        if file.path.endswith(".py") and not is_test_file(file.path) and file.after is not None:
            for what, line in special_cases(file.before or "", file.after, checks):
                yield Finding(file.path, "special", what, line)
        elif file.after is not None and not is_test_file(file.path) and language_of(file.path):
            for what, line in looking_by_lines(file.before or "", file.after):
                yield Finding(file.path, "special", what, line)


def _new_checks(before: Mapping[str, Outline], after: Mapping[str, Outline]) -> Counter[object]:
    """Checks of tests that are new under their name: where a moved or split test went."""
    names = {(path, name) for path, old in before.items() for name in old.cases}
    return Counter(
        check.sign
        for path, new in after.items()
        for name, case in new.cases.items()
        if (path, name) not in names and not case.skips
        for check in case.checks
    )


def _in_file(
    path: str, old: Outline, new: Outline | None, pool: Counter[object], after: Mapping[str, Outline]
) -> list[Finding]:
    findings: list[Finding] = []
    if new is not None and new.problem:
        return [Finding(path, "removed", f"it cannot be read any more: {new.problem}")]
    for name, case in old.cases.items():
        now = new.cases.get(name) if new else None
        if now is None:
            now = _moved(name, case, after)
        if now is None:
            if not _takes(pool, case.checks) or not case.checks:
                findings.append(Finding(path, "removed", f"the test {name} is gone"))
            continue
        findings += _in_case(path, case, now, pool)
    if new is not None:
        findings += _other_things(path, old, new)
        findings += _fixtures(path, old, new)
    return findings


def _moved(name: str, case: Case, after: Mapping[str, Outline]) -> Case | None:
    """The test of the same name in another place, if it is there once."""
    last = name.rpartition("::")[2]
    found = [c for file in after.values() for n, c in file.cases.items() if n.rpartition("::")[2] == last]
    return found[0] if len(found) == 1 else None


def _takes(pool: Counter[object], checks: Iterable[Check]) -> bool:
    """Takes `checks` out of the pool, if all of them are there."""
    wanted = Counter(check.sign for check in checks)
    if any(pool[sign] < count for sign, count in wanted.items()):
        return False
    pool.subtract(wanted)
    return True


def _in_case(path: str, old: Case, new: Case, pool: Counter[object]) -> list[Finding]:
    findings = []
    if added := [skip for skip in new.skips if skip not in old.skips]:
        findings.append(Finding(path, "skipped", f"the test {new.name} has {', '.join(added)} now", new.line))
    subjects = {name for check in old.checks for name in check.names}
    if mocked := [name for name in new.patched if name not in old.patched and name in subjects]:
        findings.append(
            Finding(
                path, "mocked", f"the test {new.name} replaces what it tests: {', '.join(mocked)}", new.line
            )
        )
    left = list(new.checks)
    missing = []
    for check in old.checks:
        same = next((other for other in left if other.sign == check.sign), None)
        if same is not None:
            left.remove(same)
        else:
            missing.append(check)
    for check in missing:
        stronger = next((other for other in left if _is_stronger(other, check)), None)
        if stronger is not None:
            left.remove(stronger)
        elif pool[check.sign] > 0:
            pool[check.sign] -= 1
        else:
            findings.append(_lost(path, new, check, left))
    return findings


def _is_stronger(new: Check, old: Check) -> bool:
    """Whether `new` says at least what `old` said."""
    if not set(new.names) >= set(old.names) and not set(old.names) >= set(new.names):
        return False
    extra = Counter(new.limits) - Counter(old.limits)
    if new.kind == old.kind and not extra:
        return new.sides == old.sides or (new.kind == "raises" and _is_narrower(new, old))
    if _STRENGTH.get(new.kind, 0) <= _STRENGTH.get(old.kind, 9) or extra:
        return False
    said = {constant for side in old.sides for constant in side}
    return {constant for side in new.sides for constant in side} >= said


def _is_narrower(new: Check, old: Check) -> bool:
    kinds, words = new.sides
    was, said = old.sides
    wide = {"Exception", "BaseException"}
    is_kind = kinds == was or bool(wide & set(was) and not wide & set(kinds))
    return is_kind and (words == said or not said)


def _lost(path: str, case: Case, check: Check, left: list[Check]) -> Finding:
    same_sides = [other for other in left if other.sides == check.sides]
    if same_sides:
        what = f"a check of {case.name} says less than it did ({_shown(check)})"
        return Finding(path, "loosened", what, same_sides[0].line)
    same_kind = [other for other in left if other.kind == check.kind]
    if same_kind:
        what = f"a check of {case.name} expects something else now (it was {_shown(check)})"
        return Finding(path, "changed", what, same_kind[0].line)
    return Finding(path, "removed", f"a check of {case.name} is gone ({_shown(check)})", case.line)


def _shown(check: Check) -> str:
    values = " ".join(constant for side in check.sides for constant in side)
    names = ".".join(check.names[:3])
    return f"{names} {check.kind} {values}".strip()[:80]


def _other_things(path: str, old: Outline, new: Outline) -> list[Finding]:
    """Checks that are worth the same but ask something else: fine where a name was changed throughout."""
    swaps: dict[tuple[str, str], list[tuple[Case, Check]]] = {}
    for name, case in old.cases.items():
        now = new.cases.get(name)
        if now is None or len(case.checks) != len(now.checks):
            continue
        for was, check in zip(case.checks, now.checks, strict=True):
            if was.sign != check.sign or len(was.names) != len(check.names):
                continue
            for a, b in zip(was.names, check.names, strict=True):
                if a != b:
                    swaps.setdefault((a, b), []).append((now, check))
    still = {name for case in new.cases.values() for check in case.checks for name in check.names}
    return [
        Finding(path, "changed", f"a check of {case.name} asks {b} where it asked {a}", check.line)
        for (a, b), places in swaps.items()
        if a in still
        for case, check in places
    ]


def _fixtures(path: str, old: Outline, new: Outline) -> list[Finding]:
    found = []
    for name, was in old.fixtures.items():
        now = new.fixtures.get(name)
        if now is not None and not _holds(now, was):
            found.append(Finding(path, "changed", f"the fixture {name} has other values now"))
    return found


def _holds(now: tuple[str, ...], was: tuple[str, ...]) -> bool:
    return not Counter(was) - Counter(now)


def _tricks(path: str, old: Outline | None, new: Outline) -> list[Finding]:
    """Hooks and fixtures that change how all tests run."""
    before = old.hooks if old else {}
    found = [
        Finding(path, "configured", f"{name} changes which tests run or how they are judged")
        for name, text in new.hooks.items()
        if name in _HOOKS and before.get(name) != text
    ]
    if path.rpartition("/")[2] == "conftest.py":
        was = old.automatic if old else ()
        found += [
            Finding(path, "configured", f"the fixture {name} runs around every test now")
            for name in new.automatic
            if name not in was
        ]
    return found
