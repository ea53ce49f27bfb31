"""Modules compiled without the bodies of their functions are what they are when compiled as a whole."""

import types
from pathlib import Path

import pytest

from mycoder.repair.worker.apply import compiled, patched, tree
from mycoder.repair.worker.stubs import module_code
from mycoder.repair.worker.verdict import File

ODD = '''\
import functools

LIMIT = 3


class Base:
    size = 1

    def area(self): return self.size

    def long_header(self,
                    by=2): return self.size * by

    class Inner:
        def deep(self):
            """Kept."""
            return [self for _ in range(3)]


class Box(Base):
    def area(self):
        # a remark
        text = "super"
        return super().area() + len(text)

    @functools.cache
    def plain(self):
        """Names super() only here."""
        def inner():
            return self
        return inner

    async def waits(self):
        yield LIMIT


def last(n=LIMIT, *, m: int = 4) -> int:
    if n:
        return m
    return n'''


def _shape(code: types.CodeType) -> tuple[object, ...]:
    """What of a code object decides what it does, without the columns of the whole statement around a body."""
    constants = [_shape(c) if isinstance(c, types.CodeType) else (type(c), repr(c)) for c in code.co_consts]
    lines = [line for _, _, line in code.co_lines()]
    names = (code.co_name, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    return code.co_code, code.co_flags, code.co_firstlineno, names, lines, constants


def _file(path: Path) -> File:
    file = File(str(path))
    whole = compile(file.source, str(path), "exec", 0, True)
    codes = {(c.co_firstlineno, c.co_name): c for c in tree(whole)}
    for index, unit in enumerate(file.units):
        file.original[index] = codes[unit.first_line, unit.name]
    return file


@pytest.mark.parametrize(
    "name", ["argparse", "enum", "textwrap", "dataclasses", "collections", "typing", "functools"]
)
def test_modules_of_the_library(name: str) -> None:
    path = Path(__import__(name).__file__ or "")
    file = _file(path)
    end = len(file.source)
    edits = [(0, 0, ""), (end, end, "EXTRA = 1\n")]
    code, _ = module_code(file, edits)
    whole = compile(patched(file.source, edits), str(path), "exec", 0, True)
    assert _shape(code) == _shape(whole)
    living = set(map(id, file.original.values()))
    assert sum(id(c) in living for c in tree(code)) > 0.9 * len(living)


def test_odd_shapes_and_edits_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "odd.py"
    path.write_text(ODD)
    file = _file(path)
    assert len(file.units) == 7
    for start in range(0, len(ODD), 3):
        for old, new in ((ODD[start], ODD[start]), ("", "")):
            edits = [(start, start + len(old), new)]
            code, _ = module_code(file, edits)
            assert _shape(code) == _shape(compile(ODD, str(path), "exec", 0, True))


def test_an_edit_in_a_header_is_compiled_and_the_bodies_are_the_living_ones(tmp_path: Path) -> None:
    path = tmp_path / "odd.py"
    path.write_text(ODD)
    file = _file(path)
    index = next(i for i, u in enumerate(file.units) if u.name == "last")
    living = compiled(file.units[index], file.units[index].patched([]), 0)
    assert isinstance(living, types.CodeType)
    file.original[index] = living
    place = ODD.index("n=LIMIT") + 2
    code, mark = module_code(file, [[place, place + 5, "7"]])
    space: dict[str, object] = {}
    exec(code, space)
    function = space["last"]
    assert isinstance(function, types.FunctionType)
    assert function.__code__ is living
    assert (function(), function(0)) == (4, 0)
    assert mark != module_code(file, [(place, place + 5, "8")])[1]


def test_what_does_not_compile_is_told(tmp_path: Path) -> None:
    path = tmp_path / "odd.py"
    path.write_text(ODD)
    with pytest.raises(SyntaxError):
        module_code(_file(path), [(0, 0, "class :\n")])
