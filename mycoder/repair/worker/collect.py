"""Collects the project's pytest items once and hands them to a function that is called instead of the test
loop."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any


class Takeover:
    """A pytest plugin: `serve(session)` runs in the place of the test loop, with all items collected."""

    def __init__(self, serve: Callable[[Any], None]) -> None:
        self._serve = serve
        self.problems: list[str] = []
        self.reports: list[Any] = []
        self.is_served = False

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.problems.append(f"{report.nodeid}: {str(report.longrepr)[-2000:]}")

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.reports.append(report)

    def pytest_runtestloop(self, session: Any) -> bool:
        self.is_served = True
        self._serve(session)
        return True


class Relocating(importlib.abc.MetaPathFinder):
    """Finds modules of the original tree in the private copy, however they were installed (editable or
    not)."""

    def __init__(self, original: str, copy: str) -> None:
        self._original = os.path.realpath(original) + os.sep
        self._copy = copy.rstrip(os.sep) + os.sep
        self._is_busy = False

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> Any:
        if self._is_busy:
            return None
        self._is_busy = True
        try:
            for finder in sys.meta_path:
                if finder is self or not hasattr(finder, "find_spec"):
                    continue
                spec = finder.find_spec(name, path, target)
                if spec is not None:
                    return self._moved(name, spec)
            return None
        finally:
            self._is_busy = False

    def _moved(self, name: str, spec: Any) -> Any:
        origin = spec.origin
        if not origin or not origin.endswith(".py"):
            return spec
        if origin.startswith(self._copy) or not os.path.realpath(origin).startswith(self._original):
            return spec
        moved = self._copy + os.path.realpath(origin)[len(self._original) :]
        if not os.path.exists(moved):
            return spec
        places = [os.path.dirname(moved)] if spec.submodule_search_locations is not None else None
        return importlib.util.spec_from_file_location(name, moved, submodule_search_locations=places)


def relocate(original: str, copy: str) -> None:
    """Makes imports of the original tree find the copy. `sys.path` entries below the original are mapped
    too."""
    base = os.path.realpath(original)
    if base == os.path.realpath(copy):
        return
    for position, entry in enumerate(sys.path):
        real = os.path.realpath(entry or ".")
        if real != os.path.realpath(copy) and (real + os.sep).startswith(base + os.sep):
            moved = os.path.join(copy, os.path.relpath(real, base))
            if os.path.isdir(moved):
                sys.path[position] = moved
    sys.meta_path.insert(0, Relocating(original, copy))


def arguments(given: Sequence[str]) -> list[str]:
    """Arguments that keep other plugins out of the way; `given` are the project's own ones. Explained
    assertions and long tracebacks cost several times what the tests do, and nobody reads them here."""
    has = importlib.util.find_spec
    args = ["-p", "no:cacheprovider", "-s", "-q", "--assert=plain", "--tb=native"]
    if os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD"):
        return [*given, *args]
    if has("xdist"):
        args += ["-n0"]
    if has("pytest_cov"):
        args += ["--no-cov"]
    if has("pytest_randomly"):
        args += ["-p", "no:randomly"]
    if has("pytest_timeout"):
        args += ["--timeout=0"]
    return [*given, *args]


def run_pytest(given: Sequence[str], plugin: Takeover) -> int:
    """Collects and serves; a second try without the project's ``addopts`` when those are what fails."""
    import pytest  # late: the worker's start-up file must be importable without it

    code = int(pytest.main(arguments(given), plugins=[plugin]))
    if plugin.is_served or code != 4:
        return code
    plugin.problems.clear()
    return int(pytest.main(["-o", "addopts=", *arguments(given)], plugins=[plugin]))
