"""Finding the text an edit means: exact, else the one place that differs only in form, else nothing."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mycoder.workspace.canonical import Canonical, alignment
from mycoder.workspace.edit import Edited, Missed, match

QUICK = settings(deadline=None, max_examples=200)

SOURCE = '''\
class Cart:
    """What a person wants to buy."""

    def total(self, lines):
        result = 0
        for line in lines:
            result += line.price  * line.count

        return result

    def names(self, lines):
        return [line.name for line in lines]
'''


def edited(text: str, old: str, new: str) -> str:
    found = match(text, old, new)
    assert isinstance(found, Edited), found
    return found.text


def missed(text: str, old: str, new: str = "new") -> Missed:
    found = match(text, old, new)
    assert isinstance(found, Missed), found
    return found


@QUICK
@given(st.text("ab \n\t", max_size=40), st.text("ab \n", min_size=1, max_size=6), st.text("xy\n", max_size=6))
def test_one_exact_occurrence_is_replaced_and_several_are_refused(text: str, old: str, new: str) -> None:
    assume(old != new)
    places = [i for i in range(len(text)) if text.startswith(old, i)]
    found = match(text, old, new)
    if len(places) == 1:
        assert isinstance(found, Edited)
        assert found.text == text.replace(old, new)
        assert found.note == ""
        assert found.line == text.count("\n", 0, places[0]) + 1
    elif places:
        assert isinstance(found, Missed)
        assert found.lines == tuple(text.count("\n", 0, p) + 1 for p in places)
        every = match(text, old, new, replace_all=True)
        assert isinstance(every, Edited)
        assert every.text == text.replace(old, new)
        assert every.count == text.count(old)


def test_occurrences_that_overlap_are_two() -> None:
    assert missed("aaa", "aa").why == "many"


def test_many_occurrences_are_listed() -> None:
    found = missed("x = 1\n" * 20, "x = 1")
    assert "20 times" in found.message
    assert "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 8 more" in found.message
    assert "replace_all" in found.message


def test_the_same_text_twice_is_an_error() -> None:
    assert missed(SOURCE, "result", "result").why == "same"


def test_empty_old_fills_only_an_empty_file() -> None:
    assert edited("", "", "x\n") == "x\n"
    assert missed(SOURCE, "").why == "empty"
    assert "12 lines" in missed(SOURCE, "").message


INDENTED = """\
    def total(self, lines):
        result = 0
        for line in lines:
            result += line.price  * line.count

        return result
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            "def total(self, lines):\n    result = 0\n    for line in lines:\n",
            "def total(self, lines, tax=0):\n    result = tax\n    if lines is None:\n        return 0\n"
            "    for line in lines:\n",
            [
                ("def total(self, lines):", "def total(self, lines, tax=0):"),
                ("result = 0", "result = tax\n        if lines is None:\n            return 0"),
            ],
            id="four spaces too few",
        ),
        pytest.param(
            "\tdef total(self, lines):\n\t\tresult = 0\n",
            "\tdef total(self, lines):\n\t\tif not lines:\n\t\t\treturn 0\n\t\tresult = 0\n",
            [("        result = 0", "        if not lines:\n            return 0\n        result = 0")],
            id="tabs for spaces",
        ),
        pytest.param(
            "        for line in lines:\n            result += line.price * line.count\n"
            "        return result\n",
            "        for line in lines:\n            result += line.price * line.count\n"
            "        return result + 1\n",
            [("return result", "return result + 1")],
            id="an empty line and a double space",
        ),
        pytest.param(
            "            result += line.price * line.count   \n\n        return result",
            "            result -= line.price * line.count   \n\n        return result",
            [("+=", "-=")],
            id="trailing whitespace",
        ),
        pytest.param(
            "        result = 0\\n        for line in lines:\\n",
            "        result = 1\\n        for line in lines:\\n",
            [("result = 0", "result = 1")],
            id="escaped newlines",
        ),
        pytest.param(
            '    \\"\\"\\"What a person wants to buy.\\"\\"\\"',
            '    \\"\\"\\"What a person buys.\\"\\"\\"',
            [("wants to buy", "buys")],
            id="escaped quotes",
        ),
        pytest.param(
            "5\t        result = 0\n6\t        for line in lines:",
            "5\t        result = 2\n6\t        for line in lines:",
            [("result = 0", "result = 2")],
            id="numbers of lines",
        ),
        pytest.param(
            "        return [line.name for line in lines]\n\n\n",
            "        return sorted(line.name for line in lines)\n\n\n",
            [("[line.name for line in lines]", "sorted(line.name for line in lines)")],
            id="more newlines than the file ends with",
        ),
        pytest.param(
            "result=0\n        for line in lines:",
            "result=3\n        for line in lines:",
            [("result = 0", "result = 3")],
            id="spaces around an operator",
        ),
    ],
)
def test_form_may_differ(old: str, new: str, expected: list[tuple[str, str]]) -> None:
    wanted = SOURCE
    for a, b in expected:
        wanted = wanted.replace(a, b, 1)
    if "return result + 1" in new:
        wanted = wanted.replace("\n\n        return result + 1", "\n        return result + 1")
    assert edited(SOURCE, old, new) == wanted


def test_unicode_punctuation_of_lines_that_stay_is_kept() -> None:
    words = "a long line of words, so that a few signs are less than a tenth of it"
    text = f"# “Fast” – and\xa0it’s ours: {words}\nx = 1\ny = “a” – “b”  # {words}\n"
    old = f'# "Fast" - and it\'s ours: {words}\nx = 1\ny = "a" - "b"  # {words}\n'
    assert edited(text, old, old.replace("x = 1", "x = 2")) == text.replace("x = 1", "x = 2")
    assert edited(text, old, old.replace('"b"', '"c"')) == text.replace("“b”", "“c”")


def test_a_deletion_takes_whole_lines() -> None:
    text = "a = [1,  2,  3, 4, 5]\nb = 2\nc = 3\n"
    assert edited(text, "a = [1, 2, 3, 4, 5]\n", "") == "b = 2\nc = 3\n"
    assert edited("b = 2\n    a = [1,  2, 3]\n", "a = [1, 2, 3]", "") == "b = 2\n\n"
    assert edited("x(1, 2)\ny(1,  20, 30)\n\n\nz()\n", "y(1, 20, 30)\n\n", "") == "x(1, 2)\n\nz()\n"


def test_two_candidates_are_never_one() -> None:
    text = "if a:\n    call( first, second )\nelse:\n        call( first, second )\n"
    found = missed(text, "call(first, second)")
    assert found.why == "many"
    assert found.lines == (2, 4)


def test_too_different_is_only_shown() -> None:
    found = missed("def f(a):\n    return a   +   b\n", "return a+b")
    assert found.why == "absent"
    assert "only whitespace differs" in found.message
    assert "2 +     return a   +   b" in found.message


def test_words_are_not_cut_or_joined() -> None:
    assert missed("maximum = value_of(x)\n", "imum = value_of( x )").why == "absent"
    assert missed("return value_of_something(x)\n", "returnvalue_of_something(x)").why == "absent"


def test_short_texts_have_to_be_exact() -> None:
    assert missed("a  b\n", "a b").why == "absent"


def test_a_new_line_whose_place_is_unclear_is_refused() -> None:
    flat = "for line in lines:\nresult += line.price * line.count\nreturn result\n"
    assert missed(SOURCE, flat, flat.replace("return", "log(result)\nreturn")).why == "absent"


def test_a_typo_is_shown_with_the_numbers_of_the_file() -> None:
    found = missed(SOURCE, "        for line in lins:\n            result += line.price  * line.count\n")
    assert found.lines == (6,)
    assert "Closest are lines 6-7" in found.message
    assert " -         for line in lins:" in found.message
    assert "6 +         for line in lines:" in found.message


def test_nothing_alike_is_said() -> None:
    assert "nor anything like it" in missed(SOURCE, "import numpy as np\n").message


def test_windows_newlines_of_the_model_do_not_matter() -> None:
    assert edited("a\nb\nc\n", "a\r\nb\r\n", "x\r\ny\r\n") == "x\ny\nc\n"


WORDS = st.lists(
    st.sampled_from(["alpha", "beta", "gamma", "(", ")", "=", "+", "“q”", "x1"]), min_size=3, max_size=7
)


@st.composite
def blocks(draw: st.DrawFn) -> tuple[str, str, int, str]:
    """(a file, a block of it in another form, number of a line of the block, the form)."""
    lines = [f"{'    ' * draw(st.integers(1, 3))}v{n} {' '.join(draw(WORDS))} end{n}" for n in range(8)]
    first = draw(st.integers(0, 5))
    size = draw(st.integers(1, 8 - first))
    block = lines[first : first + size]
    form = draw(st.sampled_from(["less", "tabs", "trailing", "quotes", "blank"]))
    match form:
        case "less":
            block = [line[4:] for line in block]
        case "tabs":
            block = ["\t" * ((len(ln) - len(ln.lstrip())) // 4) + ln.lstrip() for ln in block]
        case "trailing":
            block = [line + "  " for line in block]
        case "quotes":
            block = [line.replace("“", '"').replace("”", '"') for line in block]
        case "blank":
            block = [*block[:1], "", *block[1:]]
    return "\n".join(lines) + "\n", "\n".join(block), draw(st.integers(0, size - 1)), form


@QUICK
@given(blocks())
def test_a_block_in_another_form_changes_only_the_line_that_changes(drawn: tuple[str, str, int, str]) -> None:
    text, old, chosen, form = drawn
    old_lines = old.split("\n")
    at = [n for n, line in enumerate(old_lines) if line.strip()][chosen]
    name = old_lines[at].split()[0]
    new_lines = [
        line.replace(f"{name} ", "changed ") if n == at else line for n, line in enumerate(old_lines)
    ]
    found = match(text, old, "\n".join(new_lines))
    if isinstance(found, Missed):  # two quotes in a short line are more than a tenth of it
        assert form == "quotes"
        return
    # an empty line inside belongs to the block, and where it is between changed lines it comes with it
    got, wanted = found.text.split("\n"), text.replace(f"{name} ", "changed ", 1).split("\n")
    assert [line.rstrip() for line in got if line.strip()] == [line for line in wanted if line.strip()]


@QUICK
@given(st.text("ab(“…’ \n\t ", max_size=30))
def test_canonical_positions_lead_back(text: str) -> None:
    canonical = Canonical(text)
    positions = [canonical.at(i) for i in range(len(canonical.form))]
    assert positions == sorted(positions)
    for position in positions:
        assert canonical.at(canonical.index_from(position)) == position
    assert len(alignment(text, text)) == len(text) + 1
    assert alignment(text, text) == list(range(len(text) + 1))


def test_a_long_file_is_searched_quickly() -> None:
    text = "".join(f"def f{n}(x):\n    return  x + {n}\n\n" for n in range(5000))
    found = match(text, "def f4321(x):\n    return x + 4321\n", "def f4321(x):\n    return x\n")
    assert isinstance(found, Edited)
    assert isinstance(match(text, "def g4321(x):\n    return y + 4321\n", "z"), Missed)
