import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.agent.ladder import Ladder, rungs


@pytest.mark.parametrize(
    ("window", "count", "first"),
    [(16_000, 4, 0.2), (200_000, 4, 0.2), (200_001, 9, 0.1), (500_000, 9, 0.1), (1_000_000, 19, 0.05)],
)
def test_the_rungs_suit_the_window(window, count, first):
    assert (len(rungs(window)), rungs(window)[0]) == (count, first)


def test_each_rung_fires_once_and_again_after_a_rebuild():
    ladder = Ladder()
    fired = [ladder.due(tokens, 100) for tokens in (10, 20, 25, 45, 90, 95)]
    assert fired == [0, 0.2, 0, 0.4, 0.8, 0]
    ladder.rebuilt(30, 100)
    assert [ladder.due(tokens, 100) for tokens in (35, 41)] == [0, 0.4]


def test_own_shares_are_taken_in_any_order():
    ladder = Ladder((0.9, 0.5, 0.0, 7.0))
    assert [ladder.due(tokens, 100) for tokens in (40, 50, 95)] == [0, 0.5, 0.9]


@given(st.lists(st.integers(0, 2_000_000), max_size=40), st.integers(1, 1_000_000))
@settings(deadline=None)
def test_it_never_fires_the_same_rung_twice_in_a_row(sizes, window):
    ladder, last = Ladder(), 0.0
    for size in sizes:
        rung = ladder.due(size, window)
        assert rung == 0 or rung > last
        last = rung or last
