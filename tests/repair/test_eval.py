"""The evaluation: HumanEvalFix tasks where the data is at hand, seeded bugs in a project made here."""

import json
import os
from pathlib import Path

import pytest

from mycoder.bench.eval_repair import EvalArgs, run
from mycoder.bench.repair_figure import fixed_over_time
from mycoder.bench.repair_tasks import PACK, judge, load
from mycoder.bench.seeded_bugs import bugs_of
from mycoder.bench.seeded_localise import MUTANTS
from mycoder.repair.locate import locate
from mycoder.repair.outcome import RepairRequest
from mycoder.repair.source import Source
from mycoder.testing.localise import FORMULAS
from tests.repair.conftest import MID, MID_TEST


def _data() -> Path:
    beside = Path(__file__).parents[2].parent / "shared" / "data"
    folder = Path(os.environ.get("MYCODER_DATA") or beside)
    if not (folder / PACK).exists():
        pytest.skip("the data set is not here: set MYCODER_DATA to its folder")
    return folder


def test_a_task_is_mended_judged_and_reported(tmp_path: Path) -> None:
    said: list[str] = []
    out = tmp_path / "out.json"
    svg = tmp_path / "out.svg"
    args = EvalArgs(data=str(_data()), tasks="24:25", seconds=20, out=str(out), svg=str(svg))
    assert run(args, said.append) == 0
    row = json.loads(out.read_text())["rows"][0]
    assert (row["number"], row["status"], row["correct"]) == (24, "fixed", True)
    assert any("plausible 1 (100.0%)" in line for line in said)
    assert svg.read_text().startswith("<svg")


async def test_the_judge_tells_the_reference_from_the_bug() -> None:
    task = load(_data())[24]
    assert await judge(task, [task.reference, task.buggy, "syntax error("]) == [True, False, False]


def test_missing_data_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    assert run(EvalArgs(data=str(tmp_path), out=str(tmp_path / "o")), said.append) == 2
    assert "--data" in said[0]


@pytest.mark.parametrize("own", ["", "\n\ndef test_that_nothing_mends():\n    raise OSError('not here')\n"])
def test_a_seeded_bug_is_found_again(tmp_path: Path, own: str) -> None:
    """Also where the project has a red test of its own."""
    root = tmp_path / "p"
    root.mkdir()
    (root / "median.py").write_text(
        MID.replace("elif a < c:\n            m = b", "elif a < c:\n            m = a")
    )
    (root / "test_median.py").write_text(MID_TEST + own)
    said: list[str] = []
    args = EvalArgs(mutants=str(root), bugs=1, seconds=20, out=str(tmp_path / "o.json"), seed=3)
    assert run(args, said.append) == 0
    row = json.loads((tmp_path / "o.json").read_text())["rows"][0]
    assert row["status"] == "fixed"
    assert 1 <= row["rank"] <= 10
    assert row["undone"]
    assert row["changed_lines"] == 1


def test_localisation_alone_ranks_the_seeded_statement_by_every_formula(tmp_path: Path) -> None:
    root = tmp_path / "p"
    root.mkdir()
    (root / "median.py").write_text(
        MID.replace("elif a < c:\n            m = b", "elif a < c:\n            m = a")
    )
    (root / "test_median.py").write_text(MID_TEST)
    before = {path: path.read_bytes() for path in root.iterdir() if path.is_file()}
    said: list[str] = []
    args = EvalArgs(
        mutants=str(root),
        localise_only=True,
        probe=2,
        bugs=2,
        seconds=20,
        out=str(tmp_path / "o.json"),
        seed=3,
    )
    assert run(args, said.append) == 0
    rows = json.loads((tmp_path / "o.json").read_text())["rows"]
    assert len(rows) == 2
    for row in rows:
        assert row["failing"] >= 1
        assert 1 <= row["statements"]["ochiai"] <= row["among"]
        assert row["functions"] == dict.fromkeys((*FORMULAS, MUTANTS), 1)  # there is only one
    assert {line.split()[0] for line in said[-len(FORMULAS) - 1 :]} == {*FORMULAS, MUTANTS}
    assert {path: path.read_bytes() for path in root.iterdir() if path.is_file()} == before


def test_seeded_bugs_parse_and_differ() -> None:
    source = Source("m.py", MID.encode())
    bugs = list(bugs_of(source, set(range(1, 20))))
    assert len(bugs) > 8
    for bug in bugs:
        changed = source.apply(((bug.start, bug.end, bug.text),))
        assert changed != source.data
        compile(changed, "m.py", "exec")


def test_the_figure_counts_what_was_fixed() -> None:
    svg = fixed_over_time([0.02, 0.5, 4.0], 5, 30)
    assert "3 of 5" in svg
    assert fixed_over_time([], 0, 30).endswith("</svg>\n")


async def test_a_test_that_fails_only_under_a_tracer_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("def f(a):\n    return a + 1\n")
    (tmp_path / "test_m.py").write_text(
        "import sys\nimport m\n\n\ndef _traced():\n"
        "    watched = getattr(sys, 'monitoring', None)\n"
        "    return bool(sys.gettrace() or watched and any(map(watched.get_tool, range(6))))\n\n\n"
        "def test_untraced():\n    assert m.f(1) == 2\n    assert not _traced()\n\n\n"
        "def test_red():\n    assert m.f(1) == 3\n"
    )
    located = await locate(tmp_path, RepairRequest(seconds=20), None, home=tmp_path.parent)
    assert located.failing == ("test_m.py::test_red",)
    assert located.counts.passed == 1
