"""What a candidate may leave behind in the modules under repair, and its restoration before the next
candidate."""

from __future__ import annotations

import functools
import gc
import sys
from collections.abc import Mapping
from operator import is_
from types import FunctionType, ModuleType
from typing import Any

MOST = 400
"""Containers watched; larger programs rely on the sentinel alone."""
LARGEST = 2_000
_CACHE = type(functools.lru_cache(maxsize=None)(lambda: None))


class Snapshot:
    """Module attributes, class attributes and the containers held by either, as they were at one time.

    `deep` are objects that the modules hold besides: their attributes are watched like those of a module."""

    def __init__(self, modules: list[ModuleType], deep: tuple[Any, ...] = ()) -> None:
        self._attributes = [(vars(thing), dict(vars(thing))) for thing in (*modules, *deep)]
        classes = [(c, dict(vars(c))) for m in modules for c in _classes_of(m)]
        self._classes = [(c, saved, tuple(saved.values())) for c, saved in classes]
        self._containers: list[tuple[Any, Any]] = []
        for _, saved in (*self._attributes, *classes):
            self._watch(saved)

    def _watch(self, saved: dict[str, Any]) -> None:
        for name, value in saved.items():
            if type(value) not in (dict, list, set) or name.startswith("__"):
                continue
            if len(value) <= LARGEST and len(self._containers) < MOST:
                self._containers.append((value, value.copy()))

    def restore(self) -> None:
        for container, saved in self._containers:
            if not _is_equal(container, saved):
                _refill(container, saved)
        for space, saved in self._attributes:
            if not _is_same(space, saved):
                space.clear()
                space.update(saved)
        for owner, saved, values in self._classes:
            now = vars(owner)
            if len(now) != len(values) or not all(map(is_, now.values(), values)):
                _restore_class(owner, saved)

    def is_now(self) -> bool:
        """Whether everything is as it was then."""
        return (
            all(_is_same(space, saved) for space, saved in self._attributes)
            and all(_is_same(vars(owner), saved) for owner, saved, _ in self._classes)
            and all(_is_equal(container, saved) for container, saved in self._containers)
        )

    def values(self) -> list[Any]:
        """Everything that modules and classes held then."""
        held = [v for _, saved in self._attributes for v in saved.values()]
        return held + [v for _, _, values in self._classes for v in values]


class State:
    """What every candidate begins with: the modules as they are after their import (`restore`), or as a run of
    the original program leaves them, with whatever it makes once and keeps (`restore(is_warm=True)`)."""

    def __init__(self, paths: set[str]) -> None:
        self._modules = [m for m in list(sys.modules.values()) if getattr(m, "__file__", None) in paths]
        self._cold = Snapshot(self._modules)
        self._warm = self._cold
        self._caches: list[Any] = []
        names = {m.__name__ for m in self._modules}
        if not names:
            return
        gc.unfreeze()  # frozen objects are not listed
        self._caches = [
            thing
            for thing in gc.get_objects()
            if isinstance(thing, _CACHE) and getattr(thing, "__module__", None) in names
        ]

    def restore(self, is_warm: bool = False) -> None:
        for cache in self._caches:
            cache.cache_clear()
        (self._warm if is_warm else self._cold).restore()

    def now(self) -> Snapshot:
        return Snapshot(self._modules)

    def warm_up(self) -> None:
        """From now on the warm state is the one of this moment, with the attributes of what came to be since the
        import: other than a constant, it may be changed by what it does."""
        old = set(map(id, self._cold.values()))
        new = {id(v): v for v in self.now().values() if id(v) not in old}
        deep = [v for v in new.values() if type(getattr(v, "__dict__", None)) is dict]
        own = [v for v in deep if not isinstance(v, (ModuleType, FunctionType))]
        self._warm = Snapshot(self._modules, tuple(own[:MOST]))

    def is_warm(self) -> bool:
        return self._warm.is_now()


def _is_same(now: Mapping[str, Any], saved: dict[str, Any]) -> bool:
    """The same names in the same order with the very same values; compared without a loop in Python."""
    if len(now) != len(saved):
        return False
    return all(map(is_, now.values(), saved.values())) and all(map(is_, now, saved))


def _is_equal(container: Any, saved: Any) -> bool:
    try:
        return len(container) == len(saved) and bool(container == saved)
    except Exception:  # comparing is the project's code, too
        return False


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
