"""Patches that do the same count as one; the rule for choosing among candidates."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.testing.results import Case, TestRun
from mycoder.workflows.patches import Version, fingerprint, normalised, size
from mycoder.workflows.weighing import Candidate, choose, counted, in_file, regressions

CODE = """def total(items, tax=0):
    amount = 0
    for item in items:
        amount += item.price
    return amount + tax
"""
BASE = "def total(items, tax=0):\n    return 0\n"


def same(a, b, path="a.py", base=BASE):
    return fingerprint([Version(path, base, a)]) == fingerprint([Version(path, base, b)])


@pytest.mark.parametrize(
    "other",
    [
        CODE.replace("amount", "sum_").replace("item ", "each ").replace("item.", "each."),
        CODE.replace("    amount = 0\n", "    # begin\n    amount  =  0  # none yet\n\n"),
        '"""About."""\n\n\n' + CODE.replace(":\n    amount =", ':\n    """Adds."""\n    amount =', 1),
        CODE.replace("return amount + tax", "return (amount\n            + tax)"),
        CODE.replace("    ", "  "),
    ],
)
def test_form_and_local_names_do_not_count(other):
    assert same(CODE, other)


@pytest.mark.parametrize(
    "other",
    [
        CODE.replace("+ tax", "- tax"),
        CODE.replace("tax", "vat"),  # how it is called
        CODE.replace("amount = 0", "amount = 1"),
        CODE.replace("item.price", "items.price"),
        CODE.replace("def total", "def sum_of"),
        CODE.replace("    return amount + tax", "        return amount + tax"),
        CODE + "\n\nlocals\n",
    ],
)
def test_what_it_does_counts(other):
    assert not same(CODE, other)


def test_names_that_others_see_keep_theirs():
    assert not same("def f():\n    global a\n    a = 1\n", "def f():\n    global b\n    b = 1\n")
    assert not same(
        "def f():\n    a = 1\n    return locals()\n", "def f():\n    b = 1\n    return locals()\n"
    )
    assert not same("class A:\n    x = 1\n", "class A:\n    y = 1\n")
    assert same(
        "def f():\n    a = 1\n    def g():\n        nonlocal a\n        a += 1\n    g()\n",
        "def f():\n    b = 1\n    def g():\n        nonlocal b\n        b += 1\n    g()\n",
    )


def test_a_file_in_which_only_form_changed_is_no_part_of_the_patch():
    patch = [Version("a.py", BASE, CODE)]
    assert fingerprint(patch) == fingerprint([*patch, Version("b.py", "x=1\n", "x = 1\n")])
    assert fingerprint(patch) != fingerprint([*patch, Version("b.py", "x=1\n", None)])


def test_other_languages_and_broken_python():
    assert same("let a = 1;\n// why\nlet b = 2;\n", "let a   = 1;\n\n  let b = 2;\n", "a.ts")
    assert not same("a:\n  b: 1\n", "a:\nb: 1\n", "a.yaml")
    assert not same("def (:\n  x\n", "def (:\n    x\n")
    assert normalised("a.py", "\x00") == "\x00"


@settings(deadline=None, max_examples=50)
@given(st.sampled_from(["value", "x1", "ämount", "_"]), st.integers(0, 3))
def test_renaming_the_locals_of_this_function_changes_nothing(name, blanks):
    other = CODE.replace("amount", name).replace("    return", "\n" * blanks + "    return", 1)
    assert same(CODE, other)


def test_size_counts_lines_taken_away_and_added():
    assert size([Version("a", "a\nb\nc\n", "a\nx\nc\nd\n")]) == 3
    assert size([Version("a", None, "a\nb\n"), Version("b", "a\n", None)]) == 3
    assert size([Version("a", "x" * 500_000, "y" * 500_000)]) == 1


def can(number, passed=5, key="", lines=1, out=""):
    return Candidate(number=number, passed=passed, total=5, key=key or str(number), lines=lines, out=out)


def test_tests_then_votes_then_size():
    assert choose([can(1, 1), can(2, 3), can(3, 5), can(4, 2)]).best[0].number == 3
    assert [c.number for c in choose([can(1, lines=9), can(2, lines=3)]).best] == [2]
    voted = choose([can(1, lines=1), can(2, key="k", lines=8), can(3, key="k", lines=7), can(4, 4, key="k")])
    assert (voted.best[0].number, voted.votes) == (3, 2)
    assert [c.number for c in choose([can(1), can(2)]).best] == [1, 2]
    assert choose([can(1, out="breaks a test"), can(2, 0)]).best[0].number == 2
    assert choose([can(1, out="no")]).best == ()
    assert choose([]).best == ()


def ran(**outcomes):
    cases = {name.replace("__", "::"): outcome for name, outcome in outcomes.items()}
    return TestRun(command="t", cases={name: Case(name, outcome) for name, outcome in cases.items()})


def test_a_test_that_passed_and_is_gone_or_skipped_is_a_regression():
    before = ran(a__x="passed", a__y="failed", a__z="passed")
    assert regressions(ran(a__x="passed", a__y="passed", a__z="passed"), before) == ()
    assert regressions(ran(a__x="failed", a__y="passed", a__z="skipped"), before) == ("a::x", "a::z")
    assert regressions(ran(a__x="passed", a__y="failed"), before) == ("a::z",)
    assert regressions(ran(), None) == ()


def test_tests_that_a_candidate_wrote_itself_do_not_speak_for_it():
    before = ran(**{"tests/a.py__x": "passed"})
    run = ran(**{"tests/a.py__x": "passed", "tests/a.py__new": "passed", "tests/b.py__y": "failed"})
    assert counted(run, frozenset({"tests/a.py"}), before) == (1, 2)
    assert counted(run, frozenset(), before) == (2, 3)
    dotted = TestRun(command="t", cases={"tests.b.B.test": Case("tests.b.B.test", "passed")})
    assert in_file(dotted, "tests/b.py") == ("tests.b.B.test",)
    assert in_file(dotted, "tests/c.py") == ()
