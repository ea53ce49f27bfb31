"""Closing lines of many runners, and text that only looks like one."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.testing.listings import read_cases
from mycoder.testing.totals import read_totals

UNITTEST = """test_good (tests.test_calc.T.test_good)
It has a line of description. ... ok
test_bad (tests.test_calc.T) ... FAIL
test_skip (tests.test_calc.T.test_skip) ... skipped 'no'
tests.test_broken (unittest.loader._FailedTest.tests.test_broken) ... ERROR

======================================================================
FAIL: test_bad (tests.test_calc.T)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "/x/tests/test_calc.py", line 12, in test_bad
    self.assertEqual(add(1, 2), 3)
AssertionError: -1 != 3

======================================================================
ERROR: tests.test_broken (unittest.loader._FailedTest.tests.test_broken)
----------------------------------------------------------------------
ImportError: Failed to import test module: tests.test_broken

----------------------------------------------------------------------
Ran 4 tests in 0.001s

FAILED (failures=1, errors=1, skipped=1)
"""

CLOSINGS = [
    ("pytest", "=== 1 failed, 2 passed, 3 skipped, 1 error, 2 warnings in 0.12s ===\n", (2, 1, 1, 3)),
    ("pytest", "=================== 1020 passed in 75.11s (0:01:15) ====================\n", (1020, 0, 0, 0)),
    ("pytest", "3 passed, 1 xfailed, 2 xpassed, 4 deselected in 1.00s\n", (5, 0, 0, 1)),
    ("pytest", "no tests ran in 0.01s\n", (0, 0, 0, 0)),
    ("unittest", "Ran 5 tests in 0.001s\n\nOK (skipped=1, expected failures=1)\n", (3, 0, 0, 2)),
    ("unittest", "Ran 5 tests in 0.001s\n\nFAILED (failures=1, errors=2, unexpected successes=1)\n",
     (1, 2, 2, 0)),
    ("unittest", "Ran 0 tests in 0.000s\n\nNO TESTS RAN\n", (0, 0, 0, 0)),
    ("jest", "Tests:       1 failed, 2 skipped, 3 passed, 6 total\n", (3, 1, 0, 2)),
    ("vitest", "      Tests  2 failed | 1 passed | 1 skipped | 1 todo (5)\n", (1, 2, 0, 2)),
    ("cargo", "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n" * 2,
     (10, 0, 0, 2)),
    ("node", "# tests 6\n# suites 1\n# pass 3\n# fail 2\n# cancelled 0\n# skipped 1\n# todo 0\n",
     (3, 2, 0, 1)),
    ("mocha", "  12 passing (34ms)\n  1 pending\n  2 failing\n", (12, 2, 0, 1)),
    ("surefire", "Tests run: 1, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 1 s - in a.T\n"
     "[ERROR] Tests run: 4, Failures: 1, Errors: 1, Skipped: 1\n", (1, 1, 1, 1)),
    ("rspec", "5 examples, 1 failure, 2 pending\n", (2, 1, 0, 2)),
    ("phpunit", "OK (5 tests, 9 assertions)\n", (5, 0, 0, 0)),
    ("phpunit", "Tests: 5, Assertions: 9, Errors: 1, Failures: 1, Skipped: 1.\n", (2, 1, 1, 1)),
    ("minitest", "5 runs, 10 assertions, 1 failures, 1 errors, 1 skips\n", (2, 1, 1, 1)),
    ("exunit", "5 tests, 1 failure, 1 excluded\n", (3, 1, 0, 1)),
    ("dotnet", "Failed!  - Failed:     1, Passed:     4, Skipped:     2, Total:     7\n", (4, 1, 0, 2)),
    ("googletest", "[  PASSED  ] 5 tests.\n[  FAILED  ] 2 tests, listed below:\n", (5, 2, 0, 0)),
    ("ctest", "60% tests passed, 2 tests failed out of 5\n", (3, 2, 0, 0)),
    ("automake", "# TOTAL: 6\n# PASS:  3\n# SKIP:  1\n# XFAIL: 1\n# FAIL:  1\n# XPASS: 0\n# ERROR: 0\n",
     (3, 1, 0, 2)),
    ("tap", "1..4\nok 1 - a\nnot ok 2 - b\nok 3 # SKIP\n", (1, 1, 1, 1)),
    ("tap", "TAP version 13\nok 1\n  not ok 1 - inner\nBail out! no\n1..1\n", (1, 0, 1, 0)),
    ("go", "ok  \tm/a\t0.1s\nok  \tm/b\t(cached)\nFAIL\tm/c [build failed]\nFAIL\tm/d\t0.2s\nFAIL\n",
     (2, 2, 0, 0)),
    ("plain", "All done. tests: 3 passed, 2 failed\n", (3, 2, 0, 0)),
    ("plain", "passed: 3\nSummary: passed=7 failed=1\n", (7, 1, 0, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("family", "text", "counts"), CLOSINGS)
def test_closing_lines_are_known(family, text, counts):
    (found,) = read_totals(f"some words before\n{text}")
    got = found.counts
    assert found.family == family
    assert (got.passed, got.failed, got.errors, got.skipped) == counts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ok\n",
        "done\n",
        "I passed the exam\n",
        "Ran away\n",
        "1 file changed\n",
        "no tests\n",
        "Tests\n",
        "passed\n",
    ],
)
def test_other_text_shows_no_tests(text):
    assert read_totals(text) == []


def test_two_sessions_of_pytest_add_up_and_a_printed_line_does_not():
    session = "=========== test session starts ===========\n"
    text = f"{session}9 passed in 0.1s\n== 1 passed in 0.1s ==\n{session}== 2 passed, 1 failed in 1s ==\n"
    (found,) = read_totals(text)
    assert (found.counts.passed, found.counts.failed) == (3, 1)
    (quiet,) = read_totals("5 passed in 0.1s\nF\n1 failed in 0.2s\n")
    assert (quiet.counts.passed, quiet.counts.failed) == (0, 1)


def test_several_runners_in_one_output():
    found = read_totals("== 2 passed in 1.0s ==\nTests:       1 failed, 3 passed, 4 total\n")
    assert [each.family for each in found] == ["pytest", "jest"]


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=400), st.sampled_from([text for _, text, _ in CLOSINGS]), st.text(max_size=200))
def test_no_text_breaks_the_reading(before, closing, after):
    for each in read_totals(f"{before}{closing}{after}"):
        counts = each.counts
        assert min(counts.passed, counts.failed, counts.errors, counts.skipped) >= 0
        read_cases(f"{before}{closing}{after}", each.family)


def test_many_lines_are_read_fast():
    text = "a line of output that says 3 things, not ok\n" * 50_000
    started = time.perf_counter()
    read_totals(text)
    for family in ("pytest", "unittest", "go", "jest", "tap", "node"):
        read_cases(text[:2_000_000], family)
    assert time.perf_counter() - started < 20


def test_names_in_the_output_of_pytest():
    text = """FAILED outside.py::test_no - not in the summary
=========================== short test summary info ============================
FAILED tests/test_a.py::test_b[x - y] - AssertionError: assert 1 == 2
FAILED tests/test_a.py::T::test_c
ERROR tests/test_d.py - ImportError: no
ERROR tests/test_d.py::test_e - RuntimeError: set-up
"""
    found = {case.id: (case.outcome, case.phase) for case in read_cases(text, "pytest")}
    assert found["tests/test_a.py::T::test_c"] == ("failed", "")
    assert found["tests/test_d.py"] == ("error", "collect")
    assert found["tests/test_d.py::test_e"] == ("error", "")
    assert len(found) == 4


def test_names_in_the_output_of_unittest():
    found = {case.id: case for case in read_cases(UNITTEST, "unittest")}
    assert {name: case.outcome for name, case in found.items()} == {
        "tests.test_calc.T.test_good": "passed",
        "tests.test_calc.T.test_bad": "failed",
        "tests.test_calc.T.test_skip": "skipped",
        "tests.test_broken": "error",
    }
    bad = found["tests.test_calc.T.test_bad"]
    assert bad.message == "AssertionError: -1 != 3"
    assert (bad.frames[0].path, bad.frames[0].line) == ("/x/tests/test_calc.py", 12)
    assert found["tests.test_broken"].phase == "collect"


def test_names_in_the_output_of_others():
    go = read_cases("--- FAIL: TestA (0.10s)\n    a_test.go:3: no\n    --- PASS: TestA/b (0.00s)\n", "go")
    assert [(case.id, case.outcome) for case in go] == [("TestA", "failed"), ("TestA/b", "passed")]
    assert go[0].frames[0].path == "a_test.go"
    jest = read_cases("  ● suite › adds\n\n    expect(1).toBe(2)\n\n  ● Console\n\n    x\n", "jest")
    assert [case.id for case in jest] == ["suite › adds"]
    vitest = read_cases(" FAIL  a.test.ts > suite > adds\nAssertionError: no\n\n", "vitest")
    assert vitest[0].id == "a.test.ts > suite > adds"
    assert "AssertionError: no" in vitest[0].message
