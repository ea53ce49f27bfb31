"""A cheap look at a folder: what lies in it and the first bytes of a few files, each read at most once.

Made for the way to the first model request, so: `scandir`, `stat` and small reads only, bounded in number;
no process is started, nothing is parsed that a search for a word can tell.
"""

import os
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

_SKIPPED_NAMES = """
node_modules __pycache__ venv env site-packages dist build target vendor third_party bower_components htmlcov
coverage
"""
SKIPPED = frozenset(_SKIPPED_NAMES.split())
"""Folders that hold no tests of the project's own."""

READ_LIMIT = 64 * 1024
FOLDER_LIMIT = 150
"""Folders looked into when searching for test files; the usual places come first."""

# Plain text, because patterns are costly to compile and needed only where no settings tell the runner.
_PYTEST_SIGN = r"(?m)^(?:import pytest|from pytest|(?:async )?def test)|^@pytest\."
_PLAIN_CLASS = r"(?m)^class Test\w*(?:\(\))?:"


class Survey:
    """`folder` is the one looked at, `root` the repository it belongs to; they differ in a monorepo."""

    def __init__(self, folder: Path, root: Path, env: Mapping[str, str]) -> None:
        self.folder = folder
        self.root = root
        self.env = env
        self._listings: dict[str, dict[str, bool]] = {}
        self._texts: dict[str, str] = {}
        self._tools: dict[str, str] = {}

    def listing(self, sub: str = "") -> dict[str, bool]:
        """Names in the subfolder, each with whether it is a folder; empty when it cannot be read."""
        held = self._listings.get(sub)
        if held is not None:
            return held
        found: dict[str, bool] = {}
        try:
            with os.scandir(os.path.join(self.folder, sub)) as entries:
                for entry in entries:
                    found[entry.name] = entry.is_dir()
        except OSError:
            pass
        self._listings[sub] = found
        return found

    def has(self, name: str) -> bool:
        """Is there an entry of this name in the folder itself?"""
        return name in self.listing()

    def text(self, path: str) -> str:
        """First 64 KB of a file below the folder; empty when it cannot be read."""
        held = self._texts.get(path)
        if held is None:
            held = self._texts[path] = read_start(os.path.join(self.folder, path))
        return held

    def which(self, tool: str) -> str:
        """Absolute path of an executable on PATH; empty without one."""
        if tool not in self._tools:
            self._tools[tool] = find_executable(tool, self.env)
        return self._tools[tool]

    @property
    def label(self) -> str:
        """The folder as people name it: relative to the repository, empty for its root."""
        return "" if self.folder == self.root else self.folder.relative_to(self.root).as_posix()

    @cached_property
    def python_tests(self) -> tuple[str, ...]:
        """Up to 12 Python test files, as paths relative to the folder, those nearest to its top first."""
        found: list[str] = []
        loose: list[str] = []
        level, seen = [""], 0
        for _ in range(5):
            below: list[str] = []
            for sub in level:
                seen += 1
                if seen > FOLDER_LIMIT:
                    break
                entries = self.listing(sub)
                found += sorted(
                    _join(sub, name) for name, is_dir in entries.items() if not is_dir and is_test(name)
                )
                if len(found) >= 12:
                    return tuple(found[:12])
                loose += sorted(
                    _join(sub, name) for name in entries if name.startswith("test") and name.endswith(".py")
                )
                below += [_join(sub, name) for name in _search_order(entries)]
            level = below
        # unittest finds test*.py, also "testing.py": what is in it decides.
        return tuple(found or [path for path in loose[:12] if "TestCase" in self.text(path)])

    @cached_property
    def python_style(self) -> str:
        """How the test files are written: ``pytest``, ``unittest``, or empty when there are none."""
        style = ""
        for path in self.python_tests:
            text = self.text(path)
            if re.search(_PYTEST_SIGN, text) or ("unittest" not in text and re.search(_PLAIN_CLASS, text)):
                return "pytest"
            if "unittest" in text or "TestCase" in text:
                style = "unittest"
        # Files of that name without a visible test may make them as they run; pytest finds out.
        return style or ("pytest" if self.python_tests else "")


def is_test(name: str) -> bool:
    """Is this the name of a Python test file, by the conventions of pytest, unittest and Django?"""
    if not name.endswith(".py"):
        return False
    if (
        name.startswith("test_")
        or name.endswith(("_test.py", "_tests.py"))
        or name in ("test.py", "tests.py")
    ):
        return True
    return name.startswith("test") and not name[4].islower()


def read_start(path: str, limit: int = READ_LIMIT) -> str:
    """First `limit` bytes of a regular file as text; empty when it cannot be read."""
    try:
        # A named pipe would block the open, a device could be endless.
        if not os.path.isfile(path):
            return ""
        with open(path, "rb") as file:
            return file.read(limit).decode("utf-8", "replace")
    except OSError:
        return ""


def find_executable(tool: str, env: Mapping[str, str]) -> str:
    """As `shutil.which`, without importing it."""
    for folder in env.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder or ".", tool)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return os.path.abspath(path)
    return ""


def _search_order(entries: dict[str, bool]) -> list[str]:
    """Subfolders worth a look, those named after tests first."""
    names = [
        name
        for name, is_dir in entries.items()
        if is_dir and name not in SKIPPED and not name.startswith(".")
    ]
    return sorted(names, key=lambda name: ("test" not in name.lower(), name))


def _join(sub: str, name: str) -> str:
    return f"{sub}/{name}" if sub else name
