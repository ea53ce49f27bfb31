"""Settings of jest, vitest, mocha, cargo, Maven, Gradle and the like: what a change of them leaves out.

They are programs and markup as often as data, so they are read by key: a key that says which tests run, with the
texts that it is given.
"""

import re
from collections import Counter

_VALUE = (
    r"(\[[^\]]*\]|\{[^}]*\}|\"[^\"\n]*\"|'[^'\n]*'|`[^`]*`|/(?:[^/\n]|\\/)+/|[\w.-]+|\s*(?:\n\s*-\s*[^\n]+)+)"
)
_PLACES = (
    "testMatch",
    "testRegex",
    "roots",
    "include",
    "spec",
    "files",
    "projects",
    "extension",
    "testPaths",
)
"""Where tests are looked for: what was there must stay."""
_LEFT_OUT: tuple[str, ...] = tuple(
    """
    testPathIgnorePatterns modulePathIgnorePatterns exclude ignore ignores excludes ignored testNamePattern grep fgrep
    invert passWithNoTests onlyFailures dangerouslyIgnoreUnhandledErrors shard onlyChanged retry retries
    """.split()  # noqa: SIM905 - a list of so many words would be a column
)
"""What leaves tests out, or lets them pass: nothing may come to it. `retry` lets a test fail before it counts."""
_HARMLESS = {"false", "0", "[]", "{}", ""}
_OFF = re.compile(
    r"autotests\s*=\s*false|\btest\s*=\s*false|<(maven\.test\.skip|skipTests|skipITs|testFailureIgnore)>\s*true"
    r"|<excludes?>|<excludedGroups>|maven\.test\.skip\s*=\s*true|ignoreFailures\s*(=|\.set\()?\s*true"
    r"|excludeTestsMatching|tasks?\b.*[tT]est.*enabled\s*=\s*false|\btest\.enabled\s*=\s*false|-DskipTests|-x\s+test\b"
    r"|--dry-run|--tag\s+~|<exclude-group>|\.enabled\s*=\s*false"
)
_BY_LINES = frozenset(
    [
        "Cargo.toml",
        "pom.xml",
        "build.gradle",
        "build.gradle.kts",
        "gradle.properties",
        ".rspec",
        "phpunit.xml",
    ]
)
_COMMENT = ("#", "//")


def weakened(path: str, before: str | None, after: str | None) -> list[str]:
    """What the new version leaves out that the old one did not, in words."""
    name = path.rpartition("/")[2]
    if after is None:
        return []
    if name in _BY_LINES:
        new = _lines(after) - _lines(before or "")
        return [f"tests are left out: {line[:80]}" for line in new.elements() if _OFF.search(line)]
    is_vite = name.startswith(("vite.", "vitest."))
    return by_key(_of_tests(before or "", is_vite), _of_tests(after, is_vite))


def _of_tests(text: str, is_vite: bool) -> str:
    """Without what is set for coverage; of vite's settings only the part about tests."""
    start = re.search(r"\btest\s*:\s*\{", text) if is_vite else None
    return re.sub(
        r"\bcoverage\s*:\s*\{[^{}]*\}", "", text[start.end() :] if start else "" if is_vite else text
    )


def by_key(before: str, after: str) -> list[str]:
    found = []
    for key in _LEFT_OUT:
        more = _given(after, key) - _given(before, key)
        if more and set(more) - _HARMLESS:
            found.append(f"{key} is {', '.join(sorted(set(more) - _HARMLESS))[:80]} now")
    for key in _PLACES:
        was, now = _given(before, key), _given(after, key)
        if (was and was - now) or (now and not was):
            found.append(f"{key} is {', '.join(sorted(now))[:80] or 'not set'} now")
    return found


def _given(text: str, key: str) -> Counter[str]:
    """The texts that `key` is given, wherever it stands."""
    bare = re.sub(r"(?m)^\s*(//|#).*$", "", text)
    found: Counter[str] = Counter()
    for given in re.finditer(rf"(?<![\w.])[\"']?{key}[\"']?\s*[:=]\s*" + _VALUE, bare):
        value = given[1].strip()
        texts = re.findall(r"\"([^\"]*)\"|'([^']*)'|`([^`]*)`|/((?:[^/\n])+)/|-\s*([^\n]+)", value)
        parts = ["".join(part).strip() for part in texts] if value[:1] in "[{\"'`/-" else [value]
        found.update(part for part in parts if part)
    return found


def _lines(text: str) -> Counter[str]:
    lines = (line.strip() for line in text.splitlines())
    return Counter(line for line in lines if line and not line.startswith(_COMMENT))
