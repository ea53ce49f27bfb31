"""A second tree of the project: equal to the first one with all that is not committed, and gone afterwards."""

import asyncio
import subprocess
import sys

import pytest

from mycoder.workspace.workspace import Workspace
from mycoder.workspace.worktrees import Worktree, WorktreeError, remove_left


def git(root, *words):
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], cwd=root, check=True)


@pytest.fixture(params=["git", "no git", "no commit"])
def project(tmp_path, request):
    root = tmp_path / "project"
    (root / "pkg").mkdir(parents=True)
    (root / "pkg/a.py").write_text("a = 1\n")
    (root / "gone.py").write_text("gone\n")
    (root / ".gitignore").write_text("build/\n.venv/\n")
    (root / "run.sh").write_text("#!/bin/sh\n")
    (root / "run.sh").chmod(0o755)
    if request.param != "no git":
        git(root, "init", "-q")
    if request.param == "git":
        git(root, "add", "-A")
        git(root, "commit", "-qm", "first")
    (root / "pkg/a.py").write_text("a = 2\n")
    (root / "gone.py").unlink()
    (root / "näu.py").write_text("neu\n")
    (root / "build").mkdir()
    (root / "build/out").write_text("built")
    (root / ".venv").mkdir()
    (root / ".venv/python").write_text("the interpreter")
    return root


def listed_trees(root):
    told = subprocess.run(["git", "worktree", "list"], cwd=root, capture_output=True, text=True, check=True)
    return told.stdout.splitlines()


async def test_the_tree_is_the_project_as_it_stands(project, tmp_path):
    async with Worktree(project, tmp_path / "place") as tree:
        assert (tree.root / "pkg/a.py").read_text() == "a = 2\n"
        assert (tree.root / "näu.py").read_text() == "neu\n"
        assert not (tree.root / "gone.py").exists()
        assert not (tree.root / "build").exists()
        assert (tree.root / "run.sh").stat().st_mode & 0o777 == 0o755
        assert (tree.root / ".venv/python").read_text() == "the interpreter"
        assert tree.worked() == ()
    assert not (tmp_path / "place").exists()
    assert (project / ".venv/python").exists()
    if (project / ".git/HEAD").exists():
        assert len(listed_trees(project)) == 1


async def test_what_was_done_is_carried_over_and_can_be_undone(project, tmp_path):
    workspace = Workspace(project, tmp_path / "state", "s")
    async with Worktree(project, tmp_path / "place") as tree:
        (tree.root / "pkg/a.py").write_text("a = 3\n")
        (tree.root / "new").mkdir()
        (tree.root / "new/b.py").write_text("b\n")
        (tree.root / "näu.py").unlink()
        assert (project / "pkg/a.py").read_text() == "a = 2\n"
        carried = tree.carry(workspace, "c1")
    assert carried.paths == ("new/b.py", "näu.py", "pkg/a.py")
    assert not carried.conflicts
    assert (project / "pkg/a.py").read_text() == "a = 3\n"
    assert (project / "new/b.py").exists()
    assert not (project / "näu.py").exists()
    workspace.journal.undo(1)
    assert (project / "pkg/a.py").read_text() == "a = 2\n"
    assert (project / "näu.py").read_text() == "neu\n"
    assert not (project / "new/b.py").exists()


async def test_a_file_that_changed_meanwhile_is_left_alone_and_told(project, tmp_path):
    workspace = Workspace(project, tmp_path / "state", "s")
    async with Worktree(project, tmp_path / "place") as tree:
        (tree.root / "pkg/a.py").write_text("a = 3\n")
        (tree.root / "run.sh").write_text("#!/bin/sh\ntrue\n")
        (project / "pkg/a.py").write_text("a = 'mine'\n")
        carried = tree.carry(workspace, "c1")
    assert carried.paths == ("run.sh",)
    assert [path for path, _ in carried.conflicts] == ["pkg/a.py"]
    assert (project / "pkg/a.py").read_text() == "a = 'mine'\n"


async def test_a_place_that_is_taken_is_an_error_and_stays(project, tmp_path):
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "file").write_text("somebody's")
    with pytest.raises(WorktreeError, match="no second tree"):
        await Worktree(project, taken).open()
    assert (taken / "file").read_text() == "somebody's"


async def test_trees_of_a_killed_process_are_removed_and_those_of_a_living_one_are_not(project, tmp_path):
    trees = tmp_path / "trees"
    make = (
        "import asyncio, os, sys, pathlib\nfrom mycoder.workspace.worktrees import Worktree\n"
        f"asyncio.run(Worktree(pathlib.Path({str(project)!r}), pathlib.Path({str(trees / 'killed')!r})).open())\n"
        "os._exit(9)\n"
    )
    await asyncio.to_thread(subprocess.run, [sys.executable, "-c", make], check=False)
    assert (trees / "killed/tree/pkg/a.py").exists()
    async with Worktree(project, trees / "alive") as tree:
        assert await remove_left(project, trees) == 1
        assert (tree.root / "pkg/a.py").exists()
    assert list(trees.iterdir()) == []
    assert await remove_left(project, trees / "none") == 0
    if (project / ".git/HEAD").exists():
        assert len(listed_trees(project)) == 1
