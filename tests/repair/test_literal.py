"""Literals letter by letter: an edit changes what it should, and not a byte beside it."""

import ast
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.repair.literal import constants, respelled, runs, texts
from mycoder.repair.source import Source

QUOTES = ("'", '"', "'''", '"""')
CASES = [
    ("x = 'plain'", ["plain"]),
    ("x = ''", [""]),
    ("x = 'one' \"two\"", ["onetwo"]),
    ("x = ('one'  # why\n     'two')", ["onetwo"]),
    ("x = 'a\\tb\\x41\\u00e9\\N{BULLET}\\101\\q'", ["a\tbA\u00e9\u2022A\\q"]),
    ("x = r'\\d+\\'s'", ["\\d+\\'s"]),
    ("x = b'a\\xff\\q'", ["a\xff\\q"]),
    ("x = 'long \\\n line'", ["long  line"]),
    ('x = """two\nlines"""', ["two\nlines"]),
    ("x = f'a{y}b'", ["a", "b"]),
    ("x = f'{y}{z}'", ["", "", ""]),
    ("x = f'{{a}}{y!r:>{w}.2f}'", ["{a}", ">", ".2f", ""]),
    ("x = 'a' f'b{y}c' 'd'", ["ab", "cd"]),
    ("x = f'{y[\"k\"]:%Y-%m}ä'", ["", "%Y-%m", "ä"]),
    ("x = rf'\\d{y}\\{y}'", ["\\d", "\\", ""]),
    ("x = 'é' 'ü'", ["éü"]),
    ("x = f\"{'inner'}\"", ["", ""]),
    ("x = f'{(lambda: 1)()!s}{y != 1}'", ["", "", ""]),
]


def literal_of(text: str) -> tuple[Source, ast.Constant | ast.JoinedStr]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        source = Source("a.py", text.encode())
    statement = source.tree.body[0]
    assert isinstance(statement, ast.Assign)
    assert isinstance(statement.value, ast.Constant | ast.JoinedStr)
    return source, statement.value


@pytest.mark.parametrize(("text", "values"), CASES)
def test_runs_say_what_python_reads(text: str, values: list[str]) -> None:
    source, node = literal_of(text)
    assert [r.value for r in runs(source, node)] == values


@pytest.mark.parametrize(("text", "values"), CASES)
def test_each_letter_stands_where_it_is_said_to(text: str, values: list[str]) -> None:
    source, node = literal_of(text)
    for run in runs(source, node):
        for letter in run.letters:
            if letter.value.isalnum() and letter.end - letter.start == len(letter.value.encode()):
                assert source.data[letter.start : letter.end].decode() == letter.value


def test_lines_that_end_in_two_bytes_are_one_letter() -> None:
    source = Source("a.py", b'x = """a\r\nb"""\r\n')
    (run,) = runs(source, source.tree.body[0].value)  # type: ignore[attr-defined]
    assert run.value == "a\nb"
    span = respelled(source, source.tree.body[0].value, run, "a\n\nb")  # type: ignore[attr-defined]
    assert span is not None
    assert source.apply((span,)) == b'x = """a\r\n\r\nb"""\r\n'


@pytest.mark.parametrize(
    ("text", "number", "value", "after"),
    [
        ("x = 'naem'", 0, "name", "x = 'name'"),
        ("x = f'a{y}b'", 1, "{b}", "x = f'a{y}{{b}}'"),
        ("x = f'{y}{z}'", 1, ", ", "x = f'{y}, {z}'"),
        ("x = f'{y:.2f}'", 1, ".3f", "x = f'{y:.3f}'"),
        ("x = ('one '  # why\n     'tow')", 0, "one two", "x = ('one '  # why\n     'two')"),
        ("x = r'\\d*'", 0, "\\d+", "x = r'\\d+'"),
        ("x = r'ab'", 0, "a\tb", "x = 'a\\tb'"),
        ("x = rb'ab'", 0, "a\x00b", "x = b'a\\x00b'"),
        ("x = '\\1a'", 0, "\x012", "x = '\\x012'"),
        ('x = "it"', 0, 'i"t', 'x = "i\\"t"'),
        ("x = 'a' 'b'", 0, "", None),
        ("x = b'a'", 0, "\u20ac", None),
    ],
)
def test_what_is_written(text: str, number: int, value: str, after: str | None) -> None:
    source, node = literal_of(text)
    span = respelled(source, node, runs(source, node)[number], value)
    assert (None if span is None else source.apply((span,)).decode()) == after


def test_docstrings_and_pieces_of_other_literals_are_not_texts() -> None:
    source = Source("a.py", b"def f(x):\n    'doc'\n    return f'a{x:>5}b' + g(f\"{'k'}\")\n")
    found = [run.value for node in ast.walk(source.tree) for _, run in texts(source, node)]
    assert sorted(found) == ["", "", ">5", "a", "b", "k"]


LETTERS = st.text(max_size=12)


@st.composite
def literals(draw: st.DrawFn) -> str:
    """A literal of any prefix and quotes, side by side with others, that Python can read."""
    pieces = []
    is_bytes = draw(st.booleans())
    for _ in range(draw(st.integers(1, 3))):
        quote = draw(st.sampled_from(QUOTES))
        prefix = draw(st.sampled_from(("b", "rb", "bR") if is_bytes else ("", "r", "u", "f", "rf", "Rf")))
        body = draw(st.text(alphabet=st.sampled_from("ab1 \\n\"'{}x\t%é\n"), max_size=10))
        pieces.append(f"{prefix}{quote}{body}{quote}")
    return "x = (" + draw(st.sampled_from((" ", "\n  ", "  # c'\n"))).join(pieces) + ")\n"


@given(literals(), LETTERS, st.data())
@settings(deadline=None, max_examples=400)
def test_every_edit_says_what_was_meant_and_no_more(text: str, value: str, data: st.DataObject) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            source, node = literal_of(text)
        except Exception:
            return
        found = runs(source, node)
        if not found:
            return
        run = data.draw(st.sampled_from(found))
        place = data.draw(st.integers(0, len(run.value)))
        meant = run.value[:place] + value + run.value[place + 1 :]
        span = respelled(source, node, run, meant)
        if span is None:
            return
        after = source.apply((span,))
        again = ast.parse(after.decode()).body[0].value  # type: ignore[attr-defined]
    assert constants(again) == [v for v in (meant if r == run else r.value for r in found) if v]
    assert after[: span[0]] == source.data[: span[0]]
    assert after[len(after) - len(source.data) + span[1] :] == source.data[span[1] :]


@given(st.text(max_size=30), st.sampled_from(QUOTES), st.text(max_size=30))
@settings(deadline=None)
def test_any_text_can_be_put_in_a_plain_literal(old: str, quote: str, new: str) -> None:
    body = repr(old)[1:-1].replace("'", "\\'").replace('"', '\\"').replace("\\\\'", "\\'")
    try:
        source, node = literal_of(f"x = {quote}{body}{quote}")
    except Exception:
        return
    (run,) = runs(source, node)
    if run.value == new:
        return
    span = respelled(source, node, run, new)
    assert span is not None
    assert ast.parse(source.apply((span,)).decode()).body[0].value.value == new  # type: ignore[attr-defined]
