"""The runners, in the order in which they are tried; a new one is a file beside this and a line here."""

import importlib
from typing import cast

from mycoder.testing.command import Runner

PYTHON = (
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "pytest.ini",
    ".pytest.ini",
    "tox.ini",
    "conftest.py",
    "tests",
    "test",
    "*.py",
)

RUNNERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("pytest", PYTHON),
    ("django", ("manage.py",)),
    ("unittest", PYTHON),
    ("cargo", ("Cargo.toml",)),
    ("go", ("go.mod", "go.work")),
    ("vitest", ("package.json",)),
    ("jest", ("package.json",)),
    ("npm", ("package.json",)),
    ("maven", ("pom.xml",)),
    ("gradle", ("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts")),
    ("tox", ("tox.ini", "tox.toml", "pyproject.toml", "setup.cfg")),
    ("nox", ("noxfile.py",)),
    ("hatch", ("pyproject.toml", "hatch.toml")),
    ("make", ("Makefile", "makefile", "GNUmakefile")),
    ("shell", ()),
)
"""Name of the module, and the entries of a folder of which one must be there before it is asked at all."""


def load(name: str) -> Runner:
    """The runner's module. Late, so that only those whose marks are found cost anything at start."""
    return cast(Runner, importlib.import_module(f"mycoder.testing.runners.{name}"))
