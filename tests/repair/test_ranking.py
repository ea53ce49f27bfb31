"""Which of several plausible patches comes first."""

import pytest

from mycoder.repair.candidate import Candidate
from mycoder.repair.ranking import ordered
from mycoder.repair.smells import added
from mycoder.repair.source import Source

CODE = """\
def find(self, texts, words):
    wanted = [word.lower() for word in words.split()]
    for text in texts:
        if any(word in text for word in wanted):
            yield text


def span(low, high, step=1):
    size = high - low
    return max(size, 0) if high > low else step


def unread(value, other):
    kept = value
    return other
"""


def _patch(old: str, new: str, cost: float = 1.0) -> Candidate:
    start = len(CODE[: CODE.index(old)].encode())
    return Candidate(0, ((start, start + len(old), new),), cost, "test", CODE.count("\n", 0, start) + 1)


@pytest.fixture
def source() -> Source:
    return Source("it.py", CODE.encode())


@pytest.mark.parametrize(
    ("old", "new", "smell"),
    [
        ("word in text for", "words in text for", ("unused", "word")),
        ("word.lower() for", "words for", ("unused", "word")),
        ("high - low", "high - high", ("same", "high")),
        ("high > low else", "low > low else", ("same", "low")),
        ("max(size, 0)", "max(size, size)", ("same", "size")),
        ("max(size, 0) if", "step if", ("same", "step")),
        ("size = high - low", "size = size", ("same", "size")),
        ("size = high - low", "size = high\n    low *= low", ("same", "low")),
        ("in texts:", "in words:", ("unused", "texts")),
        ("high > low", "high or high", ("same", "high")),
        (
            "    size = high - low",
            "    if not high:\n        return False\n    return high - low",
            ("mixed", "False"),
        ),
    ],
)
def test_what_a_patch_leaves_behind(source: Source, old: str, new: str, smell: tuple[str, str]) -> None:
    assert added(source, _patch(old, new))[smell] == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("any(word", "all(word"),
        ("high - low", "high - low + 1"),
        ("max(size, 0)", "max(size, 1)"),
        ("return other", "return other + kept"),
        ("step=1", "step=2"),
        ("return other", "return ("),
        ("    size = high - low", "    if not high:\n        return 0\n    size = high - low"),
        ("    kept = value", "    if not value:\n        return False\n    kept = value"),
    ],
)
def test_what_was_there_before_is_not_the_fault_of_a_patch(source: Source, old: str, new: str) -> None:
    assert not added(source, _patch(old, new))


def test_a_patch_outside_of_functions_smells_of_nothing() -> None:
    source = Source("it.py", b"LIMIT = 3 - 3\nNAMES = []\n")
    assert not added(source, Candidate(0, ((8, 9, "4"),), 1.0, "test", 1))


def test_the_natural_patch_comes_before_a_slightly_cheaper_one(source: Source) -> None:
    natural, cheap = _patch("any(word", "all(word", 1.3), _patch("word in text for", "words in text for", 1.1)
    assert ordered([cheap, natural], [source]) == [natural, cheap]
    far = _patch("any(word", "all(word", 2.3)
    assert ordered([cheap, far], [source]) == [cheap, far]
