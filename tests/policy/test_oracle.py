"""What is read as plain words, against what a real bash starts for it."""

import random

import pytest

from mycoder.bench import oracle
from mycoder.policy.reading import Reading
from mycoder.policy.syntax import Plain
from mycoder.policy.words import Word


@pytest.mark.isolation
def test_bash_starts_nothing_else_and_writes_nothing():
    if why := oracle.missing():
        pytest.skip(why)
    found = oracle.run(2000, seed=20)
    assert found.failures == ()
    assert found.plain > 500
    assert found.safe > 150
    assert found.started > 500


@pytest.mark.isolation
def test_it_sees_what_was_not_foreseen():
    if why := oracle.missing():
        pytest.skip(why)
    ls = (Plain("", (Word("ls", form="ls"),)),)
    seen = list(oracle._traced([("ls; touch x", ls), ("ls > f", ls), ("ls", ls), ("ls /x", ls)]))
    problems = [oracle._problems(*one) for one in seen]
    assert problems[0] == ["started ['touch', 'x']: 'ls; touch x'"]
    assert problems[1] == ["wrote a file: 'ls > f'"]
    assert problems[2] == []
    assert problems[3] == ["started ['ls', '/x']: 'ls /x'"]


def test_the_generator_makes_both_kinds():
    numbers = random.Random(7)
    texts = [oracle.generate(numbers) for _ in range(300)]
    plain = sum(bool(Reading(text).plain) for text in texts)
    assert 80 < plain < 220
    assert len(set(texts)) > 250
