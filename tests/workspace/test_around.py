"""Commands: what they change is found, journalled and taken back; what a person changes is not theirs."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mycoder.workspace import snapshot as snapshot_module
from mycoder.workspace.entries import JournalEntry
from mycoder.workspace.files import content_hash
from mycoder.workspace.journal_log import JournalError
from mycoder.workspace.pathstate import content
from mycoder.workspace.workspace import Workspace
from tests.workspace.trees import Tree, tree_of


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "pkg" / "sub").mkdir(parents=True)
    (root / "empty" / "er").mkdir(parents=True)
    (root / "a.txt").write_text("a\n")
    (root / ".env").write_text("KEY=1\n")
    (root / "pkg" / "m.py").write_text("x = 1\n")
    (root / "pkg" / "sub" / "n.bin").write_bytes(os.urandom(300))
    (root / "link").symlink_to("a.txt")
    return root


@pytest.fixture
def work(root: Path, tmp_path: Path) -> Workspace:
    return Workspace(root, tmp_path / "state", "s")


def run(work: Workspace, script: str) -> tuple[JournalEntry, ...]:
    with work.journal.around("command", script) as around:
        subprocess.run(["bash", "-c", script], cwd=work.root, check=True)
    return around.entries


def stored(work: Workspace) -> dict[str, int]:
    return {str(p): p.stat().st_size for p in work.state.rglob("*") if p.is_file() and p.stat().st_size}


COMMANDS = {
    "edit": "echo more >> a.txt",
    "same size": "printf 'b\\n' > a.txt",
    "create": "mkdir -p new/deep && echo x > new/deep/f",
    "delete": "rm a.txt .env",
    "delete tree": "rm -r pkg empty",
    "binary": "head -c 5000 /dev/urandom > pkg/sub/n.bin",
    "chmod": "chmod 755 a.txt; chmod 700 pkg",
    "move": "mv pkg moved",
    "swap": "mv a.txt t; mv .env a.txt; mv t .env",
    "links": "ln -sfn pkg link; ln -s nowhere dangling",
    "file for folder": "rm -r pkg; echo x > pkg",
    "folder for file": "rm a.txt; mkdir a.txt; echo x > a.txt/in",
    "link for folder": "mv pkg elsewhere; ln -s elsewhere pkg",
    "hard link": "ln a.txt twin",
    "no permission": "chmod 500 pkg; chmod 000 a.txt",
    "names": "touch $'new\\nline' 'sp ace' $'byte\\xe9'",
    "many": "for i in $(seq 300); do echo $i > f$i; done; rm .env",
    "empty folders": "rmdir empty/er; mkdir one; mkdir one/two",
    "everything": "find . -mindepth 1 -delete",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_undone_and_redone_exactly(work: Workspace, root: Path, name: str) -> None:
    if name == "no permission":
        time.sleep(0.05)  # what was written this instant and can no longer be read may be anything
    start = tree_of(root)
    (entry,) = run(work, COMMANDS[name])
    after = tree_of(root)
    assert after != start
    assert not work.journal.undo().refused
    assert tree_of(root) == start
    assert not work.journal.redo().refused
    assert tree_of(root) == after
    again = Workspace(root, work.state, "s")
    assert [e.id for e in again.journal.undo().undone][0:1]
    assert tree_of(root) == start
    assert entry.label.startswith(COMMANDS[name][:5])


def test_a_command_that_changes_nothing_writes_nothing(work: Workspace) -> None:
    run(work, "true")
    before = stored(work)
    for _ in range(3):
        assert run(work, "cat a.txt; ls -R > /dev/null") == ()
    assert stored(work) == before
    assert work.journal.drain() == []


def test_what_a_person_does_in_between_is_noticed_and_kept(work: Workspace, root: Path) -> None:
    run(work, "true")
    (root / "a.txt").write_text("by hand\n")
    (root / "mine").write_text("new by hand\n")
    with work.journal.around("command", "x") as around:
        (root / "a.txt").write_text("by command\n")
    assert around.noticed == ("a.txt", "mine")
    (entry,) = around.entries
    assert [c.path for c in entry.changes] == ["a.txt"]
    assert not work.journal.undo().refused
    assert (root / "a.txt").read_text() == "by hand\n"
    assert (root / "mine").exists()


def test_undo_leaves_alone_what_a_person_changed_after_a_command(work: Workspace, root: Path) -> None:
    run(work, "echo c > a.txt; echo c > other")
    (root / "a.txt").write_text("by hand\n")
    result = work.journal.undo()
    assert [r.path for r in result.refused] == ["a.txt"]
    assert (root / "other").exists()
    assert (root / "a.txt").read_text() == "by hand\n"


def test_a_change_of_the_same_size_in_the_same_instant_is_seen(work: Workspace, root: Path) -> None:
    for n in range(40):
        with work.journal.around("command", "x") as around:
            (root / "a.txt").write_text(f"{n % 10}\n")
        assert [c.path for e in around.entries for c in e.changes] == ["a.txt"]


def test_a_file_system_with_coarse_times_hides_nothing(
    work: Workspace, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def coarse(status: os.stat_result) -> tuple[int, ...]:
        second = 10**9
        times = (status.st_mtime_ns // second * second, status.st_ctime_ns // second * second)
        return (*times, status.st_size, status.st_ino, status.st_mode)

    monkeypatch.setattr(snapshot_module, "_key", coarse)
    for n in range(20):
        with work.journal.around("command", "x") as around:
            (root / "a.txt").write_text(f"{n % 10}\n")
        assert [c.path for e in around.entries for c in e.changes] == ["a.txt"]


def test_a_file_that_grows_while_it_is_read_is_read_whole(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "log").write_bytes(b"x" * 10_000)
    fstat = os.fstat

    class Smaller:
        st_size = 3

    calls = iter([Smaller])
    monkeypatch.setattr(os, "fstat", lambda descriptor: next(calls, None) or fstat(descriptor))
    assert content(str(root / "log"))[0] == b"x" * 10_000


def test_times_set_back_do_not_hide_a_change(work: Workspace, root: Path) -> None:
    run(work, "true")
    (entry,) = run(
        work, "touch -r a.txt /tmp/.ref$$; printf 'b\\n' > a.txt; touch -r /tmp/.ref$$ a.txt; rm /tmp/.ref$$"
    )
    assert [c.path for c in entry.changes] == ["a.txt"]


def test_touching_without_changing_is_no_change(work: Workspace) -> None:
    run(work, "true")
    assert run(work, "touch a.txt; cp a.txt t; mv t a.txt") == ()


def test_moves_are_told_as_moves(work: Workspace) -> None:
    (entry,) = run(work, "mv pkg/m.py pkg/renamed.py")
    assert [(c.kind, c.path, c.moved_from) for c in entry.changes] == [
        ("moved", "pkg/renamed.py", "pkg/m.py")
    ]


@pytest.mark.parametrize(
    "path",
    [".git/objects/x", "node_modules/m/i.js", "a/__pycache__/m.pyc", ".venv/bin/x", "m.pyc", "my/venv/lib/x"],
)
def test_what_can_be_made_again_is_not_covered(work: Workspace, root: Path, path: str) -> None:
    (root / "my" / "venv").mkdir(parents=True)
    (root / "my" / "venv" / "pyvenv.cfg").write_text("")
    made = run(work, f"mkdir -p $(dirname {path})")
    assert [entry.changes for entry in made] == ([()] if path.startswith("a/") else []), "only the folder a"
    assert run(work, f"mkdir -p $(dirname {path}); echo x > {path}") == ()
    run(work, "true")
    with work.journal.change("tool", "t") as change:
        if not path.startswith(".git/"):
            change.write(path, b"by tool")
    assert run(work, f"echo y > {path}") == ()


def test_build_folders_are_left_out_only_beside_their_build_file(work: Workspace, root: Path) -> None:
    (root / "target").mkdir()
    assert run(work, "echo x > target/f") != ()
    (root / "Cargo.toml").write_text("")
    run(work, "true")
    assert run(work, "echo y > target/f") == ()


def test_files_that_git_ignores_are_covered(work: Workspace, root: Path) -> None:
    (root / ".gitignore").write_text(".env\n")
    (entry,) = run(work, "echo KEY=2 > .env")
    assert [c.path for c in entry.changes] == [".env"]
    work.journal.undo()
    assert (root / ".env").read_text() == "KEY=1\n"


def test_the_state_folder_may_lie_in_the_project(root: Path) -> None:
    work = Workspace(root, root / ".mycoder" / "state", "s")
    run(work, "true")
    assert run(work, "true") == ()
    (entry,) = run(work, "echo x > .mycoder/f")
    assert [c.path for c in entry.changes] == [".mycoder/f"]


def test_big_files_are_not_covered_and_that_is_said(
    work: Workspace, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot_module, "MOST_BYTES", 1000)
    (root / "big").write_bytes(b"0" * 2000)
    (entry,) = run(work, "echo x >> big; echo y >> a.txt; head -c 3000 /dev/zero > grown")
    assert entry.uncovered == ("big",)
    result = work.journal.undo()
    assert [(r.path, r.why) for r in result.left] == [("big", "its content was not kept")]
    assert (root / "a.txt").read_text() == "a\n"
    assert not (root / "grown").exists()
    assert (root / "big").stat().st_size == 2002
    assert not work.journal.redo().refused  # undo has kept what it removed
    assert (root / "grown").stat().st_size == 3000
    monkeypatch.setattr(snapshot_module, "MOST_BYTES", 5000)
    (entry,) = run(work, "rm big")
    assert entry.uncovered == ("big",)


def test_small_files_are_covered_before_big_ones(
    work: Workspace, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot_module, "_MOST_LOOK", 500)
    (root / "big").write_bytes(b"0" * 450)
    (entry,) = run(work, "echo x | tee -a big >> a.txt")
    assert entry.uncovered == ("big",)
    assert [c.path for c in entry.changes] == ["a.txt"]


def test_tools_may_work_while_a_command_runs(work: Workspace, root: Path) -> None:
    start = tree_of(root)
    with work.journal.around("command", "server") as around:
        (root / "a.txt").write_text("server 1\n")
        with work.journal.change("tool", "edit") as change:
            change.write("a.txt", b"tool\n")
        assert change.entry is not None
        (root / "a.txt").write_text("server 2\n")
        with work.journal.around("command", "inner") as inner:
            (root / "pkg" / "m.py").write_text("inner\n")
        (root / "late").write_text("server\n")
    labels = [(e.label, [c.path for c in e.changes]) for e in work.journal.drain()]
    assert labels == [
        ("server", ["a.txt"]),
        ("edit", ["a.txt"]),
        ("server", ["a.txt"]),
        ("inner", ["pkg/m.py"]),
        ("server", ["late"]),
    ]
    assert [e.label for e in inner.entries] == ["inner"]
    assert [e.label for e in around.entries] == ["server"]
    assert not work.journal.undo(5).refused
    assert tree_of(root) == start


def test_a_command_may_come_back_to_what_was_there_before(work: Workspace, root: Path) -> None:
    with work.journal.around("command", "server"):
        (root / "a.txt").write_text("one\n")
        with work.journal.change("tool", "edit") as change:
            change.write("a.txt", b"two\n")
        (root / "a.txt").write_text("one\n")
    assert [e.label for e in work.journal.drain()] == ["server", "edit", "server"]
    assert not work.journal.undo(3).refused
    assert (root / "a.txt").read_text() == "a\n"


def test_another_process_that_edits_is_not_the_command(work: Workspace, root: Path) -> None:
    other = Workspace(root, work.state, "other")
    with work.journal.around("command", "mine") as around:
        with other.journal.change("tool", "theirs") as change:
            change.write("a.txt", b"theirs\n")
        (root / "b").write_text("mine\n")
    assert [c.path for e in around.entries for c in e.changes] == ["b"]
    assert len(work.journal.undo(9).undone) == 1
    assert (root / "a.txt").read_text() == "theirs\n"


def test_entering_in_a_thread_and_leaving_in_another(work: Workspace, root: Path) -> None:
    around = work.journal.around("command", "x")
    thread = threading.Thread(target=around.__enter__)
    thread.start()
    thread.join()
    (root / "a.txt").write_text("x")
    around.__exit__(None, None, None)
    assert len(around.entries) == 1


def test_a_command_that_fails_is_journalled_all_the_same(work: Workspace, root: Path) -> None:
    around = work.journal.around("command", "x")
    around.__enter__()
    (root / "a.txt").write_text("x")
    around.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert len(around.entries) == 1


def test_a_state_folder_that_cannot_be_made_is_told(root: Path, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    work = Workspace(root, tmp_path / "state")
    with pytest.raises(JournalError, match="cannot be kept"), work.journal.around("command", "x"):
        pass


def test_the_next_process_reads_only_what_changed(
    work: Workspace, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    time.sleep(0.05)  # the files have to be older than a tick to be trusted
    run(work, "true")
    work.close()
    read: list[str] = []
    content = snapshot_module.content

    def counted(full: str) -> object:
        read.append(full)
        return content(full)

    monkeypatch.setattr(snapshot_module, "content", counted)
    again = Workspace(root, work.state, "s")
    (entry,) = run(again, "echo x > a.txt")
    assert read == [str(root / "a.txt")]
    assert [c.path for c in entry.changes] == ["a.txt"]
    assert not again.journal.undo().refused


@pytest.mark.parametrize(
    "damage", [b"", b"nonsense\n", b'{"tree":1}\n["a.txt",null', b'{"tree":1}\n[[]]\n\x00\n']
)
def test_a_damaged_memory_of_the_tree_harms_nothing(work: Workspace, root: Path, damage: bytes) -> None:
    run(work, "true")
    work.close()
    (work.state / "tree.jsonl").write_bytes(damage)
    again = Workspace(root, work.state, "s")
    (entry,) = run(again, "rm a.txt")
    assert [c.path for c in entry.changes] == ["a.txt"]
    assert not again.journal.undo().refused
    assert (root / "a.txt").read_text() == "a\n"


def test_unreadable_folders_do_not_look_deleted(work: Workspace, root: Path) -> None:
    time.sleep(0.05)
    run(work, "true")
    with work.journal.around("command", "x") as around:
        (root / "pkg").chmod(0o000)
        if os.access(root / "pkg" / "m.py", os.R_OK):
            pytest.skip("root reads everything")
    try:
        assert [c for e in around.entries for c in e.changes] == []
        assert not work.journal.undo().refused
        assert (root / "pkg").stat().st_mode & 0o777 == 0o755
    finally:
        (root / "pkg").chmod(0o755)


def test_a_killed_command_of_a_killed_process_is_told(root: Path, tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from mycoder.workspace.workspace import Workspace\n"
        "w = Workspace(Path(sys.argv[1]), Path(sys.argv[2]), 'dead')\n"
        "with w.journal.around('command', 'call-7'):\n"
        "    Path(sys.argv[1], 'a.txt').write_text('half done')\n"
        "    Path(sys.argv[1], 'n').write_text('new')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    start: Tree = tree_of(root)
    ran = subprocess.run([sys.executable, "-c", code, str(root), str(tmp_path / "state")], check=False)
    assert ran.returncode == -9
    work = Workspace(root, tmp_path / "state", "dead")
    (recovered,) = work.journal.recover()
    assert (recovered.label, recovered.outcome) == ("call-7", "interrupted")
    assert recovered.changed == ("a.txt", "n")
    (entry,) = work.journal.entries()
    assert entry.is_interrupted
    assert entry.label == "call-7"
    assert work.journal.recover() == []
    assert not work.journal.undo().refused
    assert tree_of(root) == start
    assert content_hash(b"half done") == entry.changes[0].after


def test_a_living_process_is_not_taken_for_dead(work: Workspace, root: Path) -> None:
    other = Workspace(root, work.state, "s2")
    with work.journal.around("command", "x"):
        (root / "a.txt").write_text("x")
        assert other.journal.recover() == []
