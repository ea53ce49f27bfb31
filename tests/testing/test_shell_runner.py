"""Commands of any kind: make, scripts, and what a person sets."""

import shutil
from pathlib import Path

import pytest

from tests.testing.projects import outcomes

needs_make = pytest.mark.skipif(not shutil.which("make"), reason="make is not here")
PYTEST = "def test_a(): pass\ndef test_b():\n    assert 0\n"


@needs_make
async def test_pytest_below_make_is_read_through_the_plugin(make_bench):
    made = make_bench(
        {
            "Makefile": "test:\n\tpython -m pytest one\n\tpython -m pytest two\n.PHONY: test\n",
            "one/a.txt": "",
            "one/test_one.py": "import os\ndef test_one():\n    assert 'PYTEST_ADDOPTS' not in os.environ\n"
            "    assert 'MYCODER_PROBE' not in os.environ\n",
            "two/test_two.py": PYTEST,
        },
        command="make test",
    )
    run = await made.run()
    assert run.problem == ""
    assert outcomes(run) == {
        "one/test_one.py::test_one": "passed",
        "two/test_two.py::test_a": "passed",
        "two/test_two.py::test_b": "failed",
    }
    assert run.problem == ""
    assert run.cases["two/test_two.py::test_b"].frames
    part = await made.run("two/test_two.py::test_a")
    assert part.complete
    assert "cannot run a part" in part.note


@needs_make
async def test_a_makefile_that_changes_the_python_path_is_run_again_without_the_plugin(make_bench):
    made = make_bench(
        {"Makefile": "test:\n\tPYTHONPATH=src python -m pytest -p no:cacheprovider\n", "test_a.py": PYTEST},
        command="make test",
    )
    run = await made.run()
    assert (run.counts.passed, run.counts.failed) == (1, 1)
    assert outcomes(run) == {"test_a.py::test_b": "failed"}
    assert run.problem == ""


@needs_make
@pytest.mark.parametrize(
    ("recipe", "words", "green"),
    [
        ("true", "nothing in the output shows that tests ran", False),
        ("echo '3 passed, 0 failed'", "", True),
        ("echo '3 passed, 0 failed'; exit 2", "no test failed, but", False),
        ("echo '3 passed, 1 failed'; exit 1", "", False),
        ("echo '3 passed, 1 failed'", "", False),
        ("gcc-that-is-not-here test.c", "exit code 2", False),
        ("kill -SEGV $$$$", "", False),
    ],
)
async def test_only_output_that_shows_tests_counts(make_bench, recipe, words, green):
    run = await make_bench({"Makefile": f"check:\n\t@{recipe}\n"}).run()
    assert run.command == "make check"
    assert words in run.problem
    assert bool(run.problem) == bool(words) or "SEGV" in recipe
    assert run.is_green is green


async def test_a_command_with_shell_words_runs_in_a_shell(make_bench):
    made = make_bench(
        {"test_a.py": PYTEST, "note.txt": "x"},
        command="cat note.txt && python -m pytest -q test_a.py | tail -n 50",
    )
    run = await made.run()
    assert outcomes(run) == {"test_a.py::test_a": "passed", "test_a.py::test_b": "failed"}
    assert not run.is_green, "the exit code of the pipe is 0, the records are not"


async def test_a_command_that_is_killed_at_its_limit(make_bench):
    made = make_bench({"a": ""}, command="echo begun; sleep 600 & sleep 600")
    run = await made.run(seconds=1)
    assert "limit of 1 s" in run.problem
    assert "begun" in run.output


async def test_unittest_and_tap_output_is_understood(make_bench):
    made = make_bench(
        {
            "t.sh": "echo 'TAP version 13'; echo 1..3\necho 'ok 1 - a'; echo 'not ok 2 - b c'\n"
            "echo 'ok 3 # skip no'; exit 1\n"
        },
        command="sh t.sh",
    )
    run = await made.run()
    assert outcomes(run) == {"a": "passed", "b c": "failed", "test 3": "skipped"}
    assert (run.counts.passed, run.counts.failed, run.counts.skipped) == (1, 1, 1)
    assert "b c" in made.digest(run)


async def test_much_output_stays_bounded_and_can_be_read_in_full(make_bench):
    made = make_bench({"t.sh": "seq 1 300000; echo 'tests: 2 passed, 1 failed'; exit 1\n"}, command="sh t.sh")
    run = await made.run()
    assert (run.counts.passed, run.counts.failed) == (2, 1)
    assert len(run.output) <= 31_000
    text = made.digest(run)
    assert len(text) < 7_200
    assert f"full output: {run.path}" in text
    assert "150000\n" in Path(run.path).read_text()
