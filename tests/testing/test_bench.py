"""Baseline, comparison, flaky tests, order and staleness of the bench, over real runs."""

import asyncio
import os

import msgspec

from mycoder.testing import history
from mycoder.testing.bench import TestBench
from tests.testing.projects import outcomes

CALC = "def add(a, b):\n    return a - b\n\ndef twice(a):\n    return 2 * a\n"
TESTS = """
from calc import add, twice

def test_add():
    assert add(1, 2) == 3

def test_twice():
    assert twice(2) == 4

def test_old():
    assert False, "known"
"""


async def test_the_baseline_tells_known_failures_from_new_ones(make_bench):
    made = make_bench({"calc.py": CALC, "test_calc.py": TESTS})
    before = await made.run()
    assert made.bench.baseline is before
    first = made.bench.event(before, made.bench.compare(before))
    assert first.baseline
    assert (first.passed, first.failed) == (1, 2)
    assert "before the first edit" in made.digest(before)

    (made.root / "calc.py").write_text(CALC.replace("a - b", "a + b").replace("2 * a", "3 * a"))
    assert made.bench.is_stale()
    after = await made.run()
    compared = made.bench.compare(after)
    assert compared.fixed == ("test_calc.py::test_add",)
    assert compared.broken == ("test_calc.py::test_twice",)
    assert compared.known == ("test_calc.py::test_old",)
    assert set(compared.failing) == {"test_calc.py::test_twice", "test_calc.py::test_old"}
    assert compared.new == compared.broken
    assert made.bench.baseline is before
    assert not made.bench.is_stale()
    event = made.bench.event(after, compared)
    assert not event.baseline
    assert not event.is_green
    assert event.fixed == compared.fixed
    report = made.bench.report(after, compared)
    assert (report.passed, report.failed, report.broken) == (1, 2, compared.broken)
    text = made.digest(after)
    assert text.startswith(f"{after.command}: 2 failed, 1 passed in ")
    assert "red: 2 before the first edit → 2" in text
    assert "BROKEN 1: test_calc.py::test_twice" in text
    assert "assert 6 == 4" in text
    assert "failing as before (1): test_calc.py::test_old" in text
    assert "known" not in text.split("failing as before")[0].split("1. ")[1]


async def test_a_partial_run_is_no_baseline_but_is_remembered(make_bench):
    made = make_bench({"calc.py": CALC, "test_calc.py": TESTS})
    part = await made.run("test_calc.py::test_add")
    assert made.bench.baseline is None
    assert not part.complete
    assert made.bench.is_stale()
    (made.root / "calc.py").write_text(CALC.replace("a - b", "a + b"))
    compared = made.bench.compare(await made.run())
    assert compared.fixed == ("test_calc.py::test_add",)
    assert made.bench.baseline is None
    assert compared.known == ()


async def test_after_an_edit_of_the_session_no_baseline_is_taken(make_bench):
    made = make_bench({"calc.py": CALC, "test_calc.py": TESTS})
    made.bench = TestBench(
        made.root,
        made.sandbox,
        made.bench.command,
        made.bench.state,
        env={},
        is_edited=lambda: True,
        rerun_seconds=0,
    )
    run = await made.run()
    assert made.bench.baseline is None
    compared = made.bench.compare(run)
    assert (compared.fixed, compared.broken, compared.known) == ((), (), ())
    assert len(compared.failing) == 2


async def test_an_edit_before_the_first_run_is_seen_when_the_tree_was_noted(make_bench):
    made = make_bench({"calc.py": CALC, "test_calc.py": TESTS})
    made.bench.note_tree()
    (made.root / "calc.py").write_text(CALC.replace("a - b", "a + b"))
    await made.run()
    assert made.bench.baseline is None
    other = make_bench({"calc.py": CALC, "test_calc.py": TESTS})
    other.bench.note_tree()
    assert (await other.run()) is other.bench.baseline


async def test_a_run_that_was_cut_off_says_that_all_was_asked_for(make_bench):
    """The one who waits for a complete run must not go on with the run before."""
    made = make_bench({"test_a.py": "import os\ndef test_a():\n    os._exit(1)\n"})
    run = await made.run()
    event = made.bench.event(run, made.bench.compare(run))
    assert not run.complete
    assert event.complete
    assert not event.is_green


async def test_tests_of_a_file_that_could_not_be_loaded_count_as_fixed(make_bench):
    made = make_bench(
        {
            "calc.py": CALC,
            "test_new.py": "from calc import minus\ndef test_minus():\n    assert minus(3, 1) == 2\n",
        }
    )
    before = await made.run()
    assert outcomes(before) == {"test_new.py": "error"}
    (made.root / "calc.py").write_text(CALC + "\ndef minus(a, b):\n    return a - b\n")
    compared = made.bench.compare(await made.run())
    assert compared.fixed == ("test_new.py::test_minus",)
    (made.root / "calc.py").write_text("def broken(:\n")
    compared = made.bench.compare(await made.run())
    assert compared.known == ("test_new.py",)


async def test_a_test_that_is_gone_is_missing(make_bench):
    made = make_bench({"calc.py": CALC, "test_calc.py": TESTS})
    await made.run()
    (made.root / "test_calc.py").write_text(TESTS.replace("def test_twice", "def untested_twice"))
    run = await made.run()
    compared = made.bench.compare(run)
    assert compared.missing == ("test_calc.py::test_twice",)
    assert "gone now 1: test_calc.py::test_twice" in made.digest(run)


async def test_a_test_that_differs_on_the_same_tree_is_flaky(make_bench, tmp_path):
    counter = tmp_path / "counter"
    flaky = f"""
import pathlib
def test_flaky():
    path = pathlib.Path({str(counter)!r})
    seen = int(path.read_text()) if path.exists() else 0
    path.write_text(str(seen + 1))
    assert seen % 2, "every other time"
def test_red():
    assert False
"""
    made = make_bench({"test_flaky.py": flaky}, rerun_seconds=60)
    run = await made.run()
    assert counter.read_text() == "2", "red tests ran once more"
    assert run.flaky == ("test_flaky.py::test_flaky",)
    assert outcomes(run) == {"test_flaky.py::test_flaky": "failed", "test_flaky.py::test_red": "failed"}
    compared = made.bench.compare(run)
    assert compared.flaky == ("test_flaky.py::test_flaky",)
    assert "flaky" in made.digest(run)
    await made.run()
    assert counter.read_text() == "3", "what was red in the baseline is not run again"


async def test_flaky_tests_are_seen_across_runs_without_a_rerun(make_bench, tmp_path):
    flag = tmp_path / "flag"
    made = make_bench(
        {"test_f.py": f"import os\ndef test_f():\n    assert not os.path.exists({str(flag)!r})\n"}
    )
    assert (await made.run()).is_green
    flag.touch()
    run = await made.run()
    assert run.flaky == ("test_f.py::test_f",)
    assert made.bench.compare(run).broken == ()


async def test_files_with_failures_go_first_and_keep_their_inner_order(make_bench):
    made = make_bench(
        {
            "test_a.py": "def test_1(): pass\n",
            "test_b.py": "def test_1(): pass\ndef test_2(): assert 0\ndef test_3(): pass\n",
        }
    )
    first = await made.run()
    assert next(iter(first.cases)) == "test_a.py::test_1"
    again = await made.run()
    assert list(again.cases) == [f"test_b.py::test_{n}" for n in (1, 2, 3)] + ["test_a.py::test_1"]
    # A new session knows it too.
    other = TestBench(made.root, made.sandbox, made.bench.command, made.bench.state, env={}, rerun_seconds=0)
    assert next(iter((await other.run()).cases)) == "test_b.py::test_1"


async def test_runs_of_one_bench_wait_for_each_other(make_bench):
    made = make_bench({"calc.py": CALC, "test_calc.py": TESTS})
    runs = await asyncio.gather(made.run(), made.run("test_calc.py::test_add"))
    assert [len(run.cases) for run in runs] == [3, 1]


async def test_without_a_runner_a_run_says_what_to_set(make_bench, tmp_path):
    made = make_bench({"README": "nothing\n"}, command=None)
    run = await made.run()
    assert "test_command" in run.problem
    assert not run.is_green
    assert not run.complete
    assert made.bench.baseline is None
    assert "test_command" in made.digest(run)


async def test_what_is_missing_is_said_instead_of_run(make_bench):
    made = make_bench({"test_calc.py": TESTS, "calc.py": CALC})
    made.bench.command = msgspec.structs.replace(made.bench.command, missing="Install pytest with `x`.")
    run = await made.run()
    assert run.problem == "Install pytest with `x`."
    assert made.bench.baseline is None


async def test_a_command_that_cannot_start_is_a_problem(make_bench):
    made = make_bench({"test_calc.py": TESTS})
    made.bench.command = msgspec.structs.replace(
        made.bench.command, runner="shell", argv=("/no/such/program",)
    )
    run = await made.run()
    assert run.problem
    assert not run.is_green
    made.bench.command = msgspec.structs.replace(made.bench.command, cwd=made.root / "gone")
    assert (await made.run()).problem


async def test_a_state_folder_that_cannot_be_made_is_a_problem(make_bench, tmp_path):
    (tmp_path / "file").write_text("")
    made = make_bench({"test_calc.py": TESTS}, state=tmp_path / "file" / "state")
    assert "cannot be written to" in (await made.run()).problem


async def test_old_runs_are_removed_and_a_broken_history_is_forgotten(make_bench):
    made = make_bench({"test_a.py": "def test_a(): pass\n"})
    made.bench.state.mkdir()
    (made.bench.state / "history.json").write_text('{"failing": 3')
    for number in range(15):
        (made.bench.state / "runs" / f"old-{number}").mkdir(parents=True)
    assert (await made.run()).is_green
    assert len(os.listdir(made.bench.state / "runs")) <= 10
    assert history.load(made.bench.state) == history.History()
    assert oct(os.stat(made.bench.state / "lasting").st_mode)[-3:] == "700"


async def test_a_project_with_tests_that_take_no_plugin_is_read_by_its_output(make_bench):
    """A wrapper that throws PYTHONPATH away keeps our plugin out; the tests still run."""
    made = make_bench(
        {
            "run.sh": '#!/bin/sh\nunset PYTHONPATH\nexec "$@"\n',
            "test_a.py": "def test_a(): pass\ndef test_b(): assert 0\n",
        },
        command="sh run.sh python -m pytest -p no:cacheprovider",
    )
    run = await made.run()
    assert (run.counts.passed, run.counts.failed) == (1, 1)
    assert outcomes(run) == {"test_a.py::test_b": "failed"}
    assert "only its output is read" in made.bench.command.why
