"""The empty folders that a sandbox mounts on come and go: no change of the project, and nothing to undo."""

from pathlib import Path

import pytest

from mycoder.sandbox.names import MASKED
from mycoder.workspace.coverage import PLACEHOLDERS
from mycoder.workspace.workspace import Workspace


@pytest.fixture
def work(tmp_path: Path) -> Workspace:
    root = tmp_path / "project"
    root.mkdir()
    (root / "a.py").write_text("one\n")
    return Workspace(root, tmp_path / "state", "s")


def test_they_are_those_of_the_sandbox() -> None:
    assert frozenset(MASKED) == PLACEHOLDERS


def test_they_come_and_go_unseen(work: Workspace) -> None:
    root = work.root
    with work.journal.around("command", "sh") as around:
        for name in PLACEHOLDERS:
            (root / name).mkdir()
    assert around.entries == ()
    with work.journal.around("command", "sh") as around:
        for name in PLACEHOLDERS:
            (root / name).rmdir()
        (root / "a.py").write_text("two\n")
    assert [(c.path, c.kind) for entry in around.entries for c in entry.changes] == [("a.py", "modified")]
    work.journal.undo()
    assert (root / "a.py").read_text() == "one\n"
    assert not PLACEHOLDERS.intersection(path.name for path in root.iterdir())


def test_what_is_put_into_one_is_seen_and_taken_back(work: Workspace) -> None:
    root = work.root
    (root / ".vscode").mkdir()
    with work.journal.around("command", "sh") as around:
        pass
    with work.journal.around("command", "sh") as around:
        (root / ".vscode/tasks.json").write_text("{}\n")
    assert [c.path for entry in around.entries for c in entry.changes] == [".vscode/tasks.json"]
    work.journal.undo()
    assert not (root / ".vscode/tasks.json").exists()


def test_a_folder_of_the_project_that_becomes_empty_is_still_its_own(work: Workspace) -> None:
    root = work.root
    (root / ".claude").mkdir()
    (root / ".claude/settings.json").write_text("{}\n")
    with work.journal.around("command", "sh") as around:
        (root / ".claude/settings.json").unlink()
    assert len(around.entries) == 1
    with work.journal.around("command", "sh") as around:
        (root / ".claude").rmdir()
    assert len(around.entries) == 1
    work.journal.undo(2)
    assert (root / ".claude/settings.json").read_text() == "{}\n"


def test_an_empty_folder_of_another_name_or_place_is_a_change(work: Workspace) -> None:
    with work.journal.around("command", "sh") as around:
        (work.root / "sub/.vscode").mkdir(parents=True)
    assert len(around.entries) == 1
