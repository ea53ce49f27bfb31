"""Selections, verdicts, comparisons and the signature of a tree."""

import os
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.protocol.report import Counts
from mycoder.testing import report
from mycoder.testing.compare import compare, merged
from mycoder.testing.history import History
from mycoder.testing.results import COMPILE_ERROR, Case, Gathered, TestRun, add_case
from mycoder.testing.selection import Selected, SelectionError, joined, take_apart
from mycoder.testing.tree import signature
from mycoder.testing.weigh import problem_of, signal_of
from tests.testing.projects import write

OUTCOMES = ("passed", "failed", "error", "skipped")


def run_of(outcomes: dict[str, str], **more: object) -> TestRun:
    cases = {name: Case(name, outcome) for name, outcome in outcomes.items()}  # type: ignore[arg-type]
    return TestRun(command="t", cases=cases, **more)  # type: ignore[arg-type]


# -- selections ---------------------------------------------------------------------------------------------


def test_a_selection_is_taken_apart(tmp_path):
    root = write(tmp_path, {"sub/tests/test_a.py": "", "top.py": ""})
    cwd = root / "sub"
    assert take_apart(["tests/test_a.py::T::test_x[a-b/c]"], cwd, root).names == (
        "tests/test_a.py::T::test_x[a-b/c]",
    )
    assert take_apart(["sub/tests/test_a.py"], cwd, root).names == ("tests/test_a.py",)
    assert take_apart([str(cwd / "tests")], cwd, root).names == ("tests",)
    assert take_apart(["top.py"], cwd, root).names == ("../top.py",)
    assert take_apart(["tests/gone.py", "gone.py", "x::y"], cwd, root).names == (
        "tests/gone.py",
        "gone.py",
        "x::y",
    )
    assert take_apart(["-k a and b", "-k=c", "-k 'd e'", "word"], cwd, root).words == (
        "a and b",
        "c",
        "d e",
        "word",
    )
    assert take_apart(["-m slow", "-m 'not fast'"], cwd, root).marks == ("slow", "not fast")
    assert take_apart(["", "  "], cwd, root) == Selected()
    for bad in ("--co", "-x", "--rootdir=/", "-k"):
        with pytest.raises(SelectionError):
            take_apart([bad], cwd, root)
    assert joined(["a"]) == "a"
    assert joined(["a or b", "c"]) == "(a or b) or (c)"


# -- verdicts -----------------------------------------------------------------------------------------------


def verdict(gathered: Gathered, code: int | None = 0, **more: object) -> str:
    settings = {"exit_code": code, "timed_out": False, "killed": "", "seconds": 5, "text": "", **more}
    return problem_of(gathered, **settings)  # type: ignore[arg-type]


GOOD = {"a": Case("a", "passed")}
BAD = {"a": Case("a", "failed")}


@pytest.mark.parametrize(
    ("gathered", "code", "words"),
    [
        (Gathered(cases=GOOD), 0, ""),
        (Gathered(cases=BAD), 1, ""),
        (Gathered(cases=BAD), 0, ""),
        (Gathered(cases=GOOD), 1, "no test failed"),
        (Gathered(cases=GOOD), None, "no exit code"),
        (Gathered(cases=GOOD), -11, "SIGSEGV after its last test"),
        (Gathered(cases=GOOD), 139, "SIGSEGV after its last test"),
        (Gathered(cases=GOOD, is_finished=False, running="b"), 139, "SIGSEGV, while b was running"),
        (Gathered(cases=GOOD, is_finished=False), 0, "exit code 0"),
        (Gathered(cases=GOOD, is_finished=False, note="enough"), 1, "ended early: enough"),
        (Gathered(), 0, "no tests ran"),
        (Gathered(tally=Counts()), 0, "no tests ran"),
        (Gathered(tally=Counts(passed=3)), 0, ""),
        (Gathered(tally=Counts(passed=3, failed=1)), 1, ""),
        (Gathered(problem="said by the runner"), 0, "said by the runner"),
        (Gathered(cases={"f": Case("f", "error", phase="collect")}), 1, "could not be loaded from f"),
        (
            Gathered(cases={"f": Case("f", "error", message="no ;", kind=COMPILE_ERROR, phase="collect")}),
            1,
            "no ;",
        ),
    ],
)
def test_when_a_run_counts(gathered, code, words):
    got = verdict(gathered, code)
    assert words in got
    assert bool(got) == bool(words)


def test_what_ended_the_run_comes_first():
    assert "limit of 5 s, while b was running" in verdict(Gathered(running="b"), None, timed_out=True)
    assert "too much memory" in verdict(Gathered(cases=GOOD), None, killed="too much memory")
    assert signal_of(129 + 100) == ""
    assert signal_of(0) == signal_of(None) == ""


# -- comparisons --------------------------------------------------------------------------------------------

runs = st.dictionaries(
    st.sampled_from([f"f{n}.py::t{m}" for n in range(3) for m in range(4)]), st.sampled_from(OUTCOMES)
)


@settings(deadline=None, max_examples=150)
@given(runs, runs, st.booleans())
def test_laws_of_a_comparison(before, after, complete):
    baseline, run = run_of(before), run_of(after, complete=complete)
    got = compare(run, baseline)
    red = {name for name, outcome in after.items() if outcome in ("failed", "error")}
    assert set(got.failing) == red
    assert set(got.known) | set(got.new) == red
    assert not set(got.known) & set(got.broken)
    assert set(got.broken) == {name for name in red if before.get(name) == "passed"}
    assert set(got.fixed) == {
        name
        for name, outcome in after.items()
        if outcome == "passed" and before.get(name) in ("failed", "error")
    }
    assert (not got.missing) or complete
    assert set(got.missing) <= {name for name in before if name not in after}
    assert compare(run, None).failing == got.failing
    same = compare(baseline, baseline)
    assert (same.fixed, same.broken, same.missing, same.new) == ((), (), (), ())
    event = report.event(run, got)
    unseen = {
        name for name, outcome in before.items() if outcome in ("failed", "error") and name not in after
    }
    assert complete or not got.vanished
    assert not complete or unseen <= set(got.vanished)
    assert run.is_green == (not red and "passed" in after.values())
    assert event.is_green == (run.is_green and not got.vanished)


def test_flaky_tests_are_not_broken():
    got = compare(
        run_of({"a": "failed", "b": "failed"}), run_of({"a": "passed", "b": "passed"}), frozenset({"a"})
    )
    assert (got.flaky, got.broken, got.new) == (("a",), ("b",), ("b",))
    rerun = TestRun(command="t", cases={"a": Case("a", "passed", note="rerun")})
    assert compare(rerun, None).flaky == ("a",)


def test_a_program_that_could_not_be_built_hides_its_tests():
    error = Case("cargo build", "error", kind=COMPILE_ERROR, phase="collect")
    broken = TestRun(command="t", cases={"cargo build": error}, problem="does not build")
    assert compare(run_of({"x::a": "passed"}), broken).fixed == ("x::a",)
    got = compare(broken, run_of({"x::a": "passed"}))
    assert got.broken == ("cargo build",)
    assert got.missing == ()


def test_runs_on_the_unedited_tree_merge():
    part = run_of({"a": "failed"}, complete=False)
    other = run_of({"b": "passed"}, complete=False)
    whole = run_of({"a": "failed", "b": "passed", "c": "passed"})
    assert merged(None, part) is part
    assert set(merged(part, other).cases) == {"a", "b"}
    assert not merged(part, other).complete
    assert merged(part, whole) is whole
    assert set(merged(whole, part).cases) == {"a", "b", "c"}
    assert merged(whole, part).complete
    assert merged(whole, run_of({}, complete=False, problem="crash")) is whole


@settings(deadline=None, max_examples=80)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(OUTCOMES)), max_size=8))
def test_of_several_reports_the_worst_stands(reports):
    cases: dict[str, Case] = {}
    for name, outcome in reports:
        add_case(cases, Case(name, outcome, 1.0))  # type: ignore[arg-type]
    for name, case in cases.items():
        seen = [outcome for other, outcome in reports if other == name]
        rank = ("skipped", "passed", "failed", "error")
        assert case.outcome == max(seen, key=rank.index)
        assert case.seconds == len(seen)


def test_history_keeps_what_a_run_had_no_word_of():
    history = History(failing=("a", "b"), slow={"s": 2.0})
    after = history.after(
        TestRun(command="t", cases={"a": Case("a", "passed"), "c": Case("c", "failed", 9.0)})
    )
    assert after.failing == ("c", "b")
    assert after.slow == {"c": 9.0, "s": 2.0}


# -- the tree -----------------------------------------------------------------------------------------------


def test_the_signature_sees_every_change(tmp_path):
    root = write(
        tmp_path / "r",
        {"a.py": "1", "sub/b.py": "2", ".git/index": "", "__pycache__/a.pyc": "", "target/x": ""},
    )
    first = signature(root)
    assert signature(root) == first
    seen = {first}

    def change(path: str, text: str) -> None:
        write(root, {path: text})
        seen.add(signature(root))

    (root / "a.py").write_text("2")
    os.utime(root / "a.py", ns=(1, 1))
    seen.add(signature(root))
    change("sub/c.py", "")
    change("sub/c.py", "longer")
    (root / "sub/b.py").chmod(0o700)
    seen.add(signature(root))
    (root / "sub/c.py").unlink()
    seen.add(signature(root))
    (root / "link").symlink_to("a.py")
    seen.add(signature(root))
    change("target/y", "")
    assert len(seen) == 8
    now = signature(root)
    write(
        root,
        {
            ".git/HEAD": "x",
            "__pycache__/b.pyc": "",
            "node_modules/x.js": "",
            ".pytest_cache/x": "",
            "x.pyc": "",
        },
    )
    assert signature(root) == now
    write(root, {"Cargo.toml": ""})
    now = signature(root)
    write(root, {"target/z": ""})
    assert signature(root) == now


def test_the_signature_is_cheap(tmp_path):
    root = write(tmp_path, {f"d{n}/f{m}.py": "" for n in range(40) for m in range(50)})
    times = []
    for _ in range(5):
        started = time.perf_counter()
        signature(root)
        times.append(time.perf_counter() - started)
    assert min(times) < 0.1
    assert signature(root / "gone") == signature(root / "gone too")
