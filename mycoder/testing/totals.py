"""Totals from the text of a test run, for commands that hand on nothing better.

Each family of runners is known by the whole of its closing line, so that a test which prints ``5 passed`` is
not taken for one. The last line of a process counts; runners that close once per package are added up.
"""

import re
from collections.abc import Callable

import msgspec

from mycoder.protocol.report import Counts

_WORDS = {
    "passed": "passed passes pass passing ok success successes successful succeeded xpassed",
    "failed": "failed failures failure fail failing cancelled broken unexpected",
    "errors": "errors error errored",
    "skipped": "skipped skips skip pending ignored todo xfailed disabled expected incomplete excluded",
    "total": "total tests test ran run runs examples example specs scenarios",
}
_KIND = {word: kind for kind, words in _WORDS.items() for word in words.split()}
# A number belongs to the word behind it, or to the one before a colon: "tests: 2 passed" are 2 passed.
_PAIR = re.compile(
    r"(\d+)\s+([a-z]+)\b(?!\s*[:=])|([a-z]+)(?: [a-z]+)?\s*[:=]\s*(\d+)(?!\s+[a-z]+\b(?!\s*[:=]))",
    re.IGNORECASE,
)


class Totals(msgspec.Struct, frozen=True):
    """`family` is the runner that the closing line belongs to, `counted` what was counted when not tests."""

    family: str
    counts: Counts
    counted: str = "tests"


_Reader = Callable[[str], list[str]]


def _lines(pattern: str) -> _Reader:
    """Bodies of all lines of a form; the runner prints one for each part of the project."""
    compiled = re.compile(pattern, re.MULTILINE)
    return lambda text: [match["body"] for match in compiled.finditer(text)]


def _last(pattern: str) -> _Reader:
    """Body of the last line of a form."""
    find = _lines(pattern)
    return lambda text: find(text)[-1:]


def _pytest(text: str) -> list[str]:
    """The last closing line of each session; in quiet mode there is no line that opens one."""
    closing = re.compile(
        r"^(?:=+ )?(?P<body>(?:no tests ran|(?:\d+ [a-z]+(?: passed| failed)?(?:, )?)+) in [\d.]+s)"
        r"(?: \([\d:, a-z]+\))?(?: =+)?$",
        re.MULTILINE,
    )
    sessions = re.split(r"^=+ test session starts =+$", text, flags=re.MULTILINE)
    found: list[str] = []
    for session in sessions[1:] or sessions:
        found += [match["body"].rpartition(" in ")[0] for match in closing.finditer(session)][-1:]
    return found


def _unittest(text: str) -> list[str]:
    closing = re.compile(
        r"^Ran (\d+) tests? in [\d.]+s\n\s*\n(?:OK|FAILED|NO TESTS RAN)(?: \(([^)\n]*)\))?[ ]*$", re.MULTILINE
    )
    return [f"{match[1]} ran, {match[2] or ''}" for match in closing.finditer(text)]


def _node(text: str) -> list[str]:
    found = re.findall(r"^(?:#|ℹ) (tests|pass|fail|cancelled|skipped|todo) (\d+)$", text, re.MULTILINE)
    last = dict(found)
    return [", ".join(f"{number} {word}" for word, number in last.items())] if "pass" in last else []


def _mocha(text: str) -> list[str]:
    found = re.findall(r"^ +(\d+) (passing|failing|pending)(?: \([\d.]+\w+\))?$", text, re.MULTILINE)
    last = {word: number for number, word in found}
    return [", ".join(f"{number} {word}" for word, number in last.items())] if "passing" in last else []


def _tap(text: str) -> list[str]:
    """Counts the top-level lines of the Test Anything Protocol; tests that the plan promises and that never
    came are errors."""
    if not re.search(r"^(?:TAP version \d+|1\.\.\d+)\s*$", text, re.MULTILINE):
        return []
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for match in re.finditer(r"^(not )?ok\b(.*)$", text, re.MULTILINE):
        directive = re.search(r"#\s*(skip|todo)", match[2], re.IGNORECASE)
        counts["skipped" if directive else "failed" if match[1] else "passed"] += 1
    planned = sum(int(number) for number in re.findall(r"^1\.\.(\d+)", text, re.MULTILINE))
    lost = max(0, planned - sum(counts.values())) + (1 if re.search(r"^Bail out!", text, re.MULTILINE) else 0)
    return [", ".join(f"{number} {word}" for word, number in counts.items()) + f", {lost} errors"]


def _google(text: str) -> list[str]:
    passed = re.findall(r"^\[  PASSED  \] (\d+) tests?\.", text, re.MULTILINE)
    failed = re.findall(r"^\[  FAILED  \] (\d+) tests?, listed below", text, re.MULTILINE)
    return [f"{sum(map(int, passed))} passed, {sum(map(int, failed))} failed"] if passed else []


def _go(text: str) -> list[str]:
    good = len(re.findall(r"^ok\s+\S+\s+(?:[\d.]+s|\(cached\))", text, re.MULTILINE))
    bad = len(re.findall(r"^FAIL\s+\S+\s+(?:[\d.]+s|\[[a-z ]+\])", text, re.MULTILINE))
    return [f"{good} passed, {bad} failed"] if good or bad else []


def _ctest(text: str) -> list[str]:
    found = re.findall(r"^\d+% tests passed, (\d+) tests? failed out of (\d+)", text, re.MULTILINE)
    return [f"{failed} failed, {total} total" for failed, total in found]


def _automake(text: str) -> list[str]:
    found = re.findall(r"^# (TOTAL|PASS|SKIP|XFAIL|FAIL|XPASS|ERROR):\s+(\d+)$", text, re.MULTILINE)
    names = {"XFAIL": "skipped", "XPASS": "failed", "TOTAL": "total"}
    last = dict(found)
    return (
        [", ".join(f"{number} {names.get(word, word)}" for word, number in last.items())]
        if "PASS" in last
        else []
    )


_FAMILIES: tuple[tuple[str, _Reader], ...] = (
    ("pytest", _pytest),
    ("unittest", _unittest),
    ("jest", _lines(r"^Tests:\s+(?P<body>(?:\d+ [a-z]+, )*\d+ total)$")),
    ("vitest", _lines(r"^ *Tests +(?P<body>\d+ (?:passed|failed|skipped|todo)[^\n]*?)(?: \(\d+\))?$")),
    ("cargo", _lines(r"^test result: (?:ok|FAILED)\. (?P<body>\d+ passed; \d+ failed; \d+ ignored)")),
    ("node", _node),
    ("mocha", _mocha),
    ("surefire", _last(r"^(?:\[\w+\] )?(?P<body>Tests run: \d+, Failures: \d+, Errors: \d+, Skipped: \d+)$")),
    ("rspec", _lines(r"^(?P<body>\d+ examples?, \d+ failures?(?:, \d+ pending)?)")),
    ("phpunit", _lines(r"^OK \((?P<body>\d+ tests?), \d+ assertions?\)$")),
    ("phpunit", _lines(r"^(?P<body>Tests: \d+, Assertions: \d+[^\n]*)$")),
    (
        "minitest",
        _lines(r"^(?P<body>\d+ (?:runs|tests), \d+ assertions, \d+ failures, \d+ errors, \d+ skips)$"),
    ),
    ("exunit", _lines(r"^(?P<body>(?:\d+ doctests?, )?\d+ tests?, \d+ failures?(?:, \d+ \w+)*)$")),
    ("dotnet", _lines(r"^(?:Passed|Failed)!\s+- (?P<body>Failed:\s+\d+, Passed:\s+\d+, Skipped:\s+\d+)")),
    ("googletest", _google),
    ("ctest", _ctest),
    ("automake", _automake),
    ("tap", _tap),
)


def read_totals(text: str) -> list[Totals]:
    """Totals by family, in the order of the table; empty when nothing shows that tests ran."""
    found: list[Totals] = []
    for family, read in _FAMILIES:
        bodies = read(text)
        if bodies:
            counts = [_counts(body) for body in bodies]
            found.append(Totals(family, _added(counts)))
    if any(each.family == "node" for each in found):
        # It prints the Test Anything Protocol, in which suites would be counted too.
        found = [each for each in found if each.family != "tap"]
    if found:
        return found
    packages = _go(text)
    if packages:
        return [Totals("go", _counts(packages[0]), "packages")]
    return _plain_words(text)


def _plain_words(text: str) -> list[Totals]:
    """The last line that says in so many words how many passed or failed, for home-made runners."""
    passed = re.compile(
        r"\b\d+ (?:tests? |checks? |cases? )?pass(?:ed)?\b|\bpass(?:ed)?\s*[:=]\s*\d+", re.IGNORECASE
    )
    failed = re.compile(
        r"\b\d+ (?:tests? |checks? |cases? )?fail(?:ed|ures?)?\b|\bfail(?:ed|ures?)?\s*[:=]\s*\d+", re.I
    )
    for line in reversed(text.splitlines()[-200:]):
        if len(line) < 300 and (passed.search(line) or failed.search(line)):
            short = re.sub(r"(\d+) (?:tests?|checks?|cases?) ", r"\1 ", line)
            return [Totals("plain", _counts(short))]
    return []


def _counts(body: str) -> Counts:
    """`3 passed, 1 failed`, `Failures: 1, Errors: 0` and the like; what is not said follows from a total."""
    held = dict.fromkeys(("passed", "failed", "errors", "skipped"), 0)
    total = -1
    for number, word, named, value in _PAIR.findall(body):
        kind = _KIND.get((word or named).lower(), "")
        amount = int(number or value)
        if kind == "total":
            total = max(total, amount)
        elif kind:
            held[kind] += amount
    if not held["passed"] and total >= 0:
        held["passed"] = max(0, total - held["failed"] - held["errors"] - held["skipped"])
    return Counts(held["passed"], held["failed"], held["errors"], held["skipped"])


def _added(counts: list[Counts]) -> Counts:
    return Counts(
        sum(each.passed for each in counts),
        sum(each.failed for each in counts),
        sum(each.errors for each in counts),
        sum(each.skipped for each in counts),
    )
