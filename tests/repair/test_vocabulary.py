"""Words and their neighbours."""

import ast

from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.repair.vocabulary import Vocabulary, distance

LETTERS = st.text(alphabet="abcé", max_size=8)


@given(LETTERS, LETTERS)
@settings(deadline=None)
def test_the_distance_is_one_of_a_metric(one: str, other: str) -> None:
    assert distance(one, other, 9) == distance(other, one, 9)
    assert (distance(one, other, 9) == 0) == (one == other)
    assert distance(one, other, 9) <= max(len(one), len(other))
    assert distance(one, other, 1) == min(distance(one, other, 9), 2)


def test_exchanged_neighbours_are_one_slip() -> None:
    assert distance("form", "from", 3) == 1
    assert distance("kitten", "sitting", 5) == 3


@given(st.text(alphabet="abcdefgh", min_size=5, max_size=12), st.integers(0, 11), st.sampled_from("xyz"))
@settings(deadline=None)
def test_one_slip_in_any_word_is_found(word: str, place: int, letter: str) -> None:
    place %= len(word)
    known = Vocabulary([word])
    for wrong in (
        word[:place] + word[place + 1 :],
        word[:place] + letter + word[place:],
        word[:place] + letter + word[place + 1 :],
        word[:place] + word[place : place + 2][::-1] + word[place + 2 :],
    ):
        if wrong != word:
            assert word in [found for found, _ in known.meant(wrong)]


def test_nearest_first_and_the_more_frequent_of_equals() -> None:
    known = Vocabulary(["cart cars cars Card"])
    assert [w for w, _ in known.meant("card")] == ["Card", "cars", "cart"]


def test_whole_literals_with_other_separators() -> None:
    known = Vocabulary((), [ast.parse("x = ['text/plain', b'utf-8']")])
    assert known.meant_phrase("text plain")[0][0] == "text/plain"
    assert Vocabulary((), [ast.parse("x = '://'")]).meant_phrase(":-/") == [("://", 1)]
    assert Vocabulary(["an ox"]).meant("oox") == [("ox", 1)]
    assert known.meant_phrase("utf_8")[0][0] == "utf-8"


def test_escapes_are_not_read_as_letters() -> None:
    assert Vocabulary([r"x = 'a\nname'"]).counts["name"] == 1


def test_files_that_cannot_be_parsed_still_give_words() -> None:
    assert Vocabulary(["def ("]).counts["def"] == 1
