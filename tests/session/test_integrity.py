"""What allows tests to be changed, as far as words tell."""

import pytest

from mycoder.workflows.wording import is_about_changing_tests


@pytest.mark.parametrize(
    "prompt",
    [
        "update the tests for the new API",
        "Delete the obsolete tests in tests/old",
        "the expected values are wrong, correct the expected values",
        "rename the fixtures",
        "skip the flaky tests for now",
        "refactor the test suite",
        "the test is wrong: 3 is right",
        "regenerate the snapshots",
    ],
)
def test_allowed(prompt):
    assert is_about_changing_tests(prompt)


@pytest.mark.parametrize(
    "prompt",
    [
        "make the failing tests pass",
        "fix the failing tests",
        "the tests fail, repair the code",
        "update the code so that the tests pass",
        "add a test for the empty case",
        "change total() and run the tests",
        "fix it, but do not change the tests",
        "remove the bug that the tests show",
        "refactor the parser; tests must stay green",
    ],
)
def test_not_allowed(prompt):
    assert not is_about_changing_tests(prompt)
