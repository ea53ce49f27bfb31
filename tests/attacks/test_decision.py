"""Every attack case against the pure decision."""

import pytest

from mycoder.bench.attack_levels import decision
from mycoder.bench.attacks import Call, Case, load_cases, run

CASES = load_cases()


@pytest.mark.parametrize("case", [c for c in CASES if "decision" in c.levels], ids=lambda case: case.id)
def test_no_attempt_is_allowed(case):
    assert decision.run(case) == []


def test_the_list_is_complete_and_its_names_are_unique():
    assert {case.number for case in CASES} >= set(range(1, 101))
    assert sum(not case.number for case in CASES) >= 60
    assert len({case.id for case in CASES}) == len(CASES)
    assert {level for case in CASES for level in case.levels} <= {"decision", "tool", "process", "host"}
    assert {case.expect for case in CASES} <= {"deny", "ask", "neutral"}
    assert all(case.actions() or case.how for case in CASES)
    assert [case.id for case in CASES if "tool" not in case.levels and not case.why] == []
    assert [case.id for case in CASES if {"tool", "process"} & {*case.levels} and not case.actions()] == []


def test_a_case_that_is_allowed_is_reported(tmp_path):
    kind = Case(id="x", expect="deny", levels=("decision",), commands=("ls",))
    assert len(decision.run(kind)) == 4  # all modes
    writes = Case(id="y", expect="ask", levels=("decision",), calls=(Call("write", {"path": "f"}),))
    assert decision.run(writes) == ["edit, bubblewrap: allow (mode:edit) \"{'path': 'f'}\""]
    file = tmp_path / "cases.toml"
    file.write_text('[[case]]\nid = "x"\nexpect = "ask"\nlevels = ["decision"]\ncommands = ["ls"]\n')
    report, is_good = run(file)
    assert not is_good
    assert "decision: 0/1 survived" in report
