"""Swapping code objects of running functions."""

import types
from pathlib import Path
from typing import Any

from mycoder.repair.worker.apply import (
    Unit,
    compiled,
    fingerprint,
    future_flags,
    live_functions,
    pair,
    units_of,
)
from mycoder.repair.worker.zygote import next_limit

CODE = b"""\
from __future__ import annotations
import functools


def logged(function):
    @functools.wraps(function)
    def inner(*args):
        return function(*args)
    return inner


class Base:
    def size(self):
        return 1


if True:
    class Box(Base):
        @logged
        def size(self):
            return super().size() + 1

        @property
        def __secret(self):
            return 3

        def tell(self):
            return self.__secret


@logged
def twice(n):
    return n * 3
"""


def _load(tmp_path: Path) -> tuple[dict[str, Any], list[Unit]]:
    path = tmp_path / "m.py"
    path.write_bytes(CODE)
    space: dict[str, Any] = {"__name__": "m"}
    exec(compile(CODE, str(path), "exec"), space)
    units = units_of(str(path), CODE)
    live = live_functions({str(path)})
    for unit in units:
        unit.live = live
    return space, units


def _swap(space: dict[str, Any], units: list[Unit], name: str, old: bytes, new: str) -> Any:
    unit = next(u for u in units if u.name == name and old in u.text)
    start = unit.start + unit.text.index(old)
    text = unit.patched([(start, start + len(old), new)])
    key = (unit.path, unit.first_line, unit.name)
    code: types.CodeType = unit.live[key][0].__code__
    made = compiled(unit, text, future_flags(code))
    assert made is not None
    return pair(unit, code, made)


def test_decorated_functions_methods_super_and_mangled_names(tmp_path: Path) -> None:
    space, units = _load(tmp_path)
    assert [u.name for u in units] == ["logged", "size", "size", "__secret", "tell", "twice"]
    box = space["Box"]()
    swap = _swap(space, units, "twice", b"n * 3", "n * 2")
    swap.on()
    assert space["twice"](5) == 10
    swap.off()
    assert space["twice"](5) == 15
    swap = _swap(space, units, "size", b"super().size() + 1", "super().size() + 9")
    swap.on()
    assert box.size() == 10
    swap.off()
    swap = _swap(space, units, "tell", b"self.__secret", "self.__secret + 1")
    swap.on()
    assert box.tell() == 4
    swap.off()
    assert (box.size(), box.tell()) == (2, 3)


def test_closures_that_exist_already_are_changed_too(tmp_path: Path) -> None:
    space, units = _load(tmp_path)
    swap = _swap(space, units, "logged", b"function(*args)", "-function(*args)")
    swap.on()
    assert space["twice"](1) == -3
    swap.off()
    assert space["twice"](1) == 3


def test_other_free_variables_do_not_fit(tmp_path: Path) -> None:
    space, units = _load(tmp_path)
    assert _swap(space, units, "size", b"super().size() + 1", "1") is None


def test_fingerprint_ignores_how_it_is_written(tmp_path: Path) -> None:
    _, units = _load(tmp_path)
    unit = units[-1]
    plain = compiled(unit, unit.patched([]), 0)
    start = unit.start + unit.text.index(b"n * 3")
    wrapped = compiled(unit, unit.patched([(start, start + 5, "(n * 3)")]), 0)
    other = compiled(unit, unit.patched([(start, start + 5, "n * 3.0")]), 0)
    assert plain is not None
    assert wrapped is not None
    assert other is not None
    assert fingerprint(plain) == fingerprint(wrapped) != fingerprint(other)


def test_after_an_endless_test_the_limit_shrinks_but_not_to_what_others_need() -> None:
    quick, slow = {"outcome": "passed", "seconds": 0.01}, {"outcome": "passed", "seconds": 0.6}
    endless = {"outcome": "timeout", "seconds": 0.0}
    assert next_limit(5.0, [quick]) == 5.0
    assert next_limit(5.0, [quick, endless]) == 2.5
    assert next_limit(0.6, [quick, endless]) == 0.5
    assert next_limit(5.0, [slow, endless]) == 3.0
    assert next_limit(1.0, [slow, endless]) == 1.0
