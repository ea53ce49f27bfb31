"""Literals that the difference between actual and expected tells of."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.repair.operators.contrasted import Contrasted
from tests.repair.operators.proposed import proposed


@pytest.mark.parametrize(
    ("wrong", "right", "actual", "expected"),
    [
        ("x = 'Helo, '\n", "x = 'Hello, '\n", "Helo, Ann", "Hello, Ann"),
        ("x = f'{a} and {b}'\n", "x = f'{a} or {b}'\n", "tea and cake", "tea or cake"),
        ("x = ','.join(y)\n", "x = ', '.join(y)\n", "a,b,c", "a, b, c"),
        ("x = ';'\n", "x = ','\n", "a;b;c", "a,b,c"),
        ("x = 'Total: %d items' % n\n", "x = 'Total: %d item' % n\n", "Total: 3 items", "Total: 3 item"),
        ("x = '{} is form {}'\n", "x = '{} is from {}'\n", "Ann is form Rome", "Ann is from Rome"),
        ("x = b'HTP/1.1'\n", "x = b'HTTP/1.1'\n", "HTP/1.1 200", "HTTP/1.1 200"),
        ("x = 'a\\tb'\n", "x = 'a\\nb'\n", "a\tb", "a\nb"),
        ('x = "it\'s"\n', 'x = "it\\"s"\n', "it's me", 'it"s me'),
        ("x = f'{{{a}}}]'\n", "x = f'{{{a}}}}}'\n", "{1}]", "{1}}"),
        ("x = 'ERROR '\n", "x = 'Error '\n", "ERROR 5", "Error 5"),
        ("x = '' if a else b\n", "x = '-' if a else b\n", "ab", "a-b"),
    ],
)
def test_the_differing_piece_is_replaced(wrong: str, right: str, actual: str, expected: str) -> None:
    found = proposed(Contrasted(), wrong, ("==", actual, expected))
    assert right in found, found


def test_what_the_test_put_in_is_not_learned() -> None:
    found = proposed(Contrasted(), "x = 'Hello ' + n\n", ("==", "Hello Bob", "Hello Robert"))
    assert not any("Robert" in text for text in found), found


def test_digits_of_a_number_beside_a_literal_are_doubted() -> None:
    found = proposed(Contrasted(), "x = f'{y:.1f} km'\n", ("==", "3.1 km", "3.14 km"))
    assert all(cost > 2.0 for cost in found.values()), found


def test_a_piece_that_should_be_somewhere_in_the_text() -> None:
    actual = "a long text before, warnig: low, and behind"
    assert "x = 'warning: '\n" in proposed(Contrasted(), "x = 'warnig: '\n", ("in", actual, "warning: low"))


def test_what_a_regular_expression_wants() -> None:
    row = ("re", "Nmae must not be empty.", r"^Name must not be empty\.$")
    assert "x = 'Name must'\n" in proposed(Contrasted(), "x = 'Nmae must'\n", row)


def test_without_a_comparison_there_is_nothing_to_go_by() -> None:
    assert not proposed(Contrasted(), "x = 'Helo'\n")


WORDS = st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc")), min_size=3, max_size=12)


@given(WORDS, st.text(max_size=4), st.text(max_size=6), st.text(max_size=6), st.integers(0, 11))
@settings(deadline=None, max_examples=150)
def test_a_changed_piece_in_the_midst_of_any_text_is_found(
    right: str, new: str, before: str, after: str, place: int
) -> None:
    """Whatever stands around it: the literal that gives the expected text is among the proposals."""
    wrong = right[: place % len(right)] + new + right[place % len(right) + 1 :]
    if wrong == right or not wrong or wrong in before + after:
        return
    rows = [("==", f"{before}|{wrong}|{after}", f"{before}|{right}|{after}")]
    found = proposed(Contrasted(), f"x = {wrong!r}\n", *rows)
    values = [eval(text.removeprefix("x = ")) for text in found]
    assert right in values
