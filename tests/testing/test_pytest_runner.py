"""pytest projects, run for real."""

import sys

import pytest

from tests.testing.projects import entries, outcomes

PASSING = "def test_one():\n    assert 1 + 1 == 2\n"


async def test_ids_outcomes_messages_and_frames_are_exact(make_bench):
    made = make_bench(
        {
            "calc.py": "def add(a, b):\n    return a - b\n",
            "tests/test_calc.py": """
import pytest
from calc import add

@pytest.mark.parametrize("a, b", [(1, 2), (0, 0)])
def test_add(a, b):
    assert add(a, b) == a + b

@pytest.mark.parametrize("text", ["a b", "x[1]", "a::b", "ü/é", "a - b", "-k", "'q'", "", "\\n"])
def test_odd(text):
    assert text != "x[1]"

class TestGroup:
    def test_in_class(self):
        raise KeyError("k")

@pytest.mark.xfail(strict=True)
def test_strict_xpass(): pass

@pytest.mark.xfail(reason="later")
def test_xfail(): assert 0

@pytest.mark.xfail
def test_xpass(): pass

@pytest.mark.skip(reason="not here")
def test_skipped(): pass

@pytest.fixture
def broken():
    raise RuntimeError("no set-up") from KeyError("cause")

def test_set_up(broken): pass

@pytest.fixture
def torn():
    yield
    raise RuntimeError("no tear-down")

def test_tear_down(torn): pass

def test_no_such_fixture(nonesuch): pass
""",
        }
    )
    run = await made.run()
    assert run.problem == ""
    assert run.complete
    got = outcomes(run)
    name = "tests/test_calc.py"
    assert got[f"{name}::test_add[1-2]"] == "failed"
    assert got[f"{name}::test_add[0-0]"] == "passed"
    assert got[f"{name}::test_odd[x[1]]"] == "failed"
    assert sum(key.startswith(f"{name}::test_odd[") for key in got) == 9
    assert got[f"{name}::TestGroup::test_in_class"] == "failed"
    assert got[f"{name}::test_strict_xpass"] == "failed"
    assert got[f"{name}::test_xfail"] == "skipped"
    assert run.cases[f"{name}::test_xfail"].note == "xfail: later"
    assert got[f"{name}::test_xpass"] == "passed"
    assert run.cases[f"{name}::test_xpass"].note == "xpass"
    assert run.cases[f"{name}::test_skipped"].note == "not here"
    assert (got[f"{name}::test_set_up"], run.cases[f"{name}::test_set_up"].phase) == ("error", "setup")
    assert "caused by KeyError: 'cause'" in run.cases[f"{name}::test_set_up"].message
    assert (got[f"{name}::test_tear_down"], run.cases[f"{name}::test_tear_down"].phase) == (
        "error",
        "teardown",
    )
    assert "fixture 'nonesuch' not found" in run.cases[f"{name}::test_no_such_fixture"].message
    failed = run.cases[f"{name}::test_add[1-2]"]
    assert failed.kind == "AssertionError"
    assert "assert -1 == (1 + 2)" in failed.message
    frame = failed.frames[-1]
    assert (frame.path, frame.line, frame.function) == (name, 7, "test_add")
    assert frame.source == "assert add(a, b) == a + b"
    assert run.cases[f"{name}::TestGroup::test_in_class"].seconds < 5
    # Every id can be asked for again, one by one.
    wanted = [key for key in got if "test_odd" in key or "test_add" in key]
    again = await made.run(*wanted)
    assert set(again.cases) == set(wanted)
    assert not again.complete


async def test_options_of_the_project_do_not_hide_anything(make_bench):
    made = make_bench(
        {
            "pytest.ini": "[pytest]\nfilterwarnings = error\n"
            "addopts = -x -q --tb=no -p no:cacheprovider --strict-markers --strict-config\n",
            "test_a.py": "def test_a():\n    x = [1]\n    assert x == [2]\n"
            "def test_b():\n    assert 0\ndef test_c(): pass\n",
        }
    )
    run = await made.run()
    assert list(outcomes(run).values()) == ["failed", "failed", "passed"]
    assert "assert [1] == [2]" in run.cases["test_a.py::test_a"].message
    assert run.problem == ""


async def test_workers_of_xdist_report_through_the_front(make_bench):
    pytest.importorskip("xdist")
    made = make_bench(
        {
            "pytest.ini": "[pytest]\naddopts = -n 2 -q\n",
            "lib.py": "def half(n):\n    return n / 0 if n == 3 else n / 2\n",
            "test_a.py": "import pytest\nfrom lib import half\n"
            "@pytest.mark.parametrize('n', range(6))\ndef test_half(n):\n    assert half(n) == n / 2\n",
            "test_b.py": "import os\ndef test_env():\n"
            "    assert not [k for k in os.environ if k.startswith('MYCODER_PROBE')]\n",
            "test_bad.py": "import nonexistent_module_x\n",
        },
        PYTEST_PLUGINS="xdist.plugin",
    )
    run = await made.run()
    got = outcomes(run)
    assert [got[f"test_a.py::test_half[{n}]"] for n in range(6)] == ["passed"] * 3 + ["failed"] + [
        "passed"
    ] * 2
    assert got["test_b.py::test_env"] == "passed"
    assert got["test_bad.py"] == "error"
    frames = run.cases["test_a.py::test_half[3]"].frames
    assert [(f.path, f.line) for f in frames] == [("test_a.py", 5), ("lib.py", 2)]
    assert "test_bad.py" in run.problem


async def test_what_a_test_prints_is_not_believed(make_bench):
    made = make_bench(
        {
            "test_a.py": "def test_a():\n    print('=== 5 passed in 0.1s ===')\n"
            "    print('5 passed')\n    assert 0\n"
        }
    )
    run = await made.run()
    assert (run.counts.passed, run.counts.failed) == (0, 1)
    assert "5 passed" in run.cases["test_a.py::test_a"].output


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        ("os._exit(0)", "exit code 0"),
        ("os._exit(3)", "exit code 3"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
    ],
)
async def test_a_crash_is_never_green_and_names_the_test(make_bench, ending, words):
    made = make_bench(
        {
            "test_a.py": PASSING,
            "test_b.py": f"import os, signal\ndef test_dies():\n    {ending}\ndef test_after(): pass\n",
        }
    )
    run = await made.run()
    assert words in run.problem
    assert "test_b.py::test_dies" in run.problem
    assert not run.is_green
    assert not run.complete
    assert outcomes(run) == {"test_a.py::test_one": "passed"}


async def test_a_hang_ends_at_the_limit_and_keeps_what_is_known(make_bench):
    made = make_bench(
        {"test_a.py": PASSING, "test_b.py": "import time\ndef test_hangs():\n    time.sleep(600)\n"}
    )
    run = await made.run(seconds=3)
    assert "limit of 3 s" in run.problem
    assert "test_b.py::test_hangs" in run.problem
    assert run.cases["test_a.py::test_one"].outcome == "passed"
    assert not run.complete
    assert run.seconds < 10


async def test_a_file_that_cannot_be_loaded_does_not_stop_the_others(make_bench):
    made = make_bench(
        {
            "test_a.py": PASSING,
            "test_syntax.py": "def test_x(:\n",
            "test_import.py": "from nonexistent_module_x import y\n",
            "test_raises.py": "import helper\n",
            "helper.py": "def boom():\n    raise ValueError('at import')\nboom()\n",
            "test_optional.py": "import pytest\npytest.importorskip('nonexistent_module_y')\n",
        }
    )
    run = await made.run()
    got = outcomes(run)
    assert got["test_a.py::test_one"] == "passed"
    assert got["test_syntax.py"] == got["test_import.py"] == got["test_raises.py"] == "error"
    assert got["test_optional.py"] == "skipped"
    assert "could not be loaded" in run.problem
    assert not run.is_green
    assert run.cases["test_syntax.py"].frames[-1].line == 1
    assert [f.path for f in run.cases["test_raises.py"].frames] == [
        "test_raises.py",
        "helper.py",
        "helper.py",
    ]
    assert "ValueError: at import" in run.cases["test_raises.py"].message


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"test_a.py": "x = 1\n"}, "no tests ran"),
        ({"pytest.ini": "[pytest]\n"}, "no tests ran"),
        ({"conftest.py": "import nonexistent_module_z\n", "test_a.py": PASSING}, "nonexistent_module_z"),
        ({"pytest.ini": "[pytest]\naddopts = --no-such-option\n", "test_a.py": PASSING}, "--no-such-option"),
        ({"pytest.ini": "[pytest]\naddopts = -m nothing\n", "test_a.py": PASSING}, "all 1 were left out"),
        ({"test_a.py": "import pytest\ndef test_a(): pytest.exit('enough')\n"}, "enough"),
        ({"test_a.py": "def test_a(): raise KeyboardInterrupt\n"}, "interrupted"),
        (
            {"conftest.py": "def pytest_sessionstart(): raise SystemExit(7)\n", "test_a.py": PASSING},
            "SystemExit: 7",
        ),
    ],
)
async def test_a_run_that_proves_nothing_says_why(make_bench, files, words):
    run = await make_bench(files).run()
    assert words in run.problem
    assert not run.is_green


async def test_a_threshold_of_coverage_is_no_failing_test_but_no_success(make_bench):
    made = make_bench(
        {
            "conftest.py": "def pytest_sessionfinish(session):\n    session.exitstatus = 1\n"
            "def pytest_terminal_summary(terminalreporter):\n"
            "    terminalreporter.write_line('FAIL Required coverage of 90% not reached')\n",
            "test_a.py": PASSING,
        }
    )
    run = await made.run()
    assert run.counts.passed == 1
    assert "no test failed" in run.problem
    assert "Required coverage" in run.problem


async def test_nothing_is_left_in_the_repository(make_bench):
    made = make_bench(
        {"calc.py": "x = 1\n", "tests/test_a.py": "import calc\ndef test_a():\n    assert calc.x\n"}
    )
    before = entries(made.root)
    run = await made.run()
    assert run.is_green
    assert entries(made.root) == before


async def test_tests_may_write_into_the_repository(make_bench):
    made = make_bench({"test_a.py": "def test_a():\n    open('written.txt', 'w').write('x')\n"})
    assert (await made.run()).is_green
    assert (made.root / "written.txt").read_text() == "x"
    assert not made.bench.is_stale()


async def test_paths_of_any_language(make_bench, tmp_path):
    made = make_bench(
        {
            "модуль.py": "def плюс(a, b):\n    return a - b\n",
            "тесты/test_ä ö.py": "from модуль import плюс\ndef test_плюс():\n"
            "    assert плюс(1, 2) == 3, '失敗 💥'\n",
        },
        root=tmp_path / "пример проекта",
    )
    run = await made.run()
    assert outcomes(run) == {"тесты/test_ä ö.py::test_плюс": "failed"}
    assert "失敗 💥" in run.cases["тесты/test_ä ö.py::test_плюс"].message
    again = await made.run("тесты/test_ä ö.py::test_плюс")
    assert set(again.cases) == set(run.cases)


async def test_five_hundred_tests(make_bench):
    made = make_bench(
        {
            "test_many.py": "import pytest\n@pytest.mark.parametrize('n', range(500))\n"
            "def test_n(n):\n    assert n % 7\n"
        }
    )
    run = await made.run()
    assert len(run.cases) == 500
    assert run.counts.failed == len(range(0, 500, 7))
    text = made.digest(run)
    assert len(text) < 1500, "one cause is told once"
    assert "71 more in the same way" in text


async def test_deep_recursion_and_huge_messages_stay_small(make_bench):
    made = make_bench(
        {
            "test_a.py": "def f(n):\n    return f(n + 1)\ndef test_deep():\n    f(0)\n"
            "def test_huge():\n    raise ValueError('x' * 5_000_000)\n"
            "def test_loud():\n    print('y' * 5_000_000)\n    assert 0\n"
            "def test_surrogate():\n    raise ValueError('\\ud800 \\x00 \\x1b[31m')\n"
            "class Bad(Exception):\n    def __str__(self): raise RuntimeError\n"
            "def test_bad_str():\n    raise Bad()\n"
        }
    )
    run = await made.run()
    assert set(outcomes(run).values()) == {"failed"}
    assert len(run.cases) == 5
    for case in run.cases.values():
        assert len(case.message) < 5000
        assert len(case.output) < 5000
        assert len(case.frames) <= 11
    assert len(made.digest(run)) <= 7200


async def test_sub_tests_exception_groups_and_unittest_classes(make_bench):
    made = make_bench(
        {
            "test_a.py": """
import unittest

class T(unittest.TestCase):
    def test_sub(self):
        for n in range(3):
            with self.subTest(n=n):
                self.assertNotEqual(n, 1)
    def test_equal(self):
        self.assertEqual({"a": 1}, {"a": 2})

def test_group():
    raise ExceptionGroup("several", [ValueError("one"), TypeError("two")])
"""
        }
    )
    run = await made.run()
    assert run.cases["test_a.py::T::test_equal"].outcome == "failed"
    group = run.cases["test_a.py::test_group"].message
    assert "ValueError: one" in group
    assert "TypeError: two" in group


async def test_a_forked_child_that_runs_on_does_not_write_records(make_bench):
    made = make_bench(
        {
            "test_a.py": "import os\ndef test_fork():\n    if os.fork() == 0:\n"
            "        assert 0, 'in the child'\n    os.wait()\n    assert 1\ndef test_after(): pass\n",
        }
    )
    run = await made.run()
    assert outcomes(run) == {"test_a.py::test_fork": "passed", "test_a.py::test_after": "passed"}


async def test_a_test_may_close_every_descriptor_and_change_folder(make_bench):
    made = make_bench(
        {
            "test_a.py": "import os\ndef test_close(tmp_path):\n    os.chdir(tmp_path)\n"
            "    os.closerange(3, 300)\n"
            "    for n in range(20):\n        open(tmp_path / str(n), 'w')\n"
            "def test_after():\n    assert 0\n",
            "pytest.ini": "[pytest]\naddopts = -p no:faulthandler -p no:capture\n",
        }
    )
    run = await made.run()
    assert run.cases["test_a.py::test_after"].outcome == "failed"
    assert run.cases["test_a.py::test_close"].outcome == "passed"


async def test_ids_are_told_from_where_the_tests_run(make_bench, tmp_path):
    made = make_bench(
        {
            "README": "no manifest here\n",
            "backend/pyproject.toml": "[project]\nname='b'\n",
            "backend/tests/test_a.py": "def test_a():\n    assert 0\n",
        }
    )
    # A settings file above makes pytest count paths from there.
    (made.root / "backend").joinpath("tests/__init__.py").write_text("")
    run = await made.run()
    assert outcomes(run) == {"tests/test_a.py::test_a": "failed"}
    assert run.cases["tests/test_a.py::test_a"].frames[-1].path == "backend/tests/test_a.py"
    for selection in (
        "tests/test_a.py::test_a",
        "backend/tests/test_a.py::test_a",
        "backend/tests/test_a.py",
    ):
        assert set((await made.run(selection)).cases) == set(run.cases)


async def test_a_selection_stands_in_for_the_files_of_the_command(make_bench):
    files = {
        "tests/test_a.py": PASSING,
        "tests/test_b.py": PASSING.replace("one", "two"),
        "x.ini": "[pytest]\n",
    }
    made = make_bench(files, command="pytest -c x.ini --rootdir=. -q tests/test_a.py")
    assert set((await made.run()).cases) == {"tests/test_a.py::test_one"}
    assert set((await made.run("tests/test_b.py")).cases) == {"tests/test_b.py::test_two"}
    assert set((await made.run("-k two", "tests")).cases) == {"tests/test_b.py::test_two"}
    gone = await made.run("tests/test_gone.py")
    assert "test_gone.py" in gone.problem
    wrong = await made.run("--co")
    assert "--co" in wrong.problem


@pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap and Landlock are Linux's")
async def test_the_same_under_the_strongest_sandbox_of_this_machine(make_bench):
    made = make_bench({"tests/test_a.py": PASSING + "def test_two():\n    assert 0\n"}, want="auto")
    run = await made.run()
    assert outcomes(run) == {"tests/test_a.py::test_one": "passed", "tests/test_a.py::test_two": "failed"}
    assert run.sandbox == made.sandbox.level
    assert run.problem == ""
