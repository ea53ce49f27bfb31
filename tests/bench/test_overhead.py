"""What the figures of the benchmark mean."""

from mycoder.bench.overhead import prefix_share

ONE, TWO, THREE = b'{"messages":["a"]}', b'{"messages":["a","b"]}', b'{"messages":["a","b","c"]}'
ASIDE = b'{"messages":["a","b","note?"]}'
CHANGED = b'{"messages":["x","b","c"]}'


def test_requests_that_go_on_break_nothing():
    assert prefix_share([ONE, TWO, THREE]) == (1.0, 0)
    assert prefix_share([ONE]) == (1.0, 0)


def test_a_question_beside_the_conversation_breaks_nothing():
    assert prefix_share([ONE, TWO, ASIDE, THREE]) == (1.0, 0)
    assert prefix_share([ONE, TWO, ASIDE, ASIDE, THREE]) == (1.0, 0)


def test_a_changed_start_is_a_break():
    share, breaks = prefix_share([ONE, TWO, CHANGED])
    assert breaks == 1
    assert share < 1.0
    assert prefix_share([ONE, TWO, b""])[1] == 1
