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

USAGE = 4
"""pytest's exit code for options it cannot take."""
CORE = ("-s", "-q", "--assert=plain", "--tb=native")
"""Explained assertions and long tracebacks cost several times what the tests do, and nobody reads them here."""


class Takeover:
    """A pytest plugin: `serve(session)` runs in the place of the test loop, with all items collected."""

    def __init__(self, serve: Callable[[Any], None]) -> None:
        self._serve = serve
        self.problems: list[str] = []
        self.reports: list[Any] = []
        self.is_served = False
        self.stderr = sys.stderr

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.problems.append(f"{report.nodeid}: {str(report.longrepr)[-2000:]}")

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.reports.append(report)

    def pytest_runtestloop(self, session: Any) -> bool:
        self.is_served = True
        sys.stderr = self.stderr
        _withhold_stdin(session.config)
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
        places = None
        if spec.submodule_search_locations is not None:  # more than one for parts that were built elsewhere
            places = [self._place(p) for p in spec.submodule_search_locations] or [os.path.dirname(moved)]
        return importlib.util.spec_from_file_location(name, moved, submodule_search_locations=places)

    def _place(self, folder: str) -> str:
        """The folder in the copy that stands for this one; the folder itself where there is none."""
        real = os.path.realpath(folder)
        moved = self._copy + real[len(self._original) :]
        return moved if real.startswith(self._original) and os.path.isdir(moved) else folder


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


def run_pytest(given: Sequence[str], plugin: Takeover) -> int:
    """Collects and serves. Options of ours that do not go with the project's own, which turn a plugin off or name
    its options, are left out; at last the project's ``addopts`` are, when those are what fails."""
    quiet = _quieting()
    for _ in range(2 * len(quiet) + 1):
        code, said = _main([*given, *CORE, *(word for each in quiet for word in each.words)], plugin)
        if plugin.is_served or code != USAGE:
            return code
        refused = [each for each in quiet if each.sign in said]
        if not refused:
            break
        quiet = [kept for each in quiet for kept in (each.instead if each in refused else (each,))]
    words = [word for each in _quieting() for word in each.words]
    return _main(["-o", "addopts=", *given, *CORE, *words], plugin)[0]


class Quiet:
    """Options that keep a plugin out of the way, what pytest's complaint about them contains, and what to try in
    their place."""

    def __init__(self, sign: str, *words: str, instead: tuple[Quiet, ...] = ()) -> None:
        self.sign, self.words, self.instead = sign, words, instead


def _quieting() -> list[Quiet]:
    """For the plugins that are installed. The cache stays on, because plugins and options lean on it, but empty."""
    cache = Quiet("cache_dir", "-o", f"cache_dir={os.path.join(os.environ.get('TMPDIR', '/tmp'), 'cache')}")
    if os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD"):
        return [cache]
    in_order = Quiet("--randomly", "--randomly-dont-reorganize", "--randomly-dont-reset-seed")
    known = {
        "xdist": Quiet("-n0", "-n0"),
        "pytest_cov": Quiet("--no-cov", "--no-cov"),
        "pytest_randomly": Quiet("--randomly", "-p", "no:randomly", instead=(in_order,)),
        "pytest_timeout": Quiet("--timeout", "--timeout=0"),
        "pytest_benchmark": Quiet("--benchmark", "--benchmark-disable"),
        "pytest_rerunfailures": Quiet("--reruns", "--reruns=0"),
    }
    return [cache, *(quiet for name, quiet in known.items() if importlib.util.find_spec(name))]


def _main(args: list[str], plugin: Takeover) -> tuple[int, str]:
    """pytest's exit code and the last of what it wrote to stderr before it served."""
    import pytest  # late: the worker's start-up file must be importable without it

    plugin.problems.clear()
    heard = _Heard(sys.stderr)
    sys.stderr = heard
    try:
        return int(pytest.main(args, plugins=[plugin])), heard.said
    finally:
        sys.stderr = plugin.stderr


class _Heard:
    """A text stream that remembers the last of what goes through it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.said = ""

    def write(self, text: str) -> int:
        self.said = (self.said + text)[-8000:]
        return int(self._stream.write(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _withhold_stdin(config: Any) -> None:
    """Reading stdin fails as it does where pytest captures, unless the project says that it does not."""
    from _pytest.capture import DontReadFromInput  # late: as above

    args = [*config.invocation_params.args, *config.getini("addopts")]
    if "--capture=no" not in args and args.count("-s") == 1:  # that one is ours
        sys.stdin = DontReadFromInput()
