"""Tests in several folders of a repository whose root has none: all are run, and come together as one run."""

import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.repair.outcome import RepairRequest
from mycoder.testing.apportion import apportion
from mycoder.testing.command import TestCommand
from mycoder.testing.detect import FOLDER_LIMIT, detect
from mycoder.testing.selection import SelectionError
from mycoder.testing.several import own_names, part_of, together
from mycoder.workflows.repair import _groups
from mycoder.workflows.repair_groups import by_folder, request_for
from tests.testing.projects import ENV, outcomes, write

GOOD = "def test_a():\n    assert 1 + 1 == 2\n"
BAD = "def helper():\n    raise ValueError('no')\n\n\ndef test_b():\n    helper()\n"
UNIT = "import unittest\nclass T(unittest.TestCase):\n    def test_u(self): pass\n"
TWO = {"services/api/test_one.py": GOOD, "services/web/test_one.py": BAD}


def plain(root, command):
    """The command with the plugins installed here by chance left out of each part."""
    off = ("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    parts = [msgspec.structs.replace(part, env=(*part.env, off)) for part in command.parts]
    return together(parts, root)


def joint(tmp_path, files):
    root = write(tmp_path / "project", files)
    return plain(root, detect(root, "", ENV))


async def test_a_red_test_of_the_second_folder_is_red(make_bench, tmp_path):
    bench = make_bench({}, joint(tmp_path, TWO))
    run = await bench.run()
    assert outcomes(run) == {
        "services/api/test_one.py::test_a": "passed",
        "services/web/test_one.py::test_b": "failed",
    }
    assert (run.is_green, run.complete, run.exit_code, run.problem) == (False, True, 1, "")
    assert run.command.endswith(" in services/api and services/web")
    frames = run.cases["services/web/test_one.py::test_b"].frames
    assert [frame.path for frame in frames] == ["services/web/test_one.py"] * 2
    said = Path(run.path).read_text("utf-8")
    assert "1 failed" in said
    assert "1 passed" in said
    assert "services/web/test_one.py::test_b" in bench.digest(run)


async def test_baseline_comparison_and_staleness_go_by_the_joint_ids(make_bench, tmp_path):
    bench = make_bench({}, joint(tmp_path, TWO))
    before = await bench.run()
    assert bench.bench.baseline is before
    (bench.root / "services/web/test_one.py").write_text(BAD.replace("raise ValueError('no')", "pass"))
    assert bench.bench.is_stale()
    run = await bench.run()
    assert run.is_green
    assert bench.bench.compare(run).fixed == ("services/web/test_one.py::test_b",)
    assert not bench.bench.is_stale()
    (bench.root / "services/api/test_one.py").write_text("def test_a():\n    assert 0\n")
    run = await bench.run()
    assert bench.bench.compare(run).broken == ("services/api/test_one.py::test_a",)


async def test_one_problem_spoils_the_whole(make_bench, tmp_path):
    files = {"a/test_x.py": GOOD, "b/test_x.py": GOOD + "import gone_for_good\n"}
    bench = make_bench({}, joint(tmp_path, files))
    run = await bench.run()
    assert run.problem.startswith("b: tests could not be loaded")
    assert not run.is_green
    assert outcomes(run) == {"a/test_x.py::test_a": "passed", "b/test_x.py": "error"}


async def test_a_folder_that_lacks_something_is_said_and_the_others_run(make_bench, tmp_path):
    root = write(
        tmp_path / "project", {"a/test_x.py": GOOD, "b/package.json": '{"scripts": {"test": "mocha"}}'}
    )
    command = detect(root, "", {"PATH": "/nonexistent", "VIRTUAL_ENV": ENV["VIRTUAL_ENV"]})
    assert not command.missing
    run = await make_bench({}, plain(root, command)).run()
    assert outcomes(run) == {"a/test_x.py::test_a": "passed"}
    assert run.problem.startswith("b: ")
    assert "install Node.js" in run.problem
    assert (run.complete, run.is_green) == (False, False)


async def test_the_time_limit_is_one_for_all(make_bench, tmp_path):
    files = {"a/test_x.py": "import time\ndef test_s():\n    time.sleep(60)\n", "b/test_x.py": GOOD}
    run = await make_bench({}, joint(tmp_path, files)).run(seconds=4)
    assert "a: the tests were stopped at the limit" in run.problem
    assert "b: not run, the 4 s were used up before" in run.problem
    assert not run.complete


@pytest.mark.parametrize(
    ("selection", "ran"),
    [
        (("services/web/test_one.py::test_b",), {"services/web/test_one.py::test_b": "failed"}),
        (("services/api/test_one.py",), {"services/api/test_one.py::test_a": "passed"}),
        (("services/api",), {"services/api/test_one.py::test_a": "passed"}),
        (("-k test_a",), {"services/api/test_one.py::test_a": "passed"}),
        (
            ("test_one.py",),
            {"services/api/test_one.py::test_a": "passed", "services/web/test_one.py::test_b": "failed"},
        ),
    ],
)
async def test_a_selection_goes_where_it_belongs(make_bench, tmp_path, selection, ran):
    run = await make_bench({}, joint(tmp_path, TWO)).run(*selection)
    assert outcomes(run) == ran
    assert run.problem == ""
    assert run.selection == selection
    assert not run.complete


async def test_a_file_of_no_folder_is_a_mistake_that_is_said(make_bench, tmp_path):
    run = await make_bench({"tools/x.py": ""}, joint(tmp_path, TWO)).run("tools/x.py")
    assert "none of the folders with tests (services/api and services/web)" in run.problem


async def test_an_expression_that_meets_no_test_anywhere_proves_nothing(make_bench, tmp_path):
    run = await make_bench({}, joint(tmp_path, TWO)).run("-k nothing_at_all")
    assert "no tests ran" in run.problem


async def test_ids_that_pytest_tells_from_the_root_stay_as_they_are(make_bench, tmp_path):
    files = {"pyproject.toml": "[project]\nname = 'x'\n", **TWO, "setup.py": ""}
    root = write(tmp_path / "project", files)
    parts = [detect(root / f"services/{name}", "", ENV) for name in ("api", "web")]
    bench = make_bench({}, plain(root, together(parts, root)))
    run = await bench.run()
    assert set(run.cases) == {"services/api/test_one.py::test_a", "services/web/test_one.py::test_b"}
    again = await bench.run("services/web/test_one.py::test_b")
    assert outcomes(again) == {"services/web/test_one.py::test_b": "failed"}


async def test_runners_of_several_kinds(make_bench, tmp_path):
    files = {
        "lib/test_x.py": GOOD,
        "old/test_u.py": UNIT,
        "site/Makefile": "test:\n\t@echo '3 passed, 1 failed'; exit 1\n",
    }
    bench = make_bench({}, joint(tmp_path, files))
    run = await bench.run()
    assert set(run.cases) == {"lib/test_x.py::test_a", "old/test_u.T.test_u"}
    assert (run.counts.passed, run.counts.failed, run.exit_code) == (5, 1, 2)
    assert not run.is_green
    again = await bench.run("old/test_u.T.test_u")
    assert outcomes(again) == {"old/test_u.T.test_u": "passed"}


async def test_a_test_that_went_red_by_chance_is_flaky(make_bench, tmp_path):
    flag = tmp_path / "flag"
    flaky = f"import os\ndef test_f():\n    if not os.path.exists({str(flag)!r}):\n        open({str(flag)!r}, 'w')\n        assert 0\n"
    command = joint(tmp_path, {"a/test_x.py": GOOD, "b/test_x.py": flaky})
    run = await make_bench({}, command, rerun_seconds=60).run()
    assert run.flaky == ("b/test_x.py::test_f",)


def test_a_single_folder_is_as_it_was(tmp_path):
    root = write(tmp_path, {"README": "", "services/api/test_one.py": GOOD, "docs/a.md": ""})
    command = detect(root, "", ENV)
    assert command.parts == ()
    assert command.cwd == root / "services/api"


def test_a_root_with_tests_of_its_own_does_not_look_further(tmp_path, monkeypatch):
    root = write(tmp_path, {"test_x.py": GOOD, **TWO})
    looked = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: looked.append(str(path)) or scandir(path))
    assert detect(root, "", ENV).parts == ()
    assert str(root / "services/web") not in looked or len(looked) <= 4
    assert detect(root, "pytest -q", ENV).parts == ()


def test_sixty_folders_have_a_short_text(tmp_path):
    root = write(tmp_path, {f"packages/p{n:02}/test_x.py": GOOD for n in range(60)})
    command = detect(root, "", ENV)
    assert len(command.parts) == 60
    assert command.text.endswith("in packages/p00, packages/p01, packages/p02, packages/p03 and 56 more")
    assert len(command.why) < 1000


async def test_folders_beyond_the_limit_make_a_run_incomplete(make_bench, tmp_path):
    root = write(tmp_path / "project", {"a/test_x.py": GOOD})
    for number in range(FOLDER_LIMIT + 5):
        (root / f"data{number:04}").mkdir()
    command = detect(root, "", ENV)
    run = await make_bench({}, plain(root, command)).run()
    assert f"{6} more were not" in run.problem
    assert not run.is_green
    assert (await make_bench({}, plain(root, command)).run("a/test_x.py")).is_green


def test_what_belongs_to_whom(tmp_path):
    command = joint(tmp_path, {**TWO, "services/api/lib/web/x.py": "", "services/web/test_u.py": UNIT})
    root = command.cwd
    shares = apportion(command.parts, ("services/web/test_u.py::T::test_u", "-k one"), root)
    assert [(share.folder, share.items) for share in shares] == [
        ("services/web", ("test_u.py::T::test_u", "-k one"))
    ]
    shares = apportion(command.parts, ("services",), root)
    assert [share.items for share in shares] == [(), ()]
    assert [share.folder for share in apportion(command.parts, ("test_u.T.test_u",), root)] == [
        "services/web"
    ]
    with pytest.raises(SelectionError):
        apportion(command.parts, ("nowhere/test_x.py::test_y",), root)
    part = part_of(command, "services/web/test_one.py::test_b", root)
    assert part.cwd == root / "services/web"
    assert own_names(part, ["services/web/test_one.py::test_b"], root) == ("test_one.py::test_b",)


async def test_a_group_for_the_repair_belongs_to_one_folder(make_bench, tmp_path):
    command = joint(tmp_path, {"a/test_x.py": BAD, "b/test_x.py": BAD})
    run = await make_bench({}, command).run()
    root, given_up = command.cwd, set()
    while groups := by_folder(_groups(run, given_up, set()), given_up, command, root):
        group = groups[0]
        assert len({name.partition("/")[0] for name in group}) == 1
        given_up.add(frozenset(group))
    assert given_up == {frozenset({"a/test_x.py::test_b"}), frozenset({"b/test_x.py::test_b"})}
    request = request_for(("b/test_x.py::test_b",), run, RepairRequest(), command, root)
    assert (request.folder, request.failing, request.red) == ("b", ("test_x.py::test_b",), ())
    assert request.argv == command.parts[1].argv


def test_everything_missing_says_what_to_do():
    root = Path("/r")
    parts = [
        TestCommand(
            runner="npm", argv=("npm",), cwd=root / name, text="npm test", why="", missing="install npm"
        )
        for name in ("a", "b")
    ]
    assert together(parts, root).missing == "a and b: install npm"


_WORD = st.text("ab_é ", min_size=1, max_size=4).map(lambda text: f"x{text.strip()}")


@given(st.lists(_WORD, min_size=2, max_size=6, unique=True), _WORD, st.integers(0, 5))
@settings(deadline=None, max_examples=60)
def test_an_id_of_a_joint_run_finds_back_to_its_command(folders, file, number):
    root = Path("/nowhere")
    parts = [
        TestCommand(runner="go", argv=("go",), cwd=root / name, text="go test", why="") for name in folders
    ]
    command, part = together(parts, root), parts[number % len(parts)]
    own = f"{file}.go/Test::a b"
    name = f"{part.cwd.name}/{own}"
    assert part_of(command, name, root) is part
    assert own_names(part, [name], root) == (own,)
    assert [(share.part, share.items) for share in apportion(parts, [name], root)] == [(part, (own,))]


def test_folders_below_those_without_tests_are_found_too(tmp_path):
    for path in ("tools/test_b.py", "services/api/test_a.py", "tools/deeper/test_c.py", "docs/notes.md"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("def test_it():\n    assert True\n")
    command = detect(tmp_path)
    assert command is not None
    assert [part.cwd.relative_to(tmp_path).as_posix() for part in command.parts] == ["tools", "services/api"]


async def test_a_folder_that_only_looks_as_if_it_had_tests_spoils_nothing(make_bench):
    made = make_bench(
        {
            "api/test_a.py": "def test_it():\n    assert True\n",
            "common/test_helpers.py": "def helper():\n    return 1\n",
        }
    )
    run = await made.run()
    assert run.is_green, run.problem
    assert run.complete
    assert "common: no tests ran" in run.note
    (made.root / "api" / "test_a.py").write_text("")
    none = await made.run()
    assert not none.is_green
    assert "no tests ran" in none.problem
