"""Runs one collected pytest item again and again, as cheaply as its fixtures allow."""

from __future__ import annotations

import functools
import inspect
import os
import random
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any

from mycoder.repair.worker.surroundings import error_filters, has_own_hooks, under

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


class Outcome:
    """`where` is (exception name, lines of the frames in test files) of a failure: its signature."""

    __slots__ = ("error", "kind", "where")

    def __init__(self, kind: str, error: BaseException | None = None, where: tuple[Any, ...] = ()) -> None:
        self.kind = kind
        self.error = error
        self.where = where


class _Above:
    """Tells pytest's set-up state to keep what is wider than a function (module and session fixtures)."""

    def __init__(self, item: Any) -> None:
        self._item = item
        self._chain = item.listchain()[:-1]

    def listchain(self) -> list[Any]:
        return self._chain  # type: ignore[no-any-return]

    def __getattr__(self, name: str) -> Any:
        """A hook of the project takes it for the next test, of the same module and class as this one."""
        return getattr(self._item, name)


class Runner:
    """How one item is run. `is_bare` items have no fixtures and are called directly."""

    def __init__(self, item: Any, test_files: frozenset[str], root: str) -> None:
        self.item = item
        self.id = _from_root(item, root)
        self.path = str(getattr(item, "path", None) or item.fspath)
        self._files = test_files
        self._above = _Above(item)
        self.code = _own_code(item)
        """The key of the test function's own code, or nothing."""
        self.is_usable = _is_usable(item)
        self.is_bare = self.is_usable and _is_bare(item, root)
        self._has_hooks = has_own_hooks(item, root)
        self.is_bare = self.is_bare and not self._has_hooks
        self._filters = error_filters(item)
        self._call = _direct_call(item) if self.is_bare else self._full

    def dress(self) -> None:
        """From now on with fixtures, because without them the test does something else."""
        self.is_bare = False
        self._call = self._full

    def undress(self) -> None:
        self.is_bare = True
        self._call = _direct_call(self.item)

    def run(self) -> Outcome:
        """Runs the item once. BaseExceptions of the limits pass through."""
        if "random" in sys.modules:
            random.seed(0)
        try:
            if self._filters:
                under(self._filters, self._call)
            else:
                self._call()
        except Exception as error:
            return Outcome(FAILED, error, signature(error, self._files))
        except BaseException as error:
            name = type(error).__name__
            if name == "Skipped":
                return Outcome(SKIPPED)
            if name in ("Overtime", "Forbidden"):
                raise
            return Outcome(FAILED, error, signature(error, self._files))
        return Outcome(PASSED)

    def _full(self) -> None:
        item = self.item
        if getattr(item, "_request", None) is False or not getattr(item, "_request", True):
            item._initrequest()
        state = item.session._setupstate
        state.teardown_exact(self._above)  # what the item before this one left standing
        _pretend_report(item)
        try:
            if self._has_hooks:
                item.ihook.pytest_runtest_setup(item=item)
                item.ihook.pytest_runtest_call(item=item)
            else:
                state.setup(item)
                item.runtest()
            caught = getattr(item, "_excinfo", None)
            if caught:  # unittest's results are kept on the item instead of being raised
                item._excinfo = None
                raise caught.pop(0).value
        finally:
            if self._has_hooks:
                item.ihook.pytest_runtest_teardown(item=item, nextitem=self._above)
            state.teardown_exact(self._above)
            if hasattr(item, "_request"):
                item._request = False
                item.funcargs = None


def _pretend_report(item: Any) -> None:
    """tmp_path looks at its end for what the reporting hooks, which are not called here, leave on the
    item."""
    try:
        from _pytest.tmpdir import tmppath_result_key  # late: of the project's pytest, absent in old ones

        item.stash[tmppath_result_key] = {}
    except (ImportError, AttributeError):
        return


def signature(error: BaseException, files: frozenset[str]) -> tuple[Any, ...]:
    lines = []
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename in files:
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    return (type(error).__name__, *lines)


def is_further(lines: tuple[int, ...], known: tuple[int, ...]) -> bool:
    """The frames in test files stand on a later line than at the failure of the original program."""
    for place in range(min(len(lines), len(known))):
        if lines[place] != known[place]:
            return bool(lines[place] > known[place])
    return False


def _from_root(item: Any, root: str) -> str:
    """The id of an item with its path told from `root`; pytest counts from the folder of its settings."""
    node: str = item.nodeid
    between, above = _apart(str(getattr(item.config, "rootpath", None) or item.config.rootdir), root)
    if between == os.curdir:
        return node
    if not between.startswith(os.pardir):
        return f"{between}/{node}"
    return node[len(above) :] if node.startswith(above) else node


@functools.lru_cache(maxsize=2)
def _apart(one: str, other: str) -> tuple[str, str]:
    """The way from each folder to the other; there are thousands of items, all of the same two."""
    one, other = os.path.realpath(one), os.path.realpath(other)
    return os.path.relpath(one, other), os.path.relpath(other, one) + "/"


def _own_code(item: Any) -> Any:
    code = getattr(inspect.unwrap(item.obj), "__code__", None) if hasattr(item, "obj") else None
    return None if code is None else (code.co_filename, code.co_firstlineno, code.co_name)


def _is_usable(item: Any) -> bool:
    if not hasattr(item, "runtest") or not hasattr(item, "obj"):
        return False
    return item.get_closest_marker("xfail") is None


def _is_bare(item: Any, root: str) -> bool:
    """No fixture that the test asks for, nor one that the project applies by itself. Those that installed
    plugins apply to everything are left out; whether the test is the same without them is measured before
    use."""
    if type(item).__name__ != "Function" or inspect.iscoroutinefunction(item.obj):
        return False
    params = getattr(getattr(item, "callspec", None), "params", {})
    asked = set(item._fixtureinfo.argnames) - set(params)
    if asked or any(name not in item._fixtureinfo.argnames for name in params) or _has_indirect(item):
        return False
    if any(mark.name != "parametrize" for mark in item.iter_markers()):
        return False
    defined = item._fixtureinfo.name2fixturedefs
    applied = set(item._fixtureinfo.names_closure) - set(params) - {"request"}
    return not any(_is_own(found[-1], root) for found in map(defined.get, applied) if found)


def _is_own(definition: Any, root: str) -> bool:
    code = getattr(inspect.unwrap(definition.func), "__code__", None)
    name = getattr(definition, "argname", "")
    return code is None or code.co_filename.startswith(root) or "_xunit_" in name or "_unittest_" in name


def _has_indirect(item: Any) -> bool:
    defined = item._fixtureinfo.name2fixturedefs
    for name in getattr(getattr(item, "callspec", None), "params", {}):
        found = defined.get(name)
        if found and type(found[-1]).__name__ != "PseudoFixtureDef" and getattr(found[-1], "baseid", ""):
            return True
    return False


def _direct_call(item: Any) -> Callable[[], Any]:
    params = dict(getattr(getattr(item, "callspec", None), "params", {}))
    owner = getattr(item, "cls", None)
    if owner is None:
        function = item.obj
        return lambda: function(**params)
    name = getattr(item, "originalname", None) or item.name
    return lambda: getattr(owner(), name)(**params)
