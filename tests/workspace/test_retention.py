"""How much of the past is kept."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mycoder.workspace.blobs import BlobMissing, Blobs
from mycoder.workspace.workspace import Workspace


def stored(work: Workspace) -> int:
    return sum(path.stat().st_size for path in (work.state / "blobs").iterdir())


@pytest.fixture
def work(tmp_path: Path) -> Workspace:
    (tmp_path / "project").mkdir()
    work = Workspace(tmp_path / "project", tmp_path / "state", "s")
    for n in range(10):
        with work.journal.change("tool", str(n)) as change:
            change.write("f", f"{n} of many\n".encode() * 3 + bytes([n]) * 50)
    return work


def test_old_entries_go_and_the_rest_can_be_undone(work: Workspace) -> None:
    before = stored(work)
    assert work.journal.prune() == 0
    assert stored(work) == before
    assert work.journal.prune(most=250) > 300
    assert stored(work) < before / 2
    labels = [entry.label for entry in work.journal.entries()]
    assert labels == [str(n) for n in range(10)][-len(labels) :]
    assert 0 < len(labels) < 10
    assert len(work.journal.undo(20).undone) == len(labels)
    assert (work.root / "f").read_bytes().startswith(b"%d of many" % (9 - len(labels)))
    assert len(Workspace(work.root, work.state, "s").journal.redo(20).undone) == len(labels)


def test_what_the_tree_holds_stays(work: Workspace) -> None:
    (work.root / "mine").write_bytes(b"precious")
    with work.journal.around("command", "true"):
        pass
    assert work.journal.prune(days=0) > 0
    assert work.journal.entries() == []
    with work.journal.around("command", "rm") as around:
        (work.root / "mine").unlink()
    assert [change.path for change in around.entries[0].changes] == ["mine"]
    assert not work.journal.undo().refused
    assert (work.root / "mine").read_bytes() == b"precious"


def test_contents_of_looks_that_nobody_needs_go_too(work: Workspace) -> None:
    for _ in range(5):
        (work.root / "edited by hand").write_bytes(os.urandom(400))
        with work.journal.around("command", "true"):
            pass
    assert work.journal.prune() > 1000
    assert len(work.journal.entries()) == 10


def test_nothing_is_forgotten_while_somebody_else_is_here(work: Workspace) -> None:
    code = (
        "import sys; from pathlib import Path; from mycoder.workspace.workspace import Workspace\n"
        "w = Workspace(Path(sys.argv[1]), Path(sys.argv[2]), 'other')\n"
        "with w.journal.around('command', 'x'): pass\n"
        "print('here', flush=True); sys.stdin.readline()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(work.root), str(work.state)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert other.stdin is not None
    assert other.stdout is not None
    assert other.stdout.readline() == b"here\n"
    assert work.journal.prune(days=0) == 0
    other.communicate(b"\n")
    assert work.journal.prune(days=0) > 0


def test_where_nothing_was_kept_nothing_is_made(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    assert Workspace(tmp_path / "project", tmp_path / "state").journal.prune() == 0
    assert not (tmp_path / "state").exists()


def test_contents_survive_what_is_forgotten_beside_them(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path))
    keys = [blobs.put(f"content {n} ".encode() * (n + 1)) for n in range(20)]
    pending = blobs.put(b"not yet written")
    assert blobs.keep_only([*keys[::2], pending, "0" * 32]) > 0
    for reader in (blobs, Blobs(str(tmp_path))):
        assert [reader.get(key) for key in keys[::2]] == [
            f"content {n} ".encode() * (n + 1) for n in range(0, 20, 2)
        ]
        assert reader.get(pending) == b"not yet written"
        with pytest.raises(BlobMissing):
            reader.get(keys[1])
    again = blobs.put(b"content 1 content 1 ")
    blobs.flush()
    assert again == keys[1]
    assert Blobs(str(tmp_path)).get(keys[1])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.1", "index.1"]


def set_back(work: Workspace, seconds: float) -> None:
    noted = work.state / "users.pruned"
    os.utime(noted, (noted.stat().st_mtime - seconds,) * 2)


def test_forgetting_is_due_once_a_day(work: Workspace) -> None:
    assert work.journal.prune_if_due(days=0.0, most=2**20) == 0, "the first time only notes the day"
    assert work.journal.prune_if_due(days=0.0, most=2**20) == 0
    assert len(work.journal.entries()) == 10
    set_back(work, 90_000)
    assert work.journal.prune_if_due(days=0.0, most=2**20) > 0
    assert work.journal.entries() == []


def test_forgetting_is_due_once_an_hour_while_too_much_is_kept(work: Workspace) -> None:
    assert work.journal.prune_if_due(days=30, most=250) == 0
    set_back(work, 4000)
    assert work.journal.prune_if_due(days=30, most=10**9) == 0
    assert work.journal.prune_if_due(days=30, most=250) > 0
    assert work.journal.prune_if_due(days=30, most=1) == 0, "it was tried within the hour"


def test_nothing_is_made_where_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    work = Workspace(tmp_path / "project", tmp_path / "state", "s")
    assert work.journal.prune_if_due(days=1, most=1) == 0
    assert not (tmp_path / "state").exists()
