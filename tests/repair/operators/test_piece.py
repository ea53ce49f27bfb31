"""Blind small changes of texts, and the words that calls of the standard library know."""

import pytest

from mycoder.repair.operators.piece import Piece
from mycoder.repair.operators.usual_words import UsualWords
from tests.repair.operators.proposed import proposed


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("x = f'{a}, {b}'\n", "x = f'{a},{b}'\n"),
        ("x = f'{a}-{b}'\n", "x = f'{a}_{b}'\n"),
        ("x = f'{a}{b}'\n", "x = f'{a}:{b}'\n"),
        ("x = 'Of-it'\n", "x = 'Of-It'\n"),
        ("x = b'a:b'\n", "x = b'a=b'\n"),
        ("x = 'abb'\n", "x = 'ab'\n"),
        ("x = 'abc' 'ed'\n", "x = 'abc' 'de'\n"),
    ],
)
def test_small_changes(wrong: str, right: str) -> None:
    assert right in proposed(Piece(), wrong, texts=(":",))


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("x = open(p, 'rw')\n", "x = open(p, 'w')\n"),
        ("x = p.open('r')\n", "x = p.open('rb')\n"),
        ("x = open(p, encoding='uft-8')\n", "x = open(p, encoding='utf-8')\n"),
        ("x = y.decode('utf-8', 'ingore')\n", "x = y.decode('utf-8', 'ignore')\n"),
        ("x = n.to_bytes(2, 'litle')\n", "x = n.to_bytes(2, 'little')\n"),
        ("x = normalize('NFC', y)\n", "x = normalize('NFD', y)\n"),
    ],
)
def test_words_that_a_call_knows(wrong: str, right: str) -> None:
    assert right in proposed(UsualWords(), wrong)


def test_a_path_is_no_mode() -> None:
    assert not proposed(UsualWords(), "x = open('notes.txt')\n")
