"""Several faults at once: what is tried together and alone, and what is said of tests that cannot even be loaded."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoder.testing.results import Case, Frame, TestRun
from mycoder.workflows import repair
from mycoder.workflows.repair import _groups
from mycoder.workflows.repair_words import unloaded
from tests.workflows.test_repair_endless import _ended, _events, _ran

CODE = """\
def price(text):
    return text.strip()


def label(name, price):
    return f"{name} {price:.1f}"


def discount(total, rate):
    return total * rate


def middle(low, high):
    return (low + high) / 3
"""
TEST = """\
from shop import discount, label, middle, price


def test_price():
    assert price(" 2.5 ") == 2.5


def test_label():
    assert label("tea", 2.5) == "tea 2.50"


def test_discount():
    assert discount(200, 0.1) == 180
    assert discount(100, 0.5) == 50


def test_middle():
    assert middle(2, 4) == 3
"""


@st.composite
def runs(draw):
    files = st.sampled_from(["test_a.py", "test_b.py"])
    cases = {}
    for number in range(draw(st.integers(0, 12))):
        file = draw(files)
        frames = draw(
            st.sampled_from(
                [(), (Frame("it.py", 3, "f"),), (Frame("it.py", 9, "g"),), (Frame(file, 2, "t"),)]
            )
        )
        outcome = draw(st.sampled_from(["passed", "failed", "error"]))
        cases[f"{file}::t{number}"] = Case(f"{file}::t{number}", outcome, frames=frames)
    return TestRun(command="pytest", cases=cases)


@given(runs())
def test_every_failing_test_is_in_a_group_and_nothing_is_tried_twice(run):
    groups = _groups(run, set(), set())
    assert len(groups) == len(set(groups))
    assert {name for group in groups for name in group} == set(run.failing)
    given_up: set[frozenset[str]] = set()
    for group in groups:
        assert _groups(run, given_up, set())[0] == group
        given_up.add(frozenset(group))
    assert _groups(run, given_up, set()) == []
    assert all(run.failing[0] not in group for group in _groups(run, set(), set(run.failing[:1])))


async def test_independent_faults_behind_one_test_file_are_mended_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setattr(repair, "LEAST", 6.0)
    root = tmp_path / "p"
    events = await _events(root, {"shop.py": CODE, "test_shop.py": TEST}, alone_seconds=100)
    code = (root / "shop.py").read_text()
    assert "{price:.2f}" in code
    assert "(low + high) / 2" in code
    assert "float(text" in code
    assert _ran(events)[-1].passed >= 3


FAULTS = {
    "syntax": ("def add(a, b)\n    return a\n", "calc.py:1: SyntaxError: ", "Mend that first"),
    "name": (
        "def sum_of(a, b):\n    return a\n",
        "test_calc.py:1: ImportError: cannot import name 'add'",
        "Mend that",
    ),
    "package": (
        "import no_such_package_zz\n",
        "calc.py:1: ModuleNotFoundError: ",
        "Install what is missing (no_such_package_zz)",
    ),
}


@pytest.mark.parametrize("kind", FAULTS)
async def test_tests_that_cannot_be_loaded_are_told_in_a_line(tmp_path: Path, kind: str) -> None:
    code, where, advice = FAULTS[kind]
    files = {
        "calc.py": code,
        "test_calc.py": "from calc import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n",
    }
    ended = _ended(await _events(tmp_path / "p", files, alone_seconds=30))
    assert ended.reason == "tests_failing"
    assert where in ended.message
    assert advice in ended.message
    assert len(ended.message.splitlines()) == 1
    assert len(ended.message) < 400


def test_one_that_can_be_loaded_is_enough() -> None:
    broken = Case("a.py", "error", phase="collect", kind="SyntaxError", message="x")
    run = TestRun(command="pytest", cases={"a.py": broken, "b.py::t": Case("b.py::t", "failed")})
    assert unloaded(run) == ""
    assert unloaded(TestRun(command="pytest")) == ""
    many = {f"{n}.py": Case(f"{n}.py", "error", phase="collect", message=f"fault {n}") for n in range(5)}
    assert unloaded(TestRun(command="pytest", cases=many)).count("fault") == 3
    assert "and 2 more" in unloaded(TestRun(command="pytest", cases=many))
