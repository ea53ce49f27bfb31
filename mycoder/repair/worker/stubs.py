"""The code of a whole module after an edit outside of its functions, for a fraction of the price: the functions are
compiled without their bodies, and get the code that they have in the living module."""

from __future__ import annotations

import types
from typing import Any

from mycoder.repair.worker.apply import Unit, fingerprint, patched
from mycoder.repair.worker.verdict import File

MARK = 0x6D79_6300_0000
"""What the stub of the unit with the index n returns is this plus n: so its code is known again."""


def module_code(file: File, edits: list[Any]) -> tuple[types.CodeType, int]:
    """The module's code after `edits`, and its fingerprint. Raises what compiling raises."""
    stubs, kept = [], {}
    for index, code in file.original.items():
        unit = file.units[index]
        if unit.indent is None or any(s < unit.end and e >= unit.body for s, e, _ in edits):
            continue
        stubs.append((unit.body, unit.end, _stub(unit, code, MARK + index)))
        kept[MARK + index] = code
    try:
        text = patched(file.source, [*map(tuple, edits), *stubs])
        short = compile(text, file.path, "exec", 0, True)
        found: list[int] = []
        whole = _filled(short, kept, found)
    except (SyntaxError, _MisfitError):
        found = []
    if sorted(found) == sorted(kept):
        return whole, fingerprint(short)
    code = compile(patched(file.source, edits), file.path, "exec", 0, True)
    return code, fingerprint(code)


class _MisfitError(Exception):
    """A stub does not close over what the function does."""


def _stub(unit: Unit, code: types.CodeType, mark: int) -> str:
    """As many lines as the body has. A method that uses ``super`` needs the class around it to know of that."""
    lines = unit.text.count(b"\n", unit.body - unit.start)
    cell = "super; " if "__class__" in code.co_freevars else ""
    return f"{unit.indent}{cell}return {mark}" + "\n" * lines


def _filled(code: types.CodeType, kept: dict[int, types.CodeType], found: list[int]) -> types.CodeType:
    """The code with the kept code in the place of stubs, whose marks are added to `found`."""
    constants, is_changed = [], False
    for constant in code.co_consts:
        if type(constant) is types.CodeType:
            mark = next((c for c in constant.co_consts if type(c) is int and c in kept), 0)
            if mark:
                found.append(mark)
                if kept[mark].co_freevars != constant.co_freevars or kept[mark].co_name != constant.co_name:
                    raise _MisfitError
            filled = kept[mark] if mark else _filled(constant, kept, found)
            is_changed = is_changed or filled is not constant
            constants.append(filled)
        else:
            constants.append(constant)
    return code.replace(co_consts=tuple(constants)) if is_changed else code
