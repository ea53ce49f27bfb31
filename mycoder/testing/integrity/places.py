"""Which files are tests, and which say how tests run."""

import re

_PYTHON = re.compile(r"(^|/)(test_[^/]*|[^/]*_test|tests?|conftest)\.py$|(^|/)tests?/.*\.py$")
_SCRIPT = r"\.[cm]?[jt]sx?$"
_OTHER = re.compile(
    rf"[._-](test|spec)s?{_SCRIPT}|(^|/)(__tests__|tests?|specs?)/.*{_SCRIPT}|(^|/)tests?{_SCRIPT}"
    r"|_test\.go$|(^|/)tests/.*\.rs$|(^|/)(Test[A-Z][^/]*|[^/]*(Tests?|IT|TestCase|Spec))\.(java|kt|scala|groovy|cs|php|swift)$"
    r"|(^|/)src/(test|androidTest)/.*\.(java|kt|scala|groovy)$|_(spec|test)\.(rb|exs?|dart|cc?|cpp|cxx|lua)$"
    r"|(^|/)(spec|tests?)/.*\.(rb|php|cc?|cpp|cxx|exs|lua)$|(^|/)(test_[^/]*|tests?)\.(cc?|cpp|cxx|rb|php|lua)$|\.bats$"
)
SETTINGS = frozenset(
    {"pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg", "package.json", "Makefile"}
)
_OTHER_SETTINGS = re.compile(
    r"(^|/)((jest|vitest|vite|karma|ava)\.config\.[cm]?[jt]s(on)?|\.mocharc\.(json|jsonc|js|cjs|mjs|ya?ml)|Cargo\.toml"
    r"|pom\.xml|build\.gradle(\.kts)?|gradle\.properties|\.rspec|phpunit\.xml(\.dist)?)$"
)
SHADOWS = frozenset({"sitecustomize.py", "usercustomize.py", "pytest.py", "unittest.py", "_pytest.py"})
"""Files that Python or pytest would load in the place of something else, or before everything."""

LINES_ONLY_SKIPS = re.compile(
    r"^(x(it|describe|context|specify)|skip|pending)\b|\b(markTest(Skipped|Incomplete)|XCTSkip\w*|GTEST_SKIP|DISABLED_\w+)"
    r"|\[.*\b(Skip\s*=|Ignore\b|Explicit\b)|@(Disabled|Ignore)\b|@tag\s+:?skip|[,(]\s*:skip\b|\bskip:\s*(true|[\"'])"
)
"""Words that leave a test out, in languages that are not read."""


def is_test_file(path: str) -> bool:
    return _PYTHON.search(path) is not None or _OTHER.search(path) is not None


def may_hold_tests(path: str) -> bool:
    """Whether tests may stand in the file; in Rust they stand beside the code."""
    return is_test_file(path) or path.endswith(".rs")


def is_collected(path: str) -> bool:
    """Whether pytest's usual patterns collect the file."""
    name = path.rpartition("/")[2]
    return name.startswith("test_") or name.endswith("_test.py")


def is_test_settings(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name in SETTINGS or name in SHADOWS or name.endswith(".pth") or is_runner_settings(path)


def is_runner_settings(path: str) -> bool:
    """Settings of runners of other languages than Python, and of build tools that start them."""
    return _OTHER_SETTINGS.search(path) is not None
