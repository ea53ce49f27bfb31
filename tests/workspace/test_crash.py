"""kill -9 at every write: each file is as before or as after, nothing is torn, and recovery tells which."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mycoder.workspace.journal_log import Log, Record
from mycoder.workspace.workspace import Workspace
from tests.workspace.trees import Tree, tree_of

# For each n a process of its own, which dies by SIGKILL right before its n-th call that changes the disk.
CHILD = """
import os, signal, sys
from pathlib import Path
from mycoder.workspace.workspace import Workspace

base, action = Path(sys.argv[1]), sys.argv[2]
WRITES = "open write rename unlink mkdir rmdir chmod fchmod ftruncate symlink pwrite".split()

def killing(n):
    left = [n]
    def wrap(call):
        def called(*args, **kwargs):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **kwargs)
        return called
    for name in WRITES:
        setattr(os, name, wrap(getattr(os, name)))

def work(place):
    return Workspace(place / "project", place / "state", "s")

def act(journal):
    if action == "change":
        with journal.change("tool", "call-1") as change:
            change.write("a.txt", b"after a" * 50)
            change.write("new/deep/n.txt", b"new")
            change.move("m.txt", "moved.txt")
            change.delete("gone.txt")
            change.chmod("run.sh", 0o755)
    elif action == "undo":
        journal.undo(1)
    elif action == "prune":
        journal.prune(days=0)
    else:
        with journal.around("command", "call-1"):
            os.truncate(str(journal._files.root / "a.txt"), 2)

n = 1
while True:
    place = base / str(n)
    if os.fork() == 0:
        w = work(place)
        killing(n)
        act(w.journal)
        os._exit(0)
    _, status = os.wait()
    if status == 0:
        print(n)
        break
    n += 1
"""


def prepare(place: Path, action: str) -> tuple[Tree, Tree]:
    """(tree before the action, tree after it)."""
    root = place / "project"
    root.mkdir(parents=True)
    for name in ("a.txt", "m.txt", "gone.txt", "run.sh"):
        (root / name).write_text(f"before {name}\n")
    before = tree_of(root)
    after = dict(before)
    after["a.txt"] = ("f", 0o644, b"after a" * 50)
    after["new"] = after["new/deep"] = ("d", 0o755, b"")
    after["new/deep/n.txt"] = ("f", 0o644, b"new")
    after["moved.txt"] = after.pop("m.txt")
    after.pop("gone.txt")
    after["run.sh"] = ("f", 0o755, before["run.sh"][2])
    if action == "command":
        return before, before | {"a.txt": ("f", 0o644, b"be")}
    if action == "undo":
        work = Workspace(root, place / "state", "s")
        with work.journal.change("tool", "call-1") as change:
            change.write("a.txt", b"after a" * 50)
            change.write("new/deep/n.txt", b"new")
            change.move("m.txt", "moved.txt")
            change.delete("gone.txt")
            change.chmod("run.sh", 0o755)
        work.close()
        return after, before
    return before, after


@pytest.mark.parametrize("action", ["change", "undo", "command"])
def test_killed_at_every_write(tmp_path: Path, action: str) -> None:
    expected = {n: prepare(tmp_path / str(n), action) for n in range(1, 90)}
    run = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path), action], capture_output=True, text=True, check=True
    )
    points = int(run.stdout)
    assert points > 8
    outcomes: set[str] = set()
    for n in range(1, points + 1):
        before, after = expected[n]
        place = tmp_path / str(n)
        torn = tree_of(place / "project")
        for path in before.keys() | after.keys():
            there = torn.get(path)
            # a mode may come after its content, a move may be half done: never half a content
            assert there is None or there[2] in {t[path][2] for t in (before, after) if path in t}, (n, path)
        assert action == "command" or "m.txt" in torn or "moved.txt" in torn, n
        work = Workspace(place / "project", place / "state", "s")
        recovered = work.journal.recover()
        now = tree_of(place / "project")
        assert now in (before, after), n
        for one in recovered:
            outcomes.add(one.outcome)
            assert one.label == "call-1"
            assert not one.unclear
            assert bool(one.changed) == (now == after) or one.outcome == "interrupted", n
        assert work.journal.recover() == []
        journal = work.journal
        if action == "undo":
            assert len(journal.entries()) == (1 if now == before else 0), n
            assert len(journal.redo(1).undone) == (0 if now == before else 1), n
            assert tree_of(place / "project") == before
        else:
            assert len(journal.entries()) == (1 if now == after else 0), n
            assert not journal.undo(1).refused
            assert tree_of(place / "project") == before, n
    assert outcomes == ({"interrupted"} if action == "command" else {"dropped", "completed"})


def test_killed_while_it_forgets(tmp_path: Path) -> None:
    for n in range(1, 40):
        root = tmp_path / str(n) / "project"
        root.mkdir(parents=True)
        (root / "a").write_text("before\n" * 99)
        work = Workspace(root, root.parent / "state", "s")
        with work.journal.change("tool", "x") as change:
            change.write("a", b"after\n" * 99)
        work.close()
    run = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path), "prune"], capture_output=True, text=True, check=True
    )
    points = int(run.stdout)
    assert points > 5
    counts = []
    for n in range(1, points + 1):
        root = tmp_path / str(n) / "project"
        work = Workspace(root, root.parent / "state", "s")
        assert work.journal.recover() == []
        counts.append(len(work.journal.entries()))
        assert len(work.journal.undo().undone) == counts[-1], n
        assert (root / "a").read_text() == ("before\n" if counts[-1] else "after\n") * 99
        with work.journal.change("tool", "y") as change:
            change.write("b", b"works")
        assert not work.journal.undo().refused
    assert sorted(counts, reverse=True) == counts
    assert set(counts) == {0, 1}


def test_recovery_leaves_alone_what_a_person_changed_since(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (root / "a").write_text("a before")
    (root / "b").write_text("b before")
    work = Workspace(root, tmp_path / "state", "s")
    with work.journal.change("tool", "both") as change:
        change.write("a", b"a after")
        change.write("b", b"b after")
    journal = tmp_path / "state" / "journal.jsonl"
    lines = journal.read_bytes().split(b"\n")
    journal.write_bytes(b"\n".join(lines[:-2]) + b'\n{"op":"en')  # killed before it was closed
    (root / "a").write_text("by hand")
    again = Workspace(root, tmp_path / "state", "s")
    (recovered,) = again.journal.recover()
    assert recovered.outcome == "completed"
    assert (recovered.changed, recovered.unclear) == (("b",), ("a",))
    assert (root / "a").read_text() == "by hand"
    assert not again.journal.undo().refused
    assert (root / "b").read_text() == "b before"


def test_what_a_person_changed_before_it_took_place_is_dropped(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    work = Workspace(root, tmp_path / "state", "s")
    with work.journal.change("tool", "one") as change:
        change.write("a", b"after")
    journal = tmp_path / "state" / "journal.jsonl"
    journal.write_bytes(b"\n".join(journal.read_bytes().split(b"\n")[:-2]) + b"\n")
    (root / "a").write_text("by hand")
    again = Workspace(root, tmp_path / "state", "s")
    (recovered,) = again.journal.recover()
    assert (recovered.outcome, recovered.unclear) == ("dropped", ("a",))
    assert again.journal.entries() == []
    assert (root / "a").read_text() == "by hand"


@pytest.mark.parametrize("cut", range(1, 30, 4))
def test_a_torn_line_is_cut_off(tmp_path: Path, cut: int) -> None:
    root = tmp_path / "project"
    root.mkdir()
    work = Workspace(root, tmp_path / "state", "s")
    for name in "xy":
        with work.journal.change("tool", name) as change:
            change.write(name, b"1")
    work.close()
    journal = tmp_path / "state" / "journal.jsonl"
    data = journal.read_bytes()
    journal.write_bytes(data[:-cut])
    again = Workspace(root, tmp_path / "state", "s")
    again.journal.recover()
    assert [entry.label for entry in again.journal.entries()] == ["x", "y"]
    for line in journal.read_bytes().split(b"\n")[:-1]:
        json.loads(line)
    assert len(again.journal.undo(2).undone) == 2
    assert os.listdir(root) == []


def test_foreign_lines_are_passed_over(tmp_path: Path) -> None:
    log = Log(str(tmp_path / "journal.jsonl"))
    with log.locked():
        log.append(Record("entry", "1", label="kept"))
    with open(tmp_path / "journal.jsonl", "ab") as file:
        file.write(b'\x00\xff\n{"op":7}\n[]\n{"op":"future","id":"2","more":1}\n')
    with log.locked():
        log.append(Record("entry", "3", label="kept too"))
    records, end = log.records()
    assert [(r.op, r.id) for r in records] == [("entry", "1"), ("future", "2"), ("entry", "3")]
    assert log.records(end) == ([], end)
    assert log.unfinished() is None


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log(str(tmp_path / "journal.jsonl"))
    with log.locked():
        log.append(Record("entry", "1"))
        size = log.size()
        write = os.write

        def half(descriptor: int, data: bytes) -> int:
            if len(data) < 20:
                raise OSError(28, "No space left on device")
            return write(descriptor, bytes(data)[: len(data) - 10])

        with monkeypatch.context() as patched:
            patched.setattr(os, "write", half)
            with pytest.raises(OSError, match="No space"):
                log.append(Record("entry", "2"))
    assert log.size() == size
