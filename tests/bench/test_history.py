"""The benchmark of history search measures what it says: it finds what was said, in logs that are really there."""

from mycoder.bench.history import SEARCHES, measure


def test_every_session_that_is_asked_for_is_found(tmp_path):
    figures = measure(tmp_path, 12)
    assert figures.found == SEARCHES
    assert figures.logs > 12 * 20_000
    assert figures.median <= figures.p95 <= figures.slowest
