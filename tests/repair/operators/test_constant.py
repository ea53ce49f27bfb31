"""Texts of the failing tests in the place of the program's own."""

from mycoder.repair.operators.arguments import Arguments
from mycoder.repair.operators.constant import FILLED, Constant
from tests.repair.operators.proposed import proposed


def test_a_template_is_not_soon_filled_with_the_answer_of_a_test() -> None:
    texts = ("item-007", "item {}")
    template = proposed(Constant(), "x = 'item-{}'\n", texts=texts)
    plain = proposed(Constant(), "x = 'item-7'\n", texts=texts)
    assert template["x = 'item-007'\n"] == plain["x = 'item-007'\n"] + FILLED
    assert template["x = 'item {}'\n"] == plain["x = 'item {}'\n"]


def test_of_a_collection_the_other_end_is_taken_sooner_than_the_second_element() -> None:
    constants = proposed(Constant(), "x = y.pop(0)\n")
    whole = proposed(Arguments(), "x = y.pop(0)\n")
    assert whole["x = y.pop()\n"] < constants["x = y.pop(-1)\n"] < constants["x = y.pop(1)\n"]
