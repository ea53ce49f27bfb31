"""The digest: short, biggest causes first, nothing of importance lost."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.protocol.report import Counts
from mycoder.testing.causes import changed, grouped
from mycoder.testing.compare import compare
from mycoder.testing.digest import digest
from mycoder.testing.results import Case, Comparison, Frame, TestRun

ROOT = Path("/project")


def case(
    name: str, message: str = "AssertionError: no", at: tuple[str, int] | None = None, **more: str
) -> Case:
    frames = (Frame(*at, "f", "source line"),) if at else ()
    return Case(name, "failed", 0.1, message, frames, message.split(":")[0], **more)


def run_of(*cases: Case, **more: object) -> TestRun:
    return TestRun(command="pytest", cases={each.id: each for each in cases}, seconds=1.25, **more)  # type: ignore[arg-type]


def text_of(run: TestRun, before: TestRun | None = None, limit: int = 7000) -> str:
    return digest(run, compare(run, before), ROOT, limit=limit)


def test_one_cause_is_told_once_and_the_biggest_first():
    many = [case(f"t::many[{n}]", f"ValueError: bad value {n}", ("app.py", 3)) for n in range(50)]
    run = run_of(case("t::alone", "KeyError: 'k'", ("other.py", 9)), *many)
    text = text_of(run)
    assert text.index("t::many[0]") < text.index("t::alone")
    assert text.count("ValueError: bad value") == 1
    assert "and 49 more in the same way: t::many[1]" in text
    assert "app.py:3 in f: source line" in text
    assert "KeyError: 'k'" in text
    assert text.startswith("pytest: 51 failed, 0 passed in 1.2 s")


def test_other_places_and_other_errors_are_other_causes():
    causes = grouped(
        [
            case("a", "E: 1", ("x.py", 1)),
            case("b", "E: 2", ("x.py", 1)),
            case("c", "E: 2", ("x.py", 2)),
            case("d", "F: 2", ("x.py", 1)),
            case("e", "E: 2"),
            case("f", "E: 7"),
            case("g", "ModuleNotFoundError: No module named 'one'", phase="collect"),
            case("h", "ModuleNotFoundError: No module named 'two'", phase="collect"),
        ]
    )
    assert [[each.id for each in cause.cases] for cause in causes] == [
        ["a", "b"], ["e", "f"], ["c"], ["d"], ["g"], ["h"],
    ]  # fmt: skip


def test_known_failures_take_one_line_unless_they_are_all_or_changed():
    old = [case(f"t::old{n}", at=("old.py", n)) for n in range(5)]
    before = run_of(*old)
    run = run_of(*old, case("t::new", "TypeError: x", ("new.py", 1)))
    text = text_of(run, before)
    assert "1. t::new" in text
    assert "failing as before (5): t::old0, t::old1" in text
    assert "old.py" not in text
    assert "old.py:0" in text_of(run_of(*old), before), "when nothing else is red they are told"
    other = case("t::old0", "KeyError: 'z'", ("old.py", 0))
    text = text_of(run_of(other, *old[1:]), before)
    assert "1. t::old0 (red before the first edit too, but otherwise)" in text
    assert "failing as before (4)" in text


def test_lines_that_move_are_no_change():
    assert not changed(case("a", "E: 1 != 2", ("x.py", 3)), case("a", "E: 4 != 2", ("x.py", 9)))
    assert changed(case("a", "E: 1", ("y.py", 3)), case("a", "E: 1", ("x.py", 3)))


def test_it_is_bounded_and_says_what_it_leaves_out():
    cases = [
        case(f"t::{n}" + "x" * 150, "E: " + "m" * 9000, (f"f{n}.py", n), output="o" * 3000)
        for n in range(400)
    ]
    text = text_of(run_of(*cases, path="/state/full.txt"))
    assert len(text) <= 7000
    assert "more failing: t::" in text
    assert text.endswith("full output: /state/full.txt")
    assert "characters left out" in text


def test_a_problem_is_said_before_all_else():
    run = run_of(problem="no tests ran", output="line one\nlast words", path="/f")
    text = text_of(run)
    assert text.split("\n")[1] == "THE RUN DOES NOT COUNT: no tests ran"
    assert "last words" in text


def test_totals_without_names_show_the_end_of_the_output():
    run = TestRun(
        command="make test", tally=Counts(3, 1, 0, 0), output="x\n" * 5000 + "the reason\n", seconds=2.0
    )
    before = TestRun(command="make test", tally=Counts(2, 2, 0, 0))
    text = text_of(run, before)
    assert text.startswith("make test: 1 failed, 3 passed in 2.0 s")
    assert "red: 2 before the first edit → 1" in text
    assert text.rstrip().endswith("the reason")
    assert len(text) < 3500


def test_green_is_short():
    run = run_of(Case("t::a", "passed"))
    assert text_of(run) == "pytest: 1 passed in 1.2 s"
    before = run_of(case("t::a"))
    assert (
        text_of(run, before) == "pytest: 1 passed in 1.2 s\nred: 1 before the first edit → 0; fixed 1: t::a"
    )


@settings(deadline=None, max_examples=80)
@given(
    st.lists(st.tuples(st.text(max_size=300), st.text(max_size=6000), st.integers(0, 3)), max_size=40),
    st.text(max_size=500),
    st.text(max_size=5000),
)
def test_no_run_breaks_it_and_it_stays_small(found, problem, output):
    cases = [case(f"{n}{name}", message, ("f.py", place)) for n, (name, message, place) in enumerate(found)]
    run = run_of(*cases, problem=problem, output=output)
    comparison = Comparison(failing=run.failing, broken=run.failing[:3], known=run.failing[3:5])
    assert len(digest(run, comparison, ROOT)) <= 7100
