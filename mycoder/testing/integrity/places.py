"""Which files are tests, and which say how tests run."""

import re

_TEST_FILE = re.compile(r"(^|/)(test_[^/]*|[^/]*_test|tests?|conftest)\.py$|(^|/)tests?/.*\.py$")
SETTINGS = frozenset(
    {"pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg", "package.json", "Makefile"}
)
SHADOWS = frozenset({"sitecustomize.py", "usercustomize.py", "pytest.py", "unittest.py", "_pytest.py"})
"""Files that Python or pytest would load in the place of something else, or before everything."""


def is_test_file(path: str) -> bool:
    return _TEST_FILE.search(path) is not None


def is_collected(path: str) -> bool:
    """Whether pytest's usual patterns collect the file."""
    name = path.rpartition("/")[2]
    return name.startswith("test_") or name.endswith("_test.py")


def is_test_settings(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name in SETTINGS or name in SHADOWS or name.endswith(".pth")
