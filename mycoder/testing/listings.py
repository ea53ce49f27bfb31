"""Tests by name from the text of a test run, for commands that hand on nothing better.

Most runners name only what failed, so the cases found here go with totals (see totals.py).
"""

import re

from mycoder.testing.output import clip
from mycoder.testing.results import Case, Frame, Outcome

MESSAGE_LIMIT = 4000
_PYTHON_FRAME = r'^\s*File "(?P<path>[^"]+)", line (?P<line>\d+)(?:, in (?P<function>\S+))?\n(?P<source>.*)$'


def pytest_cases(text: str) -> list[Case]:
    """Lines of the short summary: ``FAILED tests/test_a.py::test_b - AssertionError: …``."""
    found: list[Case] = []
    summary = text.rpartition(" short test summary info ")[2]
    for match in re.finditer(r"^(FAILED|ERROR) (\S+?\.py(?:::.*?)?)(?: - (.*))?$", summary, re.MULTILINE):
        outcome: Outcome = "failed" if match[1] == "FAILED" else "error"
        phase = "collect" if outcome == "error" and "::" not in match[2] else ""
        found.append(Case(match[2], outcome, message=match[3] or "", phase=phase))
    return found


def unittest_cases(text: str) -> list[Case]:
    """Blocks of failures, and with -v the line of each test: ``test_a (pkg.tests.Case.test_a) ... ok``."""
    found: dict[str, Case] = {}
    verbose = re.compile(
        r"^(\w+) \(([\w.]+)\)(?:\n[^\n]*)? \.\.\. (?:[^\n]*?)(ok|FAIL|ERROR|skipped[^\n]*|expected failure)$",
        re.MULTILINE,
    )
    words: dict[str, Outcome] = {"ok": "passed", "FAIL": "failed", "ERROR": "error"}
    for match in verbose.finditer(text):
        name = _unittest_id(match[1], match[2])
        found[name] = Case(name, words.get(match[3], "skipped"))
    # Rules are made of 70 signs; a block goes from its head to the next rule.
    block = re.compile(
        r"^={70}\n(FAIL|ERROR): ([^\n]+)\n(?:[^\n]+\n)?-{70}\n(.*?)(?=^[=-]{70}$)", re.M | re.S
    )
    for match in block.finditer(text):
        head = re.match(r"([\w.]+) \(([\w.]+)\)(.*)", match[2])
        name = _unittest_id(head[1], head[2]) if head else match[2]
        trace = match[3].strip()
        frames = [
            Frame(m["path"], int(m["line"]), m["function"] or "", m["source"].strip())
            for m in re.finditer(_PYTHON_FRAME, trace, re.MULTILINE)
        ]
        last = re.split(r"^\S[^\n]*\n(?=  )|^  [^\n]*\n", trace, flags=re.MULTILINE)[-1].strip()
        message = clip(last or trace, MESSAGE_LIMIT)
        is_load = "_FailedTest" in match[2]
        name = head[2].partition("_FailedTest.")[2] or head[1] if head and is_load else name
        outcome: Outcome = "failed" if match[1] == "FAIL" else "error"
        found[name] = Case(
            name, outcome, 0.0, message, tuple(frames), message.split(":")[0], "collect" if is_load else ""
        )
    return list(found.values())


def go_cases(text: str) -> list[Case]:
    found: list[Case] = []
    words: dict[str, Outcome] = {"PASS": "passed", "FAIL": "failed", "SKIP": "skipped"}
    for match in re.finditer(
        r"^\s*--- (PASS|FAIL|SKIP): (\S+) \(([\d.]+)s\)$(?P<told>(?:\n(?!\s*--- )(?: {4}|\t).*)*)", text, re.M
    ):
        outcome = words[match[1]]
        told = clip(match["told"].strip(), MESSAGE_LIMIT) if outcome == "failed" else ""
        found.append(Case(match[2], outcome, float(match[3]), told, go_frames(told)))
    return found


def go_frames(text: str) -> tuple[Frame, ...]:
    """``file_test.go:12: message`` and lines of a panic's stack, in the order of the text."""
    places = re.findall(r"(?:^|\s)([\w./-]+\.go):(\d+)", text)
    return tuple(Frame(path, int(line)) for path, line in dict.fromkeys(places))[:40]


def jest_cases(text: str) -> list[Case]:
    """Heads of failures: ``● suite › test`` of jest, ``FAIL file > suite > test`` of vitest."""
    found: dict[str, Case] = {}
    for match in re.finditer(r"^\s+● (.+ › .+|\S.*)$(?P<told>(?:\n(?!\s+● ).*){0,30})", text, re.MULTILINE):
        name = match[1].strip()
        if not name.startswith(("Console", "Test suite failed")):
            found.setdefault(name, Case(name, "failed", message=clip(match["told"].strip(), 1500)))
    for match in re.finditer(r"^ FAIL  (\S+ > .+)$\n(?P<told>(?:.+\n){0,12})", text, re.MULTILINE):
        found.setdefault(match[1], Case(match[1], "failed", message=clip(match["told"].strip(), 1500)))
    return list(found.values())


def tap_cases(text: str) -> list[Case]:
    """``ok 1 - name``, ``not ok 2 - name`` with the YAML block below; nested names are joined by `` > ``.

    Suites, which only sum up the tests in them, are left out.
    """
    found: dict[str, Case] = {}
    parents: dict[int, str] = {}
    lines = text.split("\n")
    for number, line in enumerate(lines):
        opened = re.match(r"^(\s*)# Subtest: (.*)$", line)
        if opened:
            parents[len(opened[1])] = opened[2]
            continue
        match = re.match(
            r"^(\s*)(not )?ok\b\s*(\d*)\s*(?:- )?(.*?)\s*(?:# *(skip|todo|time)\b.*)?$", line, re.I
        )
        block = _yaml_below(lines, number + 1) if match else ""
        if not match or "type: 'suite'" in block or "failureType: 'subtestsFailed'" in block:
            continue
        above = [name for level, name in sorted(parents.items()) if level < len(match[1])]
        name = " > ".join([*above, match[4] or f"test {match[3]}"])
        skipped = (match[5] or "").lower() in ("skip", "todo")
        outcome: Outcome = "skipped" if skipped else "failed" if match[2] else "passed"
        found[name] = _tap_case(name, outcome, block)
    return list(found.values())


def _tap_case(name: str, outcome: Outcome, block: str) -> Case:
    took = re.search(r"^\s*duration_ms: ([\d.]+)", block, re.MULTILINE)
    seconds = float(took[1]) / 1000 if took else 0.0
    if outcome != "failed":
        return Case(name, outcome, seconds)
    kind = _yaml_value(block, "name")
    told = _yaml_value(block, "error") or _yaml_value(block, "message")
    message = f"{kind}: {told}" if kind and told else told or block
    for word in ("expected", "actual"):
        value = _yaml_value(block, word)
        message += f"\n{word}: {value}" if value and told else ""
    return Case(name, outcome, seconds, clip(message, MESSAGE_LIMIT), script_frames(block), kind)


def _yaml_value(block: str, key: str) -> str:
    """One value of a YAML block as testers write it: plain, quoted, or indented below ``|-``."""
    match = re.search(rf"^( *){key}: *(.*)$((?:\n\1 +.*|\n *$)*)", block, re.MULTILINE)
    if not match:
        return ""
    if match[2].startswith(("|", ">")):
        return "\n".join(line.strip() for line in match[3].strip().split("\n"))
    return match[2].strip("'\"")


def node_cases(text: str) -> list[Case]:
    """Failures of node's own runner in its readable form, which it lists again at the end."""
    found: list[Case] = []
    block = re.compile(r"^✖ (?P<name>.+?) \([\d.]+ms\)$\n(?P<told>(?:^  .*\n|^\s*\n)*)", re.MULTILINE)
    for match in block.finditer(text.rpartition("✖ failing tests:")[2]):
        told = match["told"].strip()
        message = clip(re.split(r"\n\s+at ", told, maxsplit=1)[0].strip(), MESSAGE_LIMIT)
        found.append(Case(match["name"], "failed", message=message, frames=script_frames(told)))
    return found


_READERS = {
    "pytest": pytest_cases,
    "unittest": unittest_cases,
    "go": go_cases,
    "jest": jest_cases,
    "vitest": jest_cases,
    "tap": tap_cases,
}


def read_cases(text: str, family: str) -> list[Case]:
    """Tests that the output of a runner of this family names."""
    if family == "node":
        return tap_cases(text) if re.search(r"^TAP version", text, re.MULTILINE) else node_cases(text)
    reader = _READERS.get(family)
    return reader(text) if reader else []


def _unittest_id(name: str, owner: str) -> str:
    """Python 3.11 added the name of the test to what stands in brackets."""
    return owner if owner.endswith(f".{name}") else f"{owner}.{name}"


def _yaml_below(lines: list[str], start: int) -> str:
    if start >= len(lines) or lines[start].strip() != "---":
        return ""
    block: list[str] = []
    for line in lines[start + 1 : start + 60]:
        if line.strip() == "...":
            break
        block.append(line)
    return clip("\n".join(block).strip(), 1500)


def script_frames(text: str) -> tuple[Frame, ...]:
    """Lines of a JavaScript stack: ``at name (file:///path/a.js:3:5)``; node's own are left out."""
    places = re.findall(
        r"^\s*(?:at )?(?:async )?(?:([\w.<>\[\] ]+?) \()?(?:file://)?([^\s():]+\.[cm]?[jt]sx?):(\d+):\d+\)?$",
        text,
        re.MULTILINE,
    )
    own = [Frame(path, int(line), name) for name, path, line in places if "node_modules" not in path]
    return tuple(own[:8][::-1])
