"""Small files that several processes change."""

import os
import stat
import subprocess
import sys

import msgspec
import pytest

from mycoder.config.locked_file import LockedFile


class Tally(msgspec.Struct):
    names: list[str] = []


ADD = """
import sys
from pathlib import Path
from mycoder.config.locked_file import LockedFile
from tests.config.test_locked_file import Tally

file = LockedFile(Path(sys.argv[1]), Tally)
for n in range(25):
    file.change(lambda tally: tally.names.append(f"{sys.argv[2]}{n}"))
"""


def test_processes_that_change_it_at_once_lose_nothing(tmp_path):
    path = tmp_path / "new" / "tally.json"
    running = [subprocess.Popen([sys.executable, "-c", ADD, str(path), name]) for name in "abc"]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    names = LockedFile(path, Tally).read().names
    assert sorted(names) == sorted(f"{name}{n}" for name in "abc" for n in range(25))
    assert sorted(os.listdir(path.parent)) == ["tally.json", "tally.lock"]


def test_it_is_for_its_owner_only(tmp_path):
    file = LockedFile(tmp_path / "tally.json", Tally)
    file.change(lambda tally: tally.names.append("ä"))
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert file.read().names == ["ä"]


@pytest.mark.parametrize("text", [b"", b"{", b"[1]", b"\xff", b'{"names": 3}'])
def test_what_cannot_be_understood_is_empty_and_set_aside(tmp_path, text):
    file = LockedFile(tmp_path / "tally.json", Tally)
    file.path.write_bytes(text)
    assert file.read().names == []
    file.change(lambda tally: tally.names.append("a"))
    assert file.path.with_suffix(".broken").read_bytes() == text
    assert file.read().names == ["a"]


def test_a_change_that_fails_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    file = LockedFile(tmp_path / "tally.json", Tally)
    file.change(lambda tally: tally.names.append("a"))

    def full(_: int) -> None:
        raise OSError(28, "no space")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError):
        file.change(lambda tally: tally.names.append("b"))
    assert file.read().names == ["a"]
    assert sorted(os.listdir(tmp_path)) == ["tally.json", "tally.lock"]
