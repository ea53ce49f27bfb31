"""The exit code is never better than what was seen."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoder.protocol.events import EndReason, TurnEnded
from mycoder.protocol.report import Counts, FileChange, Report
from mycoder.ui.exit_codes import ExitCode, is_backed, of_turn

EDITED = (FileChange("a.py"),)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("done", 0),
        ("failed", 1),
        ("misconfigured", 3),
        ("refused", 4),
        ("budget", 5),
        ("tests_failing", 6),
        ("crashed", 70),
        ("unavailable", 75),
        ("timeout", 124),
        ("interrupted", 130),
    ],
)
def test_each_reason(reason: EndReason, code: int) -> None:
    assert of_turn(TurnEnded(reason=reason)) == code


def test_every_reason_has_a_code() -> None:
    assert all(of_turn(TurnEnded(reason=reason)) >= 0 for reason in get_args(EndReason))


@pytest.mark.parametrize(("signal", "code"), [(2, 130), (15, 143), (0, 130)])
def test_signals(signal: int, code: int) -> None:
    assert of_turn(TurnEnded(reason="interrupted"), signal=signal) == code


def test_a_turn_that_ended_by_itself_is_not_a_signal() -> None:
    assert of_turn(TurnEnded(reason="done"), signal=15) == 0


def test_edits_need_a_green_run() -> None:
    unverified = TurnEnded(reason="done", report=Report(files=EDITED))
    assert of_turn(unverified) == ExitCode.NOT_ACHIEVED
    assert of_turn(unverified, allow_unverified=True) == ExitCode.DONE
    assert of_turn(unverified, accept_known_failures=True) == ExitCode.NOT_ACHIEVED
    assert of_turn(TurnEnded(reason="done", report=Report(files=EDITED, verified=True))) == ExitCode.DONE


def test_allow_unverified_does_not_make_red_green() -> None:
    red = TurnEnded(reason="tests_failing", report=Report(files=EDITED, failing=("t",)))
    assert of_turn(red, allow_unverified=True, accept_known_failures=True) == ExitCode.TESTS_FAILING


@pytest.mark.parametrize(
    ("failing", "known", "note", "is_fine"),
    [
        (("a",), ("a", "b"), "", True),
        (("a", "c"), ("a", "b"), "", False),
        (("a",), (), "", False),
        ((), (), "", False),  # nothing ran, so nothing is known
        (("a",), ("a",), "files changed after the last complete test run", False),
    ],
)
def test_known_failures(failing: tuple[str, ...], known: tuple[str, ...], note: str, is_fine: bool) -> None:
    report = Report(files=EDITED, failing=failing, known=known, note=note, after=Counts(passed=1))
    ended = TurnEnded(reason="done", report=report)
    assert (of_turn(ended, accept_known_failures=True) == 0) is is_fine
    assert of_turn(ended) == ExitCode.NOT_ACHIEVED


@given(
    st.sampled_from(get_args(EndReason)),
    st.booleans(),
    st.lists(st.sampled_from("abc"), unique=True),
    st.lists(st.sampled_from("abc"), unique=True),
)
def test_zero_only_when_done_and_backed(
    reason: EndReason, verified: bool, failing: list[str], known: list[str]
) -> None:
    report = Report(files=EDITED, verified=verified, failing=tuple(failing), known=tuple(known))
    code = of_turn(TurnEnded(reason=reason, report=report), accept_known_failures=True)
    assert (code == 0) == (reason == "done" and is_backed(report, True))
