"""What a candidate may leave behind in the modules under repair, and its restoration before the next
candidate."""

from __future__ import annotations

import functools
import gc
import sys
from collections.abc import Mapping
from operator import is_
from types import ModuleType
from typing import Any

MOST = 400
"""Containers watched; larger programs rely on the sentinel alone."""
LARGEST = 2_000
_CACHE = type(functools.lru_cache(maxsize=None)(lambda: None))


class State:
    """Module attributes, containers held by modules and classes, and caches of functions."""

    def __init__(self, paths: set[str]) -> None:
        modules = [m for m in list(sys.modules.values()) if getattr(m, "__file__", None) in paths]
        self._attributes = [(vars(m), dict(vars(m))) for m in modules]
        classes = [(c, dict(vars(c))) for m in modules for c in _classes_of(m)]
        self._classes = [(c, saved, tuple(saved.values())) for c, saved in classes]
        self._containers: list[tuple[Any, Any]] = []
        for _, saved in (*self._attributes, *classes):
            self._watch(saved)
        self._caches: list[Any] = []
        names = {m.__name__ for m in modules}
        if not names:
            return
        gc.unfreeze()  # frozen objects are not listed
        self._caches = [
            thing
            for thing in gc.get_objects()
            if isinstance(thing, _CACHE) and getattr(thing, "__module__", None) in names
        ]

    def _watch(self, saved: dict[str, Any]) -> None:
        for name, value in saved.items():
            if type(value) not in (dict, list, set) or name.startswith("__"):
                continue
            if len(value) <= LARGEST and len(self._containers) < MOST:
                self._containers.append((value, value.copy()))

    def restore(self) -> None:
        for cache in self._caches:
            cache.cache_clear()
        for container, saved in self._containers:
            if len(container) != len(saved) or container != saved:
                _refill(container, saved)
        for space, saved in self._attributes:
            if not _is_same(space, saved):
                space.clear()
                space.update(saved)
        for owner, saved, values in self._classes:
            now = vars(owner)
            if len(now) != len(values) or not all(map(is_, now.values(), values)):
                _restore_class(owner, saved)


def _is_same(now: Mapping[str, Any], saved: dict[str, Any]) -> bool:
    """The same names in the same order with the very same values; compared without a loop in Python."""
    if len(now) != len(saved):
        return False
    return all(map(is_, now.values(), saved.values())) and all(map(is_, now, saved))


def _classes_of(module: ModuleType) -> list[type]:
    return [v for v in vars(module).values() if isinstance(v, type) and v.__module__ == module.__name__]


def _refill(container: Any, saved: Any) -> None:
    container.clear()
    if isinstance(container, list):
        container.extend(saved)
    else:
        container.update(saved)


def _restore_class(owner: type, saved: dict[str, Any]) -> None:
    now = vars(owner)
    for name in [n for n in now if n not in saved]:
        delattr(owner, name)
    for name, value in saved.items():
        if now.get(name) is not value and name not in ("__dict__", "__weakref__"):
            setattr(owner, name, value)
