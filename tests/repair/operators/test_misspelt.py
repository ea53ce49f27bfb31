"""Words that occur nowhere else, beside ones that do."""

import pytest

from mycoder.repair.operators.misspelt import Misspelt
from tests.repair.operators.proposed import proposed

TEST = "def test_it():\n    assert load({'name': 1, 'user_name': 2, 'Content-Type': 3}) == 'received'\n"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("x = 'naem'\n", "x = 'name'\n"),
        ("x = b'nmae'\n", "x = b'name'\n"),
        ("x = f'{y} recieved'\n", "x = f'{y} received'\n"),
        ("x = 'was received, ' 'usr_name'\n", "x = 'was received, ' 'user_name'\n"),
        ("x = '''\n  username'''\n", "x = '''\n  user_name'''\n"),
        ("x = 'Content-type'\n", "x = 'Content-Type'\n"),
        ("x = 'recei'\n", "x = 'received'\n"),
        ("x = r'\\bnamme='\n", "x = r'\\bname='\n"),
        ("x = 'user_nmae'\n", "x = 'user_name'\n"),
    ],
)
def test_what_was_meant_comes_cheaply(wrong: str, right: str) -> None:
    found = proposed(Misspelt(), wrong, others=(TEST,))
    assert right in found, found
    assert found[right] <= 1.65


def test_a_word_that_occurs_elsewhere_is_left_alone() -> None:
    assert not proposed(Misspelt(), "x = 'nama'\ny = nama = 1\n", others=(TEST,))


def test_a_word_that_is_like_no_other_is_left_alone() -> None:
    assert not proposed(Misspelt(), "x = 'zebra crossing'\n", others=(TEST,))


def test_docstrings_are_not_mended() -> None:
    assert not proposed(Misspelt(), "def f():\n    'The naem.'\n", others=(TEST,))
