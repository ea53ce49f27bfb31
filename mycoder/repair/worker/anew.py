"""Candidates outside of functions (constants, class bodies, defaults, decorators): the module is executed anew
beside the living one, and what came of it is carried over into the objects that others already hold."""

from __future__ import annotations

import types
from typing import Any

_SHARED = (int, float, complex, str, bytes, tuple, frozenset, type(None))
"""Values of these types may be one object for many purposes; they are replaced under their own name only."""
_WRAPPERS = (staticmethod, classmethod)
_OF_THE_CLASS = frozenset(["__dict__", "__weakref__", "__module__", "__qualname__"])


def carry_over(home: dict[str, Any], code: types.CodeType, others: list[dict[str, Any]]) -> None:
    """Runs the module `code` in a namespace of its own and makes the module with the namespace `home` look like
    it. `others` are the namespaces of all modules that may hold its objects. For good: only in a child that is
    thrown away. Raises whatever the module raises."""
    space = {k: v for k, v in home.items() if k.startswith("__") and k.endswith("__")}
    exec(code, space)
    module = str(home.get("__name__", ""))
    for name, new in space.items():
        if name.startswith("__") and name != "__all__":
            continue
        if name not in home:
            home[name] = new
            continue
        old = home[name]
        kept = _merged(old, new, module)
        if kept is not old:
            _replace(name, old, kept, [home, *others])
    for name in [n for n in home if n not in space]:
        if getattr(home[name], "__module__", None) == module:
            del home[name]


def _replace(name: str, old: Any, new: Any, spaces: list[dict[str, Any]]) -> None:
    is_shared = isinstance(old, _SHARED)
    for space in spaces:
        for key, value in list(space.items()):
            if value is old and (key == name or not is_shared):
                space[key] = new


def _merged(old: Any, new: Any, module: str) -> Any:
    """The object that is to be known from now on: `old` where it could take over what `new` has."""
    if type(old) is not type(new):
        return new
    if isinstance(old, types.FunctionType):
        return _merged_function(old, new)
    if isinstance(old, type):
        return _merged_class(old, new, module) if old.__module__ == module else new
    if type(old) in (dict, list, set):
        _refill(old, new)
        return old
    if isinstance(old, _WRAPPERS):
        inner = _merged(old.__func__, new.__func__, module)
        return old if inner is old.__func__ else new
    if isinstance(old, property):
        pairs = ((old.fget, new.fget), (old.fset, new.fset), (old.fdel, new.fdel))
        return old if all(_merged(a, b, module) is a for a, b in pairs) else new
    return old if _is_equal(old, new) else new


def _merged_function(old: types.FunctionType, new: types.FunctionType) -> types.FunctionType:
    if old.__code__.co_freevars != new.__code__.co_freevars or hasattr(new, "__wrapped__"):
        return new
    old.__code__ = new.__code__
    old.__defaults__ = new.__defaults__
    old.__kwdefaults__ = new.__kwdefaults__
    old.__dict__.update(new.__dict__)
    return old


def _merged_class(old: type, new: type, module: str) -> type:
    """The old class with the new attributes; the new one where the old one cannot be changed (enumerations,
    slots, other bases)."""
    if [b.__name__ for b in old.__bases__] != [b.__name__ for b in new.__bases__]:
        return new
    before, after = dict(vars(old)), dict(vars(new))
    try:
        for name, value in after.items():
            if name in _OF_THE_CLASS or isinstance(value, types.MemberDescriptorType):
                continue
            kept = _merged(before[name], value, module) if name in before else value
            if name not in before or kept is not before[name]:
                setattr(old, name, kept)
        for name in before:
            if name not in after:
                delattr(old, name)
    except (TypeError, AttributeError):
        return new
    return old


def _refill(old: Any, new: Any) -> None:
    old.clear()
    if isinstance(old, list):
        old.extend(new)
    else:
        old.update(new)


def _is_equal(old: Any, new: Any) -> bool:
    try:
        return bool(old == new)
    except Exception:  # comparing is the project's code, too
        return False
