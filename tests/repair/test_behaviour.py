"""Which inputs tell candidates apart, and that none is taken for a difference that is none."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.repair.behaviour import MOST_APART, Rows, distinct, telling, unlike
from mycoder.repair.engine import repair
from mycoder.repair.outcome import Answer, RepairRequest


@st.composite
def tables(draw):
    """Rows of up to ten candidates on up to eight inputs; some of them may have been cut off."""
    width = draw(st.integers(1, 8))
    answer = st.sampled_from(["1", "2", "3", "raises KeyError", "no answer in time"])
    numbers = draw(st.sets(st.integers(1, 10))) | {0}
    rows = {n: tuple(draw(st.lists(answer, min_size=width, max_size=width))) for n in sorted(numbers)}
    inner = draw(st.frozensets(st.integers(0, width - 1)))
    near = draw(st.frozensets(st.sampled_from(sorted(numbers))))
    return Rows(tuple(f"f({'x' * i})" for i in range(width)), rows, inner, near)


@given(tables())
@settings(deadline=None)
def test_every_behaviour_is_shown_once_and_the_inputs_tell_all_of_them_apart(rows):
    numbers = distinct(rows)
    assert numbers[0] == 0
    assert len(numbers) <= MOST_APART
    pairs = [(a, b) for a in numbers for b in numbers if a < b]
    assert all(rows.parting(a, b) for a, b in pairs)
    if len(numbers) < MOST_APART:
        left = set(rows.answers) - set(numbers)
        assert all(any(not rows.parting(n, kept) for kept in numbers) for n in left)
    places = telling(rows, numbers)
    assert len(places) <= len(pairs)
    assert all(set(places) & set(rows.parting(a, b)) for a, b in pairs)


@given(tables())
@settings(deadline=None)
def test_calls_that_only_the_program_makes_tell_nothing_of_candidates_elsewhere(rows):
    for a in rows.answers:
        for b in rows.answers:
            is_near = {a, b} <= rows.near
            assert set(rows.parting(a, b)).isdisjoint(set() if is_near else rows.inner)
            assert rows.parting(a, b) == rows.parting(b, a)


def test_an_input_on_which_all_answer_is_preferred_and_then_a_short_one():
    rows = Rows(("f(1)", "f(22)", "f(3)"), {0: ("4", "5", "6"), 1: ("raises KeyError", "1", "2")})
    assert telling(rows, distinct(rows)) == [2]


def test_nothing_was_compared():
    assert distinct(Rows()) == telling(Rows(), []) == []


@given(st.text(max_size=90), st.text(max_size=90), st.text(max_size=90))
@settings(deadline=None)
def test_long_answers_are_cut_to_where_they_differ(start, one, other):
    shown = unlike(start + one, start + other, longest=40)
    assert all(len(text) <= 42 for text in shown)
    if (start + one)[: len(start + other)] != (start + other)[: len(start + one)]:
        assert shown[0] != shown[1]
    assert unlike(one, other, longest=90) == [one, other]


def test_a_cut_answer_still_says_what_is_done():
    one, other = unlike(f"leaves Till({'x' * 90}1)", f"leaves Till({'x' * 90}2)", longest=40)
    assert one.startswith("leaves …x")
    assert (one[-2:], other[-2:]) == ("1)", "2)")


async def _mended(root: Path, code: str, test: str):
    root.mkdir()
    (root / "it.py").write_text(code)
    (root / "test_it.py").write_text(test)
    return await repair(
        root, RepairRequest(argv=("python", "-m", "pytest"), seconds=20), None, home=root.parent
    )


async def test_choices_hold_the_best_first_and_what_each_does(tmp_path: Path) -> None:
    outcome = await _mended(
        tmp_path / "p",
        "def least(a, b):\n    if a > b:\n        return a\n    return a\n",
        "from it import least\n\n\ndef test_it():\n    assert least(3, 0) == 0\n",
    )
    assert outcome.best is not None, outcome.why
    first, *others = outcome.choices
    assert first.patch is outcome.best
    assert others
    behaviours = {tuple(answer.does for answer in choice.answers) for choice in outcome.choices}
    assert len(behaviours) == len(outcome.choices) <= MOST_APART
    assert all(isinstance(answer, Answer) and answer.call.startswith("least(") for answer in first.answers)
    assert {other.diff for other in outcome.others} >= {choice.patch.diff for choice in others}
    assert len(first.patch.bare.splitlines()) == 5


async def test_what_the_best_answers_by_the_clock_is_no_difference(tmp_path: Path) -> None:
    outcome = await _mended(
        tmp_path / "p",
        "import time\n\n\ndef stamp(n):\n    return (time.perf_counter_ns(), n - 1)\n",
        "from it import stamp\n\n\ndef test_it():\n    for n in range(-3, 9):\n        assert stamp(n)[1] == n + 1\n",
    )
    assert outcome.best is not None, outcome.why
    assert outcome.plausible > 1
    assert outcome.choices == ()
    assert not any(other.differs.startswith("for ") for other in outcome.others)
