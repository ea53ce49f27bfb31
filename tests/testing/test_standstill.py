"""A test that does not end is stopped and has failed, where that is asked for; the others count."""

import json
import time
from pathlib import Path

import pytest

from mycoder.testing.standstill import ENDLESS, Standstill

TESTS = """
import time

def test_quick():
    assert True

def test_endless():
    while True:
        {how}

def test_later():
    assert True
"""


@pytest.mark.parametrize("how", ["pass", "time.sleep(60)"])
async def test_the_endless_test_has_failed_and_the_run_says_why(make_bench, how):
    made = make_bench({"test_it.py": TESTS.format(how=how)})
    run = await made.bench.run(seconds=60, still=2)
    assert run.seconds < 40
    assert "test_it.py::test_endless was running" in run.problem
    assert "no test ended for 2 s" in run.problem
    assert not run.complete
    assert not run.is_green
    assert run.failing == ("test_it.py::test_endless",)
    assert run.cases["test_it.py::test_quick"].outcome == "passed"
    case = run.cases["test_it.py::test_endless"]
    assert (case.kind, case.message) == (ENDLESS, "it had not ended after 2 s, and was stopped")


async def test_tests_that_come_to_their_end_are_left_alone(make_bench):
    made = make_bench(
        {
            "test_it.py": "import time\nimport pytest\n\n@pytest.mark.parametrize('n', range(5))\ndef test_it(n):\n    time.sleep(1)\n"
        }
    )
    run = await made.bench.run(seconds=60, still=3)
    assert run.is_green
    assert run.counts.passed == 5


def _record(folder: Path, **record: object) -> None:
    with open(folder / "records" / "1.jsonl", "a") as file:
        file.write(json.dumps(record) + "\n")


def test_only_a_test_stands_still(tmp_path: Path):
    (tmp_path / "records").mkdir()
    look = Standstill(tmp_path, 0.1)

    def later() -> str:
        look()
        time.sleep(0.15)
        return look()

    assert later() == "", "nothing has begun: what is imported may take long"
    _record(tmp_path, t="begin")
    assert later() == "", "no test runs"
    _record(tmp_path, t="start", id="a")
    _record(tmp_path, t="start", id="b")
    _record(tmp_path, t="case", id="a", outcome="passed")
    assert look() == "", "something came since the last look"
    assert later() == "no test ended for 0.1 s"
    assert look.names == ("b",)
    assert list(look.cases()) == ["b"]


async def test_a_run_in_which_a_test_was_stopped_is_no_baseline(make_bench):
    made = make_bench({"test_it.py": TESTS.format(how="time.sleep(3); break")})
    cut = await made.bench.run(seconds=60, still=1)
    assert cut.was_cut
    assert made.bench.baseline is None
    whole = await made.bench.run(seconds=60)
    assert not whole.was_cut
    assert made.bench.baseline is not None
    assert made.bench.compare(whole).fixed == ()
    assert whole.counts.passed == 3
