"""Buggy functions of HumanEvalFix as repositories: red, the reference through the edit tool, green. Every fourth of
the 164, and all of them with ``MYCODER_TEST_FULL=1``.

The data is not part of the project; the tests are skipped where it is absent. It shows the mechanism, end to end in
real processes, and no model's skill: the scripted model knows the answer.
"""

import gzip
import json
import os
from pathlib import Path

import pytest

from mycoder.models.scripted_server import ScriptedServer
from tests.e2e.console import call, repository, say, task
from tests.sampling import sample

pytestmark = pytest.mark.e2e
NAME = "humanevalpack-python.jsonl.gz"
FOLDERS = (Path(os.environ.get("MYCODER_DATA", "data")), Path(__file__).parents[3] / "shared" / "data")
DATA = next((folder / NAME for folder in FOLDERS if (folder / NAME).is_file()), None)
COUNT = 164
QUICK = {"MYCODER_TESTS__BASELINE_SECONDS": "4"}
"""Some of the bugs are endless loops."""
BATCHES = 12


def tasks():
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def files(row):
    test = row["test"].strip() + "\n"
    body, _, last = test.rstrip().rpartition("\n")
    assert last.startswith("check("), "every test of the data ends with the call of its check"
    indented = f"def test_it():\n    {last}\n"
    return {
        "solution.py": row["declaration"] + row["buggy_solution"],
        "test_solution.py": f"from solution import *\nfrom solution import {row['entry_point']}\n\n\n{body}\n\n\n{indented}",
    }


@pytest.mark.skipif(DATA is None, reason=f"{NAME} is not there; set MYCODER_DATA to the folder that holds it")
@pytest.mark.parametrize("batch", range(BATCHES))
@pytest.mark.timeout(900)
async def test_red_to_green(tmp_path, batch):
    rows = tasks()
    assert len(rows) == COUNT
    for row in sample(rows, 4)[batch::BATCHES]:
        name = row["task_id"].replace("/", "-")
        place = {"cwd": repository(tmp_path / name, files(row)), "home": tmp_path / "home" / name}
        edit = {"path": "solution.py", "old": row["buggy_solution"], "new": row["canonical_solution"]}
        script = (call(("edit", edit), ("test", {})), say("It was the one bug that was seeded."))
        async with ScriptedServer(script) as server:
            ran = await task("make the failing test pass", server=server, **place, **QUICK)
        assert ran.code == 0, f"{name}: {ran.err}\n{ran.out[-2000:]}"
        assert ran.report["verified"], name
        first, last = ran.of("TestsRan")[0], ran.of("TestsRan")[-1]
        assert (last["passed"], last.get("failed", 0)) == (1, 0), name
        if not first.get(
            "problem"
        ):  # a bug that never ends is red by its time limit, without a result for the test
            assert ran.report["fixed"] == ["test_solution.py::test_it"], name
