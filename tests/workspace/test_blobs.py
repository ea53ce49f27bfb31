"""Contents by hash, on disk, by many, half written."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.workspace.blobs import BlobMissing, Blobs
from mycoder.workspace.files import content_hash


def test_contents_come_back_in_this_and_another_process(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path / "b"))
    kept = [b"", b"short", b"long " * 1000, os.urandom(5000), b"\x00" * 100_000]
    keys = [blobs.put(data) for data in kept]
    assert keys == [content_hash(data) for data in kept]
    assert [blobs.get(key) for key in keys] == kept
    assert not (tmp_path / "b").exists()
    blobs.flush()
    other = Blobs(str(tmp_path / "b"))
    assert [other.get(key) for key in keys] == kept
    assert (tmp_path / "b" / "data.0").stat().st_size < 7000


def test_folder_and_files_are_private(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path / "b"))
    blobs.put(b"x")
    blobs.flush(durable=True)
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o700
    assert {p.stat().st_mode & 0o777 for p in (tmp_path / "b").iterdir()} == {0o600}


def test_the_same_content_is_stored_once(tmp_path: Path) -> None:
    first, second = Blobs(str(tmp_path)), Blobs(str(tmp_path))
    first.put(b"x" * 50)
    second.put(b"x" * 50)
    first.flush()
    second.flush()
    assert (tmp_path / "data.0").stat().st_size == 50


@settings(deadline=None, max_examples=40)
@given(st.lists(st.binary(max_size=40), min_size=1, max_size=6), st.integers(0, 400), st.integers(0, 400))
def test_what_a_killed_process_left_half_written_harms_nobody(
    tmp_path_factory: pytest.TempPathFactory, kept: list[bytes], index: int, data: int
) -> None:
    folder = tmp_path_factory.mktemp("blobs")
    blobs = Blobs(str(folder))
    keys = [blobs.put(content) for content in kept]
    blobs.flush()
    with open(folder / "data.0", "ab") as file:
        file.write(random.Random(data).randbytes(data % 60))
    with open(folder / "index.0", "ab") as file:
        file.write(b"\x01" * (index % 32))
    after = Blobs(str(folder))
    new = after.put(b"new content")
    after.flush()
    again = Blobs(str(folder))
    assert [again.get(key) for key in keys] == kept
    assert again.get(new) == b"new content"


def test_damage_and_absence_are_told(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path))
    key = blobs.put(b"content that matters" * 20)
    blobs.flush()
    with pytest.raises(BlobMissing, match="is not in"):
        blobs.get("0" * 32)
    assert not blobs.has("0" * 32)
    with open(tmp_path / "data.0", "r+b") as file:
        file.write(b"?")
    with pytest.raises(BlobMissing, match="damaged"):
        Blobs(str(tmp_path)).get(key)


def test_an_emptied_folder_is_filled_again(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path / "b"))
    blobs.put(b"first")
    blobs.flush()
    for path in (tmp_path / "b").iterdir():
        path.unlink()
    key = blobs.put(b"second")
    blobs.flush()
    assert Blobs(str(tmp_path / "b")).get(key) == b"second"


def test_processes_append_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from mycoder.workspace.blobs import Blobs; b = Blobs(sys.argv[1])\n"
        "for n in range(60): b.put(f'{sys.argv[2]} {n} '.encode() * 9); b.flush()"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), who]) for who in "xyz"]
    assert [process.wait() for process in running] == [0, 0, 0]
    blobs = Blobs(str(tmp_path))
    for who in "xyz":
        for n in range(60):
            data = f"{who} {n} ".encode() * 9
            assert blobs.get(content_hash(data)) == data
