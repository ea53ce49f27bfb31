"""Places of expressions in f-strings, which the parser before Python 3.12 gets wrong."""

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.repair.site import Literals
from mycoder.repair.source import Source
from mycoder.repair.space import Space
from mycoder.testing.localise import Place

TEXTS = [
    'x = f"{a + b}"',
    'x = f"é {{not}} {names[0]!r:>{width + 1}} and {a=} {b == c} {d!s}"',
    "x = rf'\\{a}' \"plain {no}\" f'{b[\"k\"]:%H:%M}'",
    'x = f"""\n  {first(\n    a, b)} {{\n {second}\n"""',
    "x = (f'{a}'  # comment {b}\n     f'{c!r}' 'é'\n     f'{d}')",
    'x = f"\\N{GREEK SMALL LETTER ALPHA}{a}"',
    'x = f"{(lambda y: y + 1)(a)} {[i for i in range(3)]} {a != b}"',
    "x = f\"{f'{inner}'}\"",
]


def _names(source: Source) -> list[tuple[str, str]]:
    return [(n.id, source.of(n)) for n in ast.walk(source.tree) if isinstance(n, ast.Name)]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("before", ["", "def f():\n    ", "\ufeff"])
def test_every_name_is_where_it_says(text: str, before: str) -> None:
    if before.startswith("def") and '"""' in text:
        pytest.skip("its lines would be outside of the function")
    source = Source("a.py", (before + text + "\n").encode())
    assert not source.unplaced
    for name, shown in _names(source):
        assert name == shown


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.sampled_from(["é", "{{", "}}", "{ab}", "{ab + c!r}", "{c:{ab}}", "{ab=}", " ", "\\n", "漢"]))
)
def test_any_mixture_is_placed(parts: list[str]) -> None:
    source = Source("a.py", ("y = 'ü', f'" + "".join(parts) + "'\n").encode())
    assert not source.unplaced
    for name, shown in _names(source):
        assert name == shown


def test_candidates_change_what_is_in_braces() -> None:
    source = Source("a.py", b'def f(a, b):\n    return f"{a - 1}: {b}"\n')
    space = Space([source], [Place("a.py", 2, 2, 1.0, "f")], Literals())
    made = {source.apply(c.edits) for c in space.take(400)}
    assert b'def f(a, b):\n    return f"{a + 1}: {b}"\n' in made
    assert b'def f(a, b):\n    return f"{a - 1}: {a}"\n' in made
