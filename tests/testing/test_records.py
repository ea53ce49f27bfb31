"""Reading records: torn, foreign and hostile lines."""

import json
import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.testing import records
from tests.testing.projects import write

LINES = [
    {"t": "begin", "runner": "pytest 8"},
    {"t": "start", "id": "a::one"},
    {"t": "case", "id": "a::one", "outcome": "passed", "seconds": 0.5},
    {"t": "start", "id": "a::two"},
    {"t": "case", "id": "a::two", "outcome": "failed", "message": "é", "frames": [["a.py", 3, "two", "x"]]},
    {"t": "case", "id": "a::two", "outcome": "error", "phase": "teardown", "message": "late"},
    {"t": "start", "id": "a::three"},
]
WHOLE = b"".join(json.dumps(line).encode() + b"\n" for line in LINES)


def read(folder: Path, *contents: bytes) -> records.Records:
    (folder / "records").mkdir(exist_ok=True)
    for number, content in enumerate(contents):
        (folder / "records" / f"{number}.jsonl").write_bytes(content)
    return records.read(folder)


def test_cases_merge_and_what_was_running_is_known(tmp_path):
    found = read(tmp_path, WHOLE)
    assert (found.begun, found.finished) == (1, 0)
    assert found.unfinished == ("a::three",)
    assert found.gathered("").running == "a::three"
    two = found.cases["a::two"]
    assert (two.outcome, two.phase) == ("error", "teardown")
    assert "é" in two.message
    assert "late" in two.message
    assert found.cases["a::one"].seconds == 0.5


def test_several_processes_and_foreign_lines(tmp_path):
    other = b'{"t":"begin"}\nnot json\n[1]\n{"t":"case","id":7}\n{"t":"case","id":"b","outcome":"odd"}\n'
    other += (
        b'{"t":"case","id":"b","outcome":"skipped"}\n{"t":"end","exit":5,"deselected":2}\n\xff\xfe\n'
        + b"[" * 99_999
    )
    found = read(tmp_path, WHOLE, other)
    assert (found.begun, found.finished, found.exit, found.deselected) == (2, 1, 5, 2)
    assert found.cases["b"].outcome == "skipped"


def test_no_records_at_all(tmp_path):
    assert records.read(tmp_path) == records.Records(cases={})


@settings(deadline=None, max_examples=60)
@given(cut=st.integers(0, len(WHOLE)), noise=st.binary(max_size=30))
def test_a_torn_file_gives_what_it_holds(tmp_path_factory, cut, noise):
    folder = tmp_path_factory.mktemp("torn")
    found = read(folder, WHOLE[:cut], noise)
    whole = read(tmp_path_factory.mktemp("whole"), WHOLE)
    assert set(found.cases) <= set(whole.cases)
    # A torn file never turns a failure into a success.
    assert all(case.outcome != "passed" or case.id == "a::one" for case in found.cases.values())


OLD = sorted(Path(pwd.getpwuid(os.getuid()).pw_dir, ".pyenv", "versions").glob("3.*/bin/python"))


@pytest.mark.parametrize("python", [sys.executable, *map(str, OLD)])
def test_the_probe_runs_in_any_python_of_the_last_years(tmp_path, python):
    """unittest needs nothing installed, so every Python of this machine can be asked."""
    records.install(tmp_path)
    project = write(
        tmp_path / "p",
        {
            "test_a.py": "import unittest\nclass T(unittest.TestCase):\n    def test_good(self): pass\n"
            "    def test_bad(self):\n        try:\n            {}['k']\n        except KeyError as e:\n"
            "            raise ValueError('\\ud800') from e\n"
            "    def test_sub(self):\n        for n in range(2):\n            with self.subTest(n=n):\n"
            "                self.assertEqual(n, 0)\n"
        },
    )
    env = {"PATH": os.environ["PATH"], **records.environment(tmp_path, "")}
    argv = [python, "-m", "mycoder_unittest", "--starts", "auto"]
    done = subprocess.run(argv, cwd=project, env=env, capture_output=True, text=True, check=False)
    found = records.read(tmp_path)
    assert {case.id: case.outcome for case in found.cases.values()} == {
        "test_a.T.test_good": "passed",
        "test_a.T.test_bad": "failed",
        "test_a.T.test_sub": "failed",
    }, done.stderr
    assert (found.begun, found.finished, done.returncode) == (1, 1, 1)
    assert "caused by KeyError: 'k'" in found.cases["test_a.T.test_bad"].message


def test_the_environment_is_put_back_for_what_tests_start(tmp_path):
    env = records.environment(tmp_path, "/outer")
    assert env["PYTHONPATH"] == f"{tmp_path}/probe:/outer"
    records.install(tmp_path)
    code = (
        "import os, mycoder_probe; mycoder_probe.open_recorder(); "
        "print([k for k in os.environ if 'MYCODER' in k]); print(os.environ['PYTHONPATH'])"
    )
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "/outer"]


def test_many_failures_are_told_in_short(tmp_path):
    records.install(tmp_path)
    code = (
        "import mycoder_probe as p; r = p.open_recorder()\n"
        "for n in range(2000):\n"
        "    r.write(t='case', id=str(n), outcome='failed', message='m' * 4000, captured='c' * 3000)\n"
    )
    env = records.environment(tmp_path, "")
    subprocess.run([sys.executable, "-c", code], env=env, check=True)
    size = sum(path.stat().st_size for path in (tmp_path / "records").iterdir())
    assert size < 4_000_000
    assert len(records.read(tmp_path).cases) == 2000
