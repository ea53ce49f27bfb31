"""Steps, unified diffs and numbered diffs."""

import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mycoder.workspace.diff import numbered, opcodes, unified

QUICK = settings(deadline=None, max_examples=200)
LINES = st.lists(st.sampled_from(["a", "b", "c", "", "d e"]), max_size=14)
MANY = st.lists(st.integers(0, 40).map(str), max_size=120)


@QUICK
@given(LINES | MANY, LINES | MANY)
def test_steps_make_the_new_of_the_old(a: list[str], b: list[str]) -> None:
    out: list[str] = []
    i = j = 0
    for tag, a1, a2, b1, b2 in opcodes(a, b):
        assert (a1, b1) == (i, j)
        assert (tag == "insert") == (a1 == a2)
        assert (tag == "delete") == (b1 == b2)
        if tag == "equal":
            assert a[a1:a2] == b[b1:b2]
        out += a[a1:a2] if tag == "equal" else b[b1:b2]
        i, j = a2, b2
    assert (i, j) == (len(a), len(b))
    assert out == b


@QUICK
@given(LINES, st.integers(0, 13), st.integers(0, 3))
def test_a_deletion_costs_no_more_than_it_is(a: list[str], at: int, size: int) -> None:
    b = a[:at] + a[at + size :]
    changed = sum(a2 - a1 + b2 - b1 for tag, a1, a2, b1, b2 in opcodes(a, b) if tag != "equal")
    assert changed == len(a) - len(b)


@pytest.mark.skipif(shutil.which("patch") is None, reason="needs patch(1)")
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(LINES, LINES, st.booleans(), st.booleans())
def test_patch_understands_our_diffs(
    tmp_path_factory: pytest.TempPathFactory, a: list[str], b: list[str], end_a: bool, end_b: bool
) -> None:
    old = "\n".join(["first", *a]) + "\n" * end_a
    new = "\n".join(["first", *b]) + "\n" * end_b
    file = tmp_path_factory.mktemp("diff") / "f"
    file.write_text(old)
    diff = unified(old, new, "f")
    if old == new:
        assert diff.text == ""
        return
    subprocess.run(["patch", "-s", "-p1"], input=diff.text, text=True, cwd=file.parent, check=True)
    assert file.read_text() == new
    body = diff.text.split("\n")[2:]
    assert diff.added == sum(line.startswith("+") for line in body)
    assert diff.removed == sum(line.startswith("-") for line in body)


def test_new_and_deleted_files_name_dev_null() -> None:
    assert unified("", "a\n", "x/y").text == "--- /dev/null\n+++ b/x/y\n@@ -0,0 +1 @@\n+a\n"
    assert unified("a\n", "", "x").text == "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"


def test_numbers_are_those_after_the_change() -> None:
    old = "".join(f"line {n}\n" for n in range(1, 30))
    new = old.replace("line 3\n", "").replace("line 20\n", "twenty\n")
    assert numbered(old, new, context=1).split("\n") == [
        " 2   line 2",
        "   - line 3",
        " 3   line 4",
        "   ⋮",
        "18   line 19",
        "   - line 20",
        "19 + twenty",
        "20   line 21",
    ]


def test_long_runs_are_cut_and_counted() -> None:
    shown = numbered("", "".join(f"{n}\n" for n in range(1, 101)))
    assert shown.split("\n")[3:6] == ["  4 + 4", "    + … 92 more lines …", " 97 + 97"]
    assert len(shown.split("\n")) == 9
    plain = [str(n) for n in range(900)]
    scattered = [f"x{n}" if n % 9 == 0 else str(n) for n in range(900)]
    shown = numbered("\n".join(plain), "\n".join(scattered))
    assert len(shown.split("\n")) == 41
    assert "lines of this diff left out" in shown


def test_the_end_without_newline_is_told() -> None:
    assert "2 + b (no newline at the end)" in numbered("a\n", "a\nb")


def test_big_and_repetitive_texts_take_no_time() -> None:
    a, b = ["same", ""] * 20_000, ["same", "", "x"] * 13_000
    steps = opcodes(a, b)  # would be minutes where time grows with the square
    assert (steps[-1][2], steps[-1][4]) == (len(a), len(b))
