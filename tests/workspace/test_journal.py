"""Changes by tools, and taking them back."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.workspace.commit import ContentChanged
from mycoder.workspace.files import FileMissing, PathRefused, content_hash
from mycoder.workspace.journal_log import JournalError
from mycoder.workspace.pending import Pending
from mycoder.workspace.workspace import Workspace
from tests.workspace.trees import tree_of


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "src").mkdir(parents=True)
    (root / "src" / "a.py").write_text("one\ntwo\n")
    (root / "b.bin").write_bytes(b"\x00\xff")
    return root


@pytest.fixture
def work(root: Path, tmp_path: Path) -> Workspace:
    return Workspace(root, tmp_path / "state", "s")


def put_together(work: Workspace, steps: Callable[[Pending], object]) -> None:
    with work.journal.change("tool", "x") as change:
        steps(change)


def write(work: Workspace, path: str, data: bytes, label: str = "w") -> None:
    with work.journal.change("tool", label) as change:
        change.write(path, data)


def test_nothing_happens_before_the_end_of_the_block(work: Workspace, root: Path, tmp_path: Path) -> None:
    with work.journal.change("tool", "x") as change:
        change.write("src/a.py", b"new")
        change.delete("b.bin")
        assert (root / "src" / "a.py").read_text() == "one\ntwo\n"
    assert change.entry is not None
    assert [(c.path, c.kind) for c in change.entry.changes] == [
        ("src/a.py", "modified"),
        ("b.bin", "deleted"),
    ]
    assert not (root / "b.bin").exists()
    before = tree_of(root)
    with pytest.raises(ZeroDivisionError):
        put_together(work, lambda change: (change.write("src/a.py", b"other"), 1 / 0))
    assert tree_of(root) == before


def test_one_entry_tells_its_files_and_lines(work: Workspace) -> None:
    write(work, "src/a.py", b"one\n2\nthree\n", "call-1")
    (entry,) = work.journal.drain()
    assert (entry.cause, entry.label, entry.session) == ("tool", "call-1", "s")
    (change,) = entry.changes
    assert (change.path, change.kind, change.added, change.removed) == ("src/a.py", "modified", 2, 1)
    assert change.before == content_hash(b"one\ntwo\n")
    assert change.after == content_hash(b"one\n2\nthree\n")
    assert work.journal.drain() == []


def test_what_is_so_already_makes_no_entry(work: Workspace, tmp_path: Path) -> None:
    write(work, "src/a.py", b"one\ntwo\n")
    assert work.journal.drain() == []


def test_undo_and_redo_restore_everything(work: Workspace, root: Path) -> None:
    (root / "src" / "a.py").chmod(0o755)
    os.symlink("a.py", root / "src" / "link")
    start = tree_of(root)
    write(work, "new/deep/c.txt", b"c")
    with work.journal.change("tool", "many") as change:
        change.move("src/a.py", "src/moved.py")
        change.delete("src/link")
        change.chmod("b.bin", 0o600)
        change.write("b.bin", b"text now\n")
    middle = tree_of(root)
    assert middle["src/moved.py"] == start["src/a.py"]
    assert middle["b.bin"] == ("f", 0o600, b"text now\n")
    undone = work.journal.undo(2)
    assert [entry.label for entry in undone.undone] == ["many", "w"]
    assert tree_of(root) == start
    assert not undone.refused
    assert work.journal.diff() == []
    assert len(work.journal.redo(5).undone) == 2
    assert tree_of(root) == middle
    assert [e.cause for e in work.journal.drain()] == ["tool", "tool", "undo", "undo", "redo", "redo"]


def test_a_new_change_ends_what_could_be_redone(work: Workspace) -> None:
    write(work, "x", b"1")
    work.journal.undo()
    write(work, "y", b"2")
    assert work.journal.redo().undone == ()


def test_undo_refuses_what_somebody_else_has_changed(work: Workspace, root: Path) -> None:
    with work.journal.change("tool", "two files") as change:
        change.write("src/a.py", b"agent")
        change.write("c", b"agent")
    (root / "src" / "a.py").write_text("person")
    before = tree_of(root)
    result = work.journal.undo()
    assert result.undone == ()
    assert [(r.path, r.why) for r in result.refused] == [
        ("src/a.py", "has other content than was left there")
    ]
    assert tree_of(root) == before  # also the file that nobody touched
    (root / "src" / "a.py").write_text("agent")
    assert work.journal.undo().refused == ()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda p: p.unlink(), "is gone since"),
        (lambda p: (p.unlink(), p.mkdir()), "a folder is there now, where a file was left"),
        (lambda p: (p.unlink(), p.symlink_to("x")), "a symlink is there now"),
        (lambda p: (p.unlink(), os.mkfifo(p)), "a pipe, socket or device is there now"),
    ],
)
def test_undo_says_what_is_there_instead(work: Workspace, root: Path, spoil: object, why: str) -> None:
    write(work, "src/a.py", b"agent")
    assert callable(spoil)
    spoil(root / "src" / "a.py")
    (refusal,) = work.journal.undo().refused
    assert why in refusal.why


def test_undo_of_a_deletion_refuses_a_file_that_came_back(work: Workspace, root: Path) -> None:
    with work.journal.change("tool", "rm") as change:
        change.delete("b.bin")
    (root / "b.bin").write_text("mine")
    (refusal,) = work.journal.undo().refused
    assert refusal.why == "a file is there now"
    assert (root / "b.bin").read_text() == "mine"


def test_one_entry_can_be_taken_back_alone(work: Workspace, root: Path) -> None:
    write(work, "src/a.py", b"agent", "first")
    write(work, "c", b"agent", "second")
    (root / "c").write_text("person")
    first = work.journal.entries()[0].id
    result = work.journal.undo(entries=[first, "nonsense"])
    assert [entry.label for entry in result.undone] == ["first"]
    assert [r.path for r in result.refused] == ["nonsense"]
    assert (root / "src" / "a.py").read_text() == "one\ntwo\n"


def test_permissions_that_a_person_changed_stay(work: Workspace, root: Path) -> None:
    write(work, "src/a.py", b"agent")
    (root / "src" / "a.py").chmod(0o755)
    assert not work.journal.undo().refused
    assert tree_of(root)["src/a.py"] == ("f", 0o755, b"one\ntwo\n")
    with work.journal.change("tool", "chmod") as change:
        change.chmod("src/a.py", 0o700)
    (root / "src" / "a.py").chmod(0o711)
    (refusal,) = work.journal.undo().refused
    assert "711" in refusal.why


def test_folders_that_are_in_use_stay(work: Workspace, root: Path) -> None:
    write(work, "new/deep/c", b"c")
    (root / "new" / "mine").write_text("m")
    assert not work.journal.undo().refused
    assert "new/deep" not in tree_of(root)
    assert tree_of(root)["new/mine"][2] == b"m"


def test_a_file_that_changed_meanwhile_is_not_overwritten(work: Workspace, root: Path) -> None:
    seen = content_hash(b"one\ntwo\n")

    def steps(change: Pending) -> None:
        change.write("new", b"n")
        change.write("src/a.py", b"agent", expect=seen)
        (root / "src" / "a.py").write_text("person")

    with pytest.raises(ContentChanged):
        put_together(work, steps)
    assert (root / "src" / "a.py").read_text() == "person"
    assert not (root / "new").exists()


def test_a_folder_that_becomes_a_symlink_meanwhile_leads_nowhere(
    work: Workspace, root: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()

    def steps(change: Pending) -> None:
        change.write("src/new.py", b"agent")
        (root / "src").rename(root / "was")
        (root / "src").symlink_to(outside)

    with pytest.raises(PathRefused, match="symlink now"):
        put_together(work, steps)
    assert os.listdir(outside) == []


def test_writing_what_appeared_meanwhile_is_refused(work: Workspace, root: Path) -> None:
    def steps(change: Pending) -> None:
        change.write("new", b"n", expect="")
        (root / "new").write_text("person")

    with pytest.raises(ContentChanged):
        put_together(work, steps)
    assert (root / "new").read_text() == "person"


def test_bad_paths_are_refused_before_anything_happens(work: Workspace, root: Path, tmp_path: Path) -> None:
    (root / "out").symlink_to(tmp_path)
    before = tree_of(root)
    for bad in ("../x", "out/x", ".git/config", "src"):
        with pytest.raises(PathRefused):
            put_together(work, lambda change, bad=bad: (change.write("good", b"g"), change.write(bad, b"b")))
    for absent in ("nix", "src/nix"):
        with pytest.raises(FileMissing):
            put_together(work, lambda change, absent=absent: change.delete(absent))
    with pytest.raises(PathRefused, match="folder"):
        put_together(work, lambda change: change.delete("src"))
    with pytest.raises(PathRefused, match="exists already"):
        put_together(work, lambda change: change.move("src/a.py", "b.bin"))
    with pytest.raises(PathRefused, match="is a file"):
        put_together(work, lambda change: change.write("b.bin/x", b""))
    assert tree_of(root) == before


def test_a_folder_that_became_a_symlink_leads_nowhere(work: Workspace, root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.py").write_text("agent")
    write(work, "src/a.py", b"agent")
    with work.journal.change("tool", "rm") as change:
        change.delete("b.bin")
    work.journal.undo()
    (root / "src" / "a.py").unlink()
    (root / "src").rmdir()
    (root / "src").symlink_to(outside)
    assert work.journal.undo().refused
    assert (outside / "a.py").read_text() == "agent"


def test_a_failure_in_the_middle_takes_all_of_it_back(
    work: Workspace, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree_of(root)
    rename, done = os.rename, []

    def fails_at_third(source: str, target: str, **folders: int) -> None:
        done.append(target)
        if len(done) == 3:
            raise OSError(13, "Permission denied")
        rename(source, target, **folders)

    monkeypatch.setattr(os, "rename", fails_at_third)
    with pytest.raises(OSError, match="denied"):
        put_together(work, lambda change: [change.write(n, b"x") for n in ("n1/f", "n2/f", "src/a.py")])
    monkeypatch.undo()
    assert tree_of(root) == before
    assert work.journal.entries() == []
    write(work, "after", b"works")
    assert [entry.changes[0].path for entry in work.journal.entries()] == ["after"]


def test_sessions_undo_only_their_own(root: Path, tmp_path: Path) -> None:
    one, two = (Workspace(root, tmp_path / "state", name) for name in ("one", "two"))
    write(one, "x", b"1")
    write(two, "y", b"2")
    assert [entry.session for entry in one.journal.undo(5).undone] == ["one"]
    assert not (root / "x").exists()
    assert (root / "y").exists()
    assert [d.path for d in one.journal.diff(everyone=True)] == ["y"]
    assert one.journal.diff() == []
    assert len(one.journal.undo(everyone=True).undone) == 1
    assert not (root / "y").exists()
    assert two.journal.redo().undone[0].changes[0].path == "y"


def test_another_process_can_undo(root: Path, tmp_path: Path, work: Workspace) -> None:
    write(work, "src/a.py", b"agent")
    work.close()
    code = (
        "import sys; from pathlib import Path; from mycoder.workspace.workspace import Workspace\n"
        "w = Workspace(Path(sys.argv[1]), Path(sys.argv[2]), 's'); print(len(w.journal.undo().undone))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(root), str(tmp_path / "state")], capture_output=True, check=True
    )
    assert run.stdout == b"1\n"
    assert (root / "src" / "a.py").read_text() == "one\ntwo\n"
    assert work.journal.redo().undone


def test_processes_change_files_at_once(root: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from mycoder.workspace.workspace import Workspace\n"
        "w = Workspace(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])\n"
        "for n in range(25):\n"
        "    with w.journal.change('tool', str(n)) as c: c.write(f'{sys.argv[3]}{n % 5}', f'{n}'.encode())\n"
    )
    start = tree_of(root)
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(root), str(tmp_path / "state"), who])
        for who in "xyz"
    ]
    assert [process.wait() for process in running] == [0, 0, 0]
    work = Workspace(root, tmp_path / "state", "reader")
    assert len(work.journal.entries(everyone=True)) == 75
    result = work.journal.undo(75, everyone=True)
    assert not result.refused
    assert tree_of(root) == start


def test_the_net_change_is_told_as_diffs(work: Workspace, root: Path) -> None:
    write(work, "src/a.py", b"one\n2\n")
    write(work, "src/a.py", b"one\n2\n3\n")
    write(work, "b.bin", b"\x00\x01")
    write(work, "empty", b"")
    with work.journal.change("tool", "x") as change:
        change.write("gone", b"g")
    with work.journal.change("tool", "x") as change:
        change.delete("gone")
        change.chmod("src/a.py", 0o755)
    (root / "src" / "a.py").write_text("one\n2\n3\nby hand\n")
    diffs = {diff.path: diff for diff in work.journal.diff()}
    assert list(diffs) == ["b.bin", "empty", "src/a.py"]
    assert diffs["b.bin"].text == "Binary files a/b.bin and b/b.bin differ\n"
    assert diffs["empty"].text == "empty: added\n"
    assert diffs["src/a.py"].text.startswith("old mode 100644\nnew mode 100755\n--- a/src/a.py\n")
    assert diffs["src/a.py"].text.endswith("@@ -1,2 +1,4 @@\n one\n-two\n+2\n+3\n+by hand\n")
    assert (diffs["src/a.py"].added, diffs["src/a.py"].removed) == (3, 1)


def test_names_that_are_not_utf_8(work: Workspace, root: Path) -> None:
    name = os.fsdecode(b"caf\xe9")
    start = tree_of(root)
    write(work, name, b"x", label=f"write {name}")
    assert (root / name).exists()
    again = Workspace(root, work.state, "s")
    assert not again.journal.undo().refused
    assert tree_of(root) == start


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.binary(max_size=40)), max_size=6))
def test_any_bytes_go_there_and_back(
    tmp_path_factory: pytest.TempPathFactory, writes: list[tuple[str, bytes]]
) -> None:
    base = tmp_path_factory.mktemp("trip")
    (base / "root").mkdir()
    work = Workspace(base / "root", base / "state")
    states = [tree_of(work.root)]
    for path, data in writes:
        write(work, path, data)
        states.append(tree_of(work.root))
    count = len(work.journal.entries())
    distinct = [s for n, s in enumerate(states) if n == 0 or s != states[n - 1]]
    assert count == len(distinct) - 1
    for expected in distinct[-2::-1]:
        work.journal.undo()
        assert tree_of(work.root) == expected
    for expected in distinct[1:]:
        work.journal.redo()
        assert tree_of(work.root) == expected


def test_journal_and_contents_are_private(work: Workspace) -> None:
    write(work, "x", b"secret")
    state = work.state
    modes = {str(p.relative_to(state)): p.stat().st_mode & 0o777 for p in [state, *state.rglob("*")]}
    assert {mode for path, mode in modes.items() if (state / path).is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if (state / path).is_file()} == {0o600}


def test_a_journal_of_the_future_is_left_alone(work: Workspace) -> None:
    work.state.mkdir()
    (work.state / "journal.jsonl").write_text('{"format":2}\n')
    with pytest.raises(JournalError, match="newer"):
        write(work, "x", b"1")
    assert not (work.root / "x").exists()


def test_a_journal_that_cannot_be_kept_stops_the_change(work: Workspace) -> None:
    work.state.write_text("a file where the folder should be")
    with pytest.raises((JournalError, OSError)):
        write(work, "x", b"1")
    assert not (work.root / "x").exists()


def test_nothing_is_made_before_the_first_change(work: Workspace) -> None:
    assert work.journal.recover() == []
    assert work.journal.diff() == []
    assert work.journal.undo().undone == ()
    assert work.journal.drain() == []
    work.close()
    assert not (work.state / "blobs").exists()


def repository(folder: Path) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "protocol.file.allow=always"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "f").write_text("committed\n")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "start"]):
        subprocess.run([*git, *words], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize("place", ["repository", "worktree", "submodule", "subfolder"])
@pytest.mark.parametrize("between", ["commit", "rebase", "checkout", "reset"])
def test_undo_after_what_a_person_does_with_git(tmp_path: Path, place: str, between: str) -> None:
    """git moves on between the change and its undo: the person's bytes stay, or the undo is refused."""
    main, work_in = tmp_path / "main", tmp_path / "main"
    repository(main)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "protocol.file.allow=always"]
    match place:
        case "worktree":
            work_in = tmp_path / "tree"
            subprocess.run([*git, "worktree", "add", "-q", str(work_in)], cwd=main, check=True)
        case "submodule":
            repository(tmp_path / "other")
            words = [*git, "submodule", "add", "-q", str(tmp_path / "other"), "sub"]
            subprocess.run(words, cwd=main, check=True, capture_output=True)
            work_in = main / "sub"
        case "subfolder":
            work_in = main / "src"
            work_in.mkdir()
            (work_in / "f").write_text("committed\n")
    work = Workspace(work_in, tmp_path / "state", "s")
    (work_in / "mine").write_bytes(b"\0untracked and mine")
    with work.journal.change("tool", "x") as change:
        change.write("f", b"agent\n")
        change.write("new", b"agent too\n")
    commands = {
        "commit": [["add", "-A"], ["commit", "-qm", "agent's work"]],
        "rebase": [["add", "-A"], ["commit", "-qm", "two"], ["rebase", "-q", "--root"]],
        "checkout": [["checkout", "-q", "-b", "side"], ["add", "-A"], ["commit", "-qm", "side"]],
        "reset": [["reset", "-q"]],
    }[between]
    for words in commands:
        subprocess.run([*git, *words], cwd=work_in, check=True, capture_output=True)
    (work_in / "by hand").write_text("a person\n")
    result = work.journal.undo()
    assert not result.refused
    assert (work_in / "f").read_text() == "committed\n"
    assert not (work_in / "new").exists()
    assert (work_in / "mine").read_bytes() == b"\0untracked and mine"
    assert (work_in / "by hand").read_text() == "a person\n"
    assert not work.journal.redo().refused
    (work_in / "f").write_text("a person's\n")
    assert work.journal.undo().refused
    assert (work_in / "f").read_text() == "a person's\n"


def test_a_huge_file_is_refused_and_not_read(work: Workspace, root: Path) -> None:
    with open(root / "huge", "wb") as file:
        file.truncate(20 << 30)
    for change in (
        lambda pending: pending.write("huge", b"x"),
        lambda pending: pending.delete("huge"),
        lambda pending: pending.move("huge", "moved"),
        lambda pending: pending.chmod("huge", 0o600),
    ):
        with pytest.raises(PathRefused, match="more than undo can keep"), work.journal.change() as pending:
            change(pending)
    assert (root / "huge").stat().st_size == 20 << 30
