import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoder.bench.evaluation.attempt import Row
from mycoder.bench.evaluation.judging import Quality
from mycoder.bench.evaluation.summary import markdown, pass_at_k, plot, summary


def row(task, rep=1, verdict="passed", **more):
    return Row(task=task, rep=rep, mode="programmer", verdict=verdict, seconds=1.0, **more)


def test_the_estimator_on_known_values():
    assert pass_at_k(5, 2, 1) == pytest.approx(0.4)
    assert pass_at_k(5, 2, 2) == pytest.approx(0.7)
    assert pass_at_k(4, 4, 4) == 1.0
    with pytest.raises(ValueError, match="at least 3 attempts"):
        pass_at_k(2, 1, 3)


@given(st.integers(1, 12).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n))))
def test_the_estimator_is_the_share_of_subsets_that_hold_a_right_one(given_values):
    from itertools import combinations

    n, c, k = given_values
    subsets = list(combinations([True] * c + [False] * (n - c), k))
    assert pass_at_k(n, c, k) == pytest.approx(sum(map(any, subsets)) / len(subsets))


def test_what_did_not_come_off_counts_for_nothing():
    rows = [row("a"), row("b", verdict="wrong"), row("c", verdict="failed")]
    figures = summary(rows, (1, 2))
    assert (figures.tasks, figures.attempts, figures.failed, figures.passed) == (2, 3, 1, 1)
    assert figures.pass_at == {1: 0.5}


def test_accuracy_and_coverage_are_means_over_what_was_measured():
    rows = [row("a", quality=Quality(2, 0.5, 1.0)), row("b", quality=Quality(4, 1.0, 0.5)), row("c")]
    figures = summary(rows)
    assert (figures.designed, figures.test_accuracy, figures.coverage) == (6, 0.75, 0.75)


def test_a_page_and_a_plot_for_people():
    rows = [row("a"), row("b|c", verdict="wrong", message="is 1,\nnot <2>")]
    page = markdown({"dataset": "own", "mode": "all"}, summary(rows), rows)
    assert "| pass@1 | 0.5000 |" in page
    assert "b|c" in page
    assert "not <2>" in page
    assert plot(summary(rows), rows, "a < b").startswith("<svg")
