import os
import stat
from pathlib import Path

import pytest

from mycoder.agent.checkpoint import FORMAT, Checkpoint
from mycoder.agent.notes import Note
from mycoder.protocol.events import CheckpointMade
from mycoder.session.checkpoints import Checkpoints


@pytest.fixture
def shelf(tmp_path):
    return Checkpoints(tmp_path / "state/checkpoints/s", tmp_path / "state/outputs/s")


def made(step=1, **more):
    return Checkpoint(format=FORMAT, step=step, reason="20% of the window", words=("grüß Gott 漢字",), **more)


def test_what_is_saved_is_found(shelf):
    checkpoint = made(note=Note("intent", ("a",), (), "next", 3))
    mark = shelf.save(checkpoint)
    assert shelf.newest([mark]) == checkpoint
    assert mark.checkpoint == "checkpoint-1.json"
    file = shelf.folder / mark.checkpoint
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_five_are_kept(shelf):
    marks = [shelf.save(made(step)) for step in range(9)]
    assert sorted(p.name for p in shelf.folder.iterdir()) == [f"checkpoint-{n}.json" for n in range(5, 10)]
    assert shelf.newest(marks).step == 8


@pytest.mark.parametrize("harm", ["torn", "gone", "changed", "empty", "folder"])
def test_a_broken_one_falls_back_to_the_one_before(shelf, harm):
    marks = [shelf.save(made(step)) for step in range(3)]
    file = shelf.folder / marks[-1].checkpoint
    match harm:
        case "torn":
            file.write_bytes(file.read_bytes()[:40])
        case "gone":
            file.unlink()
        case "changed":
            file.write_bytes(file.read_bytes().replace(b"20%", b"21%"))
        case "empty":
            file.write_bytes(b"")
        case "folder":
            file.unlink()
            file.mkdir()
    assert shelf.newest(marks).step == 1


def test_a_file_without_a_watermark_does_not_count(shelf):
    first = shelf.save(made(1))
    shelf.save(made(2))
    assert shelf.newest([first]).step == 1
    assert shelf.newest([]) is None


def test_names_that_lead_elsewhere_are_not_followed(shelf, tmp_path):
    (tmp_path / "checkpoint-1.json").write_bytes(b"{}")
    assert shelf.load(CheckpointMade(checkpoint="../../../checkpoint-1.json", digest="x")) is None
    assert shelf.load(CheckpointMade(checkpoint="/etc/passwd", digest="x")) is None


def test_one_of_a_newer_mycoder_is_left_alone(shelf):
    old = shelf.save(made(1))
    new = shelf.save(Checkpoint(format=FORMAT + 1, step=2, reason="later"))
    assert shelf.newest([old, new]).step == 1


def test_a_link_in_the_place_of_the_unfinished_file_is_not_followed(shelf, tmp_path):
    shelf.save(made(1))
    target = tmp_path / "precious"
    target.write_text("mine")
    os.symlink(target, shelf.folder / "checkpoint-2.part")
    with pytest.raises(OSError, match="checkpoint-2"):
        shelf.save(made(2))
    assert target.read_text() == "mine"


def test_what_a_rebuild_takes_out_is_kept(shelf):
    path = shelf.keep("all of it \udcff", 3)
    assert path.endswith("before-rebuild-3.txt")
    assert Path(path).read_text(encoding="utf-8") == "all of it ?"


def test_all_of_it_is_forgotten_with_the_session(shelf):
    shelf.save(made(1))
    shelf.keep("text", 1)
    shelf.forget()
    shelf.forget()
    assert not shelf.folder.exists()
    assert shelf.newest([]) is None
