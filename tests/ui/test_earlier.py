from mycoder.ui.door import SessionSummary
from mycoder.ui.earlier import about, listed


def session(name, root="/r", at=0.0, turns=1, forked_from=""):
    return SessionSummary(id=name, title=name, root=root, at=at, turns=turns, forked_from=forked_from)


def test_each_session_is_listed_once_and_this_one_and_empty_ones_are_not():
    found = [
        session("a", at=1),
        session("b", at=2),
        session("a", at=1),
        session("now"),
        session("no", turns=0),
    ]
    assert [each.id for each in listed(found, current="now", here="/r")] == ["b", "a"]


def test_those_of_this_folder_come_first():
    found = [session("x", "/other", 9), session("a", at=1)]
    assert [each.id for each in listed(found, current="", here="/r")] == ["a", "x"]
    assert about(found[0], "/r", 69.0).endswith("/other")


def test_a_fork_says_that_it_is_one():
    assert "a fork" in about(session("a", forked_from="b"), "/r", 1.0)
    assert "a fork" not in about(session("a"), "/r", 1.0)
