"""What pytest's hooks do around a test and its outcome may depend on: filters that make errors of warnings, and the
project's own hooks."""

from __future__ import annotations

import inspect
import sys
import warnings
from typing import Any

_HOOKS = ("pytest_runtest_setup", "pytest_runtest_call", "pytest_runtest_teardown")


def error_filters(item: Any) -> list[tuple[Any, ...]]:
    """Arguments for ``warnings.filterwarnings`` in their order, when one of them makes errors; else nothing, since
    no other one decides whether the test passes."""
    config = item.config
    given = [
        *((text, False) for text in _ini(config)),
        *((text, True) for text in getattr(config.known_args_namespace, "pythonwarnings", None) or ()),
        *((text, False) for mark in item.iter_markers("filterwarnings") for text in mark.args),
    ]
    if not any(text.strip().startswith("error") for text, _ in given):
        return []
    try:
        from _pytest.config import parse_warning_filter  # late: of the project's pytest, absent in old ones

        own: list[tuple[Any, ...]] = []
        if not sys.warnoptions:  # as pytest begins
            own = [("always", "", DeprecationWarning), ("always", "", PendingDeprecationWarning)]
        return [*own, *(parse_warning_filter(text, escape=escape) for text, escape in given)]
    except Exception:  # a category that cannot be imported: pytest itself says so elsewhere
        return []


def _ini(config: Any) -> list[str]:
    try:
        return list(config.getini("filterwarnings"))
    except (KeyError, ValueError):  # the plugin is turned off
        return []


def under(filters: list[tuple[Any, ...]], call: Any) -> None:
    """Calls `call` with the filters in force."""
    with warnings.catch_warnings():
        for each in filters:
            warnings.filterwarnings(*each)
        call()


def has_own_hooks(item: Any, root: str) -> bool:
    """Does the project do something of its own around each test?"""
    for name in _HOOKS:
        for known in getattr(item.ihook, name).get_hookimpls():
            code = getattr(inspect.unwrap(known.function), "__code__", None)
            if code is not None and code.co_filename.startswith(root.rstrip("/") + "/"):
                return True
    return False
