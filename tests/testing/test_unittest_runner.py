"""unittest projects, run for real."""

import pytest

from tests.testing.projects import entries, outcomes

CASE = """
import unittest

class T(unittest.TestCase):
    def test_good(self):
        self.assertEqual(1, 1)
"""


async def test_ids_outcomes_and_messages(make_bench):
    made = make_bench(
        {
            "calc.py": "def half(n):\n    return n // 0\n",
            "tests/__init__.py": "",
            "tests/test_calc.py": """
import unittest
from calc import half

class T(unittest.TestCase):
    def test_good(self): pass
    def test_diff(self):
        print("Ran 99 tests in 0.1s")
        print("OK")
        self.assertEqual([1, 2], [1, 3])
    def test_raises(self):
        half(2)
    def test_subs(self):
        for n in range(3):
            with self.subTest(n=n):
                self.assertNotEqual(n, 1)
    @unittest.skip("not here")
    def test_skipped(self): pass
    @unittest.expectedFailure
    def test_expected(self): self.fail()
    @unittest.expectedFailure
    def test_unexpected(self): pass

class Broken(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise RuntimeError("no class")
    def test_never(self): pass
""",
            "tests/test_bad.py": "import nonexistent_module_x\n",
            "tests/test_syntax.py": "def x(:\n",
        }
    )
    before = entries(made.root)
    run = await made.run()
    got = outcomes(run)
    t = "tests.test_calc.T"
    assert {name: got[f"{t}.{name}"] for name in ("test_good", "test_diff", "test_raises", "test_subs")} == {
        "test_good": "passed",
        "test_diff": "failed",
        "test_raises": "failed",
        "test_subs": "failed",
    }
    assert got[f"{t}.test_skipped"] == got[f"{t}.test_expected"] == "skipped"
    assert got[f"{t}.test_unexpected"] == "failed"
    assert got["setUpClass (tests.test_calc.Broken)"] == "error"
    assert got["tests.test_bad"] == got["tests.test_syntax"] == "error"
    assert "tests.test_bad" in run.problem
    assert (
        "ModuleNotFoundError: No module named 'nonexistent_module_x'" in run.cases["tests.test_bad"].message
    )
    assert run.cases["tests.test_bad"].frames[-1].path == "tests/test_bad.py"
    assert "SyntaxError" in run.cases["tests.test_syntax"].message
    assert "First differing element 1" in run.cases[f"{t}.test_diff"].message
    frames = run.cases[f"{t}.test_raises"].frames
    assert [(f.path, f.line) for f in frames] == [("tests/test_calc.py", 12), ("calc.py", 2)]
    assert "(n=1)" in run.cases[f"{t}.test_subs"].message
    assert entries(made.root) == before
    for selection in (f"{t}.test_diff", "tests/test_calc.py::T::test_diff", "-k test_diff", "test_diff"):
        again = await made.run(selection)
        ran = {name: outcome for name, outcome in outcomes(again).items() if ".T." in name}
        assert ran == {f"{t}.test_diff": "failed"}, selection


async def test_folders_without_packages_are_all_found(make_bench):
    files = {
        "pkg/__init__.py": "",
        "pkg/sub/__init__.py": "",
        "pkg/sub/test_inner.py": CASE,
        "tests/test_a.py": CASE,
        "tests/unit/b_test.py": CASE,
        "tests/unit/deep/test_c.py": CASE,
        "node_modules/x/test_not.py": CASE,
        "test_top.py": CASE,
    }
    made = make_bench(files)
    assert made.bench.command.runner == "unittest"
    run = await made.run()
    assert run.is_green
    assert set(run.cases) == {
        f"{name}.T.test_good" for name in ("pkg.sub.test_inner", "test_a", "b_test", "test_c", "test_top")
    }
    assert set((await made.run("tests/unit/b_test.py")).cases) == {"b_test.T.test_good"}
    assert set((await made.run("test_c.T")).cases) == {"test_c.T.test_good"}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("import os\n        os._exit(0)", "exit code 0"),
        ("import os, signal\n        os.kill(os.getpid(), signal.SIGABRT)", "SIGABRT"),
        ("import time\n        time.sleep(600)", "limit of 2 s"),
    ],
)
async def test_a_crash_or_hang_is_never_green(make_bench, body, words):
    made = make_bench({"test_a.py": CASE + f"    def test_z(self):\n        {body}\n"})
    run = await made.run(seconds=2)
    assert words in run.problem
    assert "test_a.T.test_z" in run.problem
    assert outcomes(run) == {"test_a.T.test_good": "passed"}


async def test_no_tests_is_a_problem(make_bench):
    made = make_bench({"test_a.py": "import unittest\n"})
    assert "no tests ran" in (await made.run()).problem


async def test_a_module_that_exits_at_import_is_a_problem(make_bench):
    made = make_bench({"test_a.py": CASE, "test_b.py": "import sys, unittest\nsys.exit('stop right here')\n"})
    run = await made.run()
    assert "test_b" in run.problem
    assert "stop right here" in made.digest(run)
    assert not run.is_green


async def test_the_command_of_a_person_keeps_its_options(make_bench):
    files = {"checks/a_check.py": CASE, "test_b.py": CASE}
    made = make_bench(files, command="python -m unittest discover -s checks -p '*_check.py' -v")
    run = await made.run()
    assert set(run.cases) == {"a_check.T.test_good"}
    assert run.is_green
    assert set((await made.run("a_check.T.test_good")).cases) == {"a_check.T.test_good"}
