"""Fault localisation: the formulas, the ranking, and the tracers against each other."""

import ast
import sys
import textwrap
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoder.testing.coverage_tracers import CoverageTracer, Scope, SettraceTracer, best_tracer
from mycoder.testing.localise import (
    FORMULAS,
    Place,
    TestLines,
    favour_names,
    rank_functions,
    rank_lines,
    rank_statements,
)


def _test(name: str, passed: bool, lines: set[int], frames: tuple[tuple[str, int], ...] = ()) -> TestLines:
    return TestLines(name, passed, {"m.py": frozenset(lines)}, frames)


def test_known_values() -> None:
    assert FORMULAS["ochiai"](2, 2, 2, 8) == pytest.approx(0.7071, abs=1e-4)
    assert FORMULAS["tarantula"](1, 1, 1, 2) == pytest.approx(1 / 1.5)
    assert FORMULAS["dstar"](2, 1, 3, 5) == pytest.approx(2 / 3)
    assert FORMULAS["barinel"](1, 3, 1, 9) == pytest.approx(0.25)


@given(
    st.sampled_from(sorted(FORMULAS)),
    st.integers(1, 50),
    st.integers(0, 50),
    st.integers(0, 50),
    st.integers(0, 50),
)
def test_scores_lie_between_0_and_1_and_failing_coverage_never_hurts(
    formula: str, all_failed: int, all_passed: int, failed: int, passed: int
) -> None:
    failed, passed = min(failed, all_failed), min(passed, all_passed)
    score = FORMULAS[formula](failed, passed, all_failed, all_passed)
    assert 0.0 <= score <= 1.0
    if failed < all_failed:
        assert FORMULAS[formula](failed + 1, passed, all_failed, all_passed) >= score


def test_lines_of_failing_tests_only_and_frames_break_ties() -> None:
    tests = [
        _test("bad", False, {1, 2, 5}, (("m.py", 5),)),
        _test("good", True, {1, 9}),
    ]
    places = rank_lines(tests)
    assert [p.line for p in places] == [5, 2, 1]
    assert places[-1].passing == 1
    assert rank_lines(tests, changed={"m.py": [2]})[0].line == 5
    with pytest.raises(KeyError):
        rank_lines(tests, "nonsense")


SOURCE = textwrap.dedent(
    '''\
    import os


    def f(a):
        """Doc."""
        if a > 3:
            b = a + 1
        else:
            b = a
        return b


    class C:
        def m(self):
            return f(
                2,
            )
    '''
)


def test_a_header_is_suspicious_for_what_it_guards() -> None:
    trees = {"m.py": ast.parse(SOURCE)}
    tests = [_test("bad", False, {6, 7, 10}), _test("g1", True, {6, 9, 10}), _test("g2", True, {6, 9, 10})]
    statements = rank_statements(rank_lines(tests), trees)
    assert [p.line for p in statements] == [7, 6, 10]
    assert statements[0].name == "f"
    functions = rank_functions(rank_lines(tests), trees)
    assert [(p.name, p.line, p.end) for p in functions] == [("f", 4, 10)]


def test_a_statement_of_several_lines_is_one_place() -> None:
    trees = {"m.py": ast.parse(SOURCE)}
    places = rank_statements(rank_lines([_test("bad", False, {1, 14, 15, 16, 5})]), trees)
    assert [(p.line, p.end, p.name) for p in places] == [(15, 17, "C.m")]


def _traced(tmp_path: Path, kind: type) -> list[dict[str, set[int]]]:
    (tmp_path / "traced.py").write_text(SOURCE.replace("import os\n", "\n"))
    module = ModuleType("traced")
    code = compile((tmp_path / "traced.py").read_text(), str(tmp_path / "traced.py"), "exec")
    exec(code, vars(module))
    tracer = kind(Scope(str(tmp_path)))
    found = []
    for value in (1, 5, 1):
        tracer.start()
        module.f(value)
        found.append(tracer.stop())
    return found


def test_tracers_agree_and_start_anew_for_every_test(tmp_path: Path) -> None:
    wanted = [{"traced.py": {6, 9, 10}}, {"traced.py": {6, 7, 10}}, {"traced.py": {6, 9, 10}}]
    before = sys.gettrace()
    try:
        assert _traced(tmp_path, SettraceTracer) == wanted
    finally:
        sys.settrace(before)


def test_the_c_tracer_agrees(tmp_path: Path) -> None:
    wanted = [{"traced.py": {6, 9, 10}}, {"traced.py": {6, 7, 10}}, {"traced.py": {6, 9, 10}}]
    before = sys.gettrace()
    try:
        try:
            found = _traced(tmp_path, CoverageTracer)
        except (ImportError, RuntimeError) as error:
            pytest.skip(f"coverage.py's C tracer is not to be had: {error}")
        assert found == wanted
    finally:
        sys.settrace(before)


def test_scope_leaves_out_environments(tmp_path: Path) -> None:
    scope = Scope(str(tmp_path))
    assert scope.relative(str(tmp_path / "a" / "b.py")) == "a/b.py"
    for path in (tmp_path / ".venv" / "x.py", tmp_path / "lib" / "site-packages" / "y.py", Path("/usr/z.py")):
        assert scope.relative(str(path)) == ""
    assert scope.relative("<string>") == ""
    assert best_tracer(str(tmp_path), "settrace").name == "settrace"


def test_functions_that_tests_are_named_after_come_first() -> None:
    places = [
        Place("m.py", 1, 1, 1.0, "encode"),
        Place("m.py", 9, 9, 1.0, "decode"),
        Place("m.py", 5, 5, 0.4, "C.go"),
    ]
    favoured = favour_names(places, ["tests/test_m.py::TestM::test_decode_empty[1-encode]"])
    assert [p.name for p in favoured] == ["decode", "encode", "C.go"]
    assert favour_names(places, []) == places
