"""The same attribute of the other object, and bounds that are rather taken in than moved."""

import pytest

from mycoder.repair.operators.comparison import Comparison
from mycoder.repair.operators.constant import Constant
from mycoder.repair.operators.same_attribute import SameAttribute
from tests.repair.operators.proposed import proposed

MERGE = "def add(self, item):\n    for known in self.items:\n        known.count += {}\n"


@pytest.mark.parametrize("wrong", ["1", "item", "known.count"])
def test_what_is_merged_is_the_same_field_of_the_other(wrong: str) -> None:
    assert MERGE.format("item.count") in proposed(SameAttribute(), MERGE.format(wrong))


def test_the_object_that_is_there_already_is_the_first() -> None:
    code = "def same(mine, other, yours):\n    return mine.name == {}\n"
    found = proposed(SameAttribute(), code.format("yours"))
    assert found[code.format("yours.name")] < found[code.format("other.name")]
    assert code.format("mine.name") not in found
    assert code.format("yours") not in found


def test_a_parameter_that_is_kept_under_its_own_name_is_left_alone() -> None:
    code = "def __init__(self, name, kind):\n    self.name = name\n"
    assert proposed(SameAttribute(), code) == {}


def test_nothing_is_proposed_for_what_is_not_an_object() -> None:
    code = "def put(self, item):\n    self.items[0] = item\n    return item.name\n"
    assert proposed(SameAttribute(), code) == {}


@pytest.mark.parametrize(
    ("was", "taken_in", "moved", "other"),
    [
        ("n > 9", "n >= 9", "n > 8", "n > 10"),
        ("n >= 9", "n > 9", "n >= 10", "n >= 8"),
        ("n < 9", "n <= 9", "n < 10", "n < 8"),
    ],
)
def test_a_bound_is_rather_taken_in_than_moved(was: str, taken_in: str, moved: str, other: str) -> None:
    code = "def f(n):\n    return {}\n"
    swapped, constants = proposed(Comparison(), code.format(was)), proposed(Constant(), code.format(was))
    assert swapped[code.format(taken_in)] < constants[code.format(moved)]
    assert constants[code.format(other)] < swapped[code.format(taken_in)]
