"""The parts of AgentCoder one by one, on a script built so that each part mends what the ones before it cannot."""

import re

import pytest

from mycoder.bench.evaluation.problems import load
from mycoder.models.script import Step
from tests.bench.evaluation.test_run import at_home, run, verdicts
from tests.bench.evaluation.writing import human_eval

__all__ = ["at_home"]

RIGHT = "def plus_{n}(a):\n    if a is None:\n        return 0\n    return a + {n}\n"
NO_GUARD = "def plus_{n}(a):\n    return a + {n}\n"
WRONG = "def plus_{n}(a):\n    return a - 9\n"
FIRST = (RIGHT, NO_GUARD, WRONG, NO_GUARD)
"""What the programmer writes at first: of task 1 the designed tests show what is missing, of task 2 a run of the
examples, of task 3 only a run of the designed tests."""
PASSED = {"programmer": {0}, "designer": {0, 1}, "executor": {0, 2}, "all": {0, 1, 2, 3}}


@pytest.fixture
def data(tmp_path):
    return human_eval(
        tmp_path / "data", 4, check="    assert candidate(2) == {two}\n    assert candidate(None) == 0\n"
    )


def ablation(problems):
    known = {problem.statement: number for number, problem in enumerate(problems)}

    def code(number, text):
        return Step(text=f"```python path=solution.py\n{text.format(n=number)}```")

    def play(request):
        asked = [message.text for message in request.messages if message.role == "user"]
        number = next(n for statement, n in known.items() if statement in "\n".join(asked))
        if re.search(r"^Design tests", asked[0], re.MULTILINE):
            name = f"plus_{number}"
            tests = (
                f"# basic: two\ndef test_two():\n    assert {name}(2) == {number + 2}\n\n\n"
                f"# edge: none\ndef test_none():\n    assert {name}(None) == 0\n\n\n"
                f"# large: much\ndef test_much():\n    assert {name}(10**9) == {10**9 + number}\n"
            )
            return Step(text=f"```python\n{tests}```")
        if asked[-1].startswith("Judge tests"):
            return Step(text="test_two: right\ntest_none: right\ntest_much: right")
        if "has not seen your code" in asked[-1]:
            return code(number, RIGHT) if number == 1 else Step(text="It is right.")
        return code(number, RIGHT if "Your code was run" in asked[-1] else FIRST[number])

    return play


@pytest.mark.parametrize("mode", PASSED)
async def test_each_part_passes_what_it_can(data, tmp_path, at_home, mode):
    model = ablation(load("humaneval", data))
    figures, _ = await run(data, tmp_path / "out", at_home=at_home, mode=mode, model=model)
    told = verdicts(tmp_path / "out")
    assert {n for n in range(4) if told[f"HumanEval/{n}", 1] == "passed"} == PASSED[mode]
    assert figures.passed == len(PASSED[mode])


def test_more_parts_never_pass_less():
    assert PASSED["programmer"] <= PASSED["designer"] & PASSED["executor"]
    assert PASSED["designer"] | PASSED["executor"] < PASSED["all"]
