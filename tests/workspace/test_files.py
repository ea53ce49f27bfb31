"""Paths that stay inside, and writing whole."""

import os
import socket
import stat
import threading
from pathlib import Path

import pytest

from mycoder.workspace import files as files_module
from mycoder.workspace.files import FileMissing, Files, PathRefused, content_hash
from mycoder.workspace.text import NotText


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("s\n")
    root = tmp_path / "project"
    (root / "src").mkdir(parents=True)
    (root / "src" / "a.py").write_text("x = 1\n")
    (root / ".git").mkdir()
    return root


@pytest.mark.parametrize(
    "path", ["src/a.py", "./src/a.py", "src/../src/a.py", "src//a.py", "new/deep/file.py", "name with ünï"]
)
def test_paths_inside_are_resolved(root: Path, path: str) -> None:
    assert Files(root).resolve(path) == Path(os.path.normpath(root / path))
    assert Files(root).resolve(str(root / path)) == Path(os.path.normpath(root / path))


@pytest.mark.parametrize(
    "path", ["..", "../outside/secret", "src/../../outside/secret", "/etc/passwd", "~/x", "", "a\0b"]
)
def test_paths_outside_are_refused(root: Path, path: str) -> None:
    with pytest.raises(PathRefused):
        Files(root).resolve(path)


def test_a_root_reached_by_a_symlink_takes_both_of_its_names(root: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(root)
    files = Files(tmp_path / "alias")
    assert files.resolve(str(tmp_path / "alias" / "src" / "a.py")) == root / "src" / "a.py"
    assert files.relative(files.resolve(str(root / "src"))) == "src"


def test_a_sibling_whose_name_begins_like_the_root_is_outside(root: Path) -> None:
    with pytest.raises(PathRefused):
        Files(root).resolve(f"{root}-other/x")


def test_symlinks_out_of_the_root_are_refused_for_writing(root: Path, tmp_path: Path) -> None:
    (root / "way").symlink_to(tmp_path / "outside")
    (root / "link").symlink_to(tmp_path / "outside" / "secret")
    files = Files(root)
    for path in ("link", "way/secret", "way/new"):
        with pytest.raises(PathRefused, match="symlink"):
            files.resolve(path, write=True)
        with pytest.raises(PathRefused):
            files.write(path, b"mine")
        assert files.resolve(path, follow_out=True).parent == tmp_path / "outside"
        with pytest.raises(PathRefused):
            files.resolve(path, write=True, follow_out=True)
    assert (tmp_path / "outside" / "secret").read_text() == "s\n"
    with pytest.raises(PathRefused):
        files.locate("way/secret")
    assert files.locate("link") == root / "link"


@pytest.mark.parametrize("path", [".git/config", ".git", "src/.git/hooks/pre-commit", ".GIT/config"])
def test_what_belongs_to_git_is_not_written(root: Path, path: str) -> None:
    with pytest.raises(PathRefused, match="git"):
        Files(root).resolve(path, write=True)
    Files(root).resolve(path)


def test_special_files_are_refused_and_never_opened(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(root / "pipe")
    (root / "loop").symlink_to("loop")
    monkeypatch.chdir(root)  # the path of a socket may have 107 bytes
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("sock")
    for path in ("pipe", "sock", "loop"):
        with pytest.raises(PathRefused):
            Files(root).read(path)


def test_reading_tells_the_form(root: Path) -> None:
    (root / "w.txt").write_bytes(b"\xef\xbb\xbfa\r\nb")
    (root / "w.txt").chmod(0o640)
    file = Files(root).read("w.txt")
    assert (file.text, file.newline, file.bom, file.final_newline) == ("a\nb", "\r\n", True, False)
    assert (file.path, file.mode, file.size) == ("w.txt", 0o640, 7)
    assert file.hash == content_hash(b"\xef\xbb\xbfa\r\nb")


def test_reading_what_is_no_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = Files(root)
    with pytest.raises(NotText, match="folder"):
        files.read("src")
    with pytest.raises(FileMissing, match=r"Did you mean src/a\.py\?"):
        files.read("src/A.py")
    with pytest.raises(FileMissing, match=r"src/a\.py"):
        files.read("a.py")
    with pytest.raises(FileMissing):
        files.read("src/a.py/b")
    monkeypatch.setattr(files_module, "MOST_TEXT", 3)
    with pytest.raises(NotText, match="over"):
        files.read("src/a.py")


def test_writing_keeps_the_mode_and_leaves_nothing_beside(root: Path) -> None:
    (root / "src" / "a.py").chmod(0o755)
    Files(root).write("src/a.py", b"new")
    assert stat.S_IMODE((root / "src" / "a.py").stat().st_mode) == 0o755
    assert (root / "src" / "a.py").read_bytes() == b"new"
    assert os.listdir(root / "src") == ["a.py"]
    old = os.umask(0o027)
    try:
        Files(root).write("deep/er/b", b"", durable=True)
    finally:
        os.umask(old)
    assert stat.S_IMODE((root / "deep" / "er" / "b").stat().st_mode) == 0o640


def test_writing_goes_through_symlinks_inside(root: Path) -> None:
    (root / "link.py").symlink_to("src/a.py")
    Files(root).write("link.py", b"through")
    assert (root / "link.py").is_symlink()
    assert (root / "src" / "a.py").read_bytes() == b"through"


def test_hard_links_are_noticed_and_parted(root: Path) -> None:
    os.link(root / "src" / "a.py", root / "twin")
    files = Files(root)
    assert files.read("twin").links == 2
    files.write("twin", b"other")
    assert (root / "src" / "a.py").read_text() == "x = 1\n"


def test_a_failed_write_changes_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "rename", full)
        with pytest.raises(OSError, match="No space"):
            Files(root).write("src/a.py", b"new")
    assert (root / "src" / "a.py").read_text() == "x = 1\n"
    assert os.listdir(root / "src") == ["a.py"]
    with pytest.raises(PathRefused, match="folder"):
        Files(root).write("src", b"")


def test_nobody_sees_half_a_file(root: Path) -> None:
    files = Files(root)
    versions = [bytes([65 + n]) * 200_000 for n in range(4)]
    files.write("big", versions[0])
    seen: set[bytes] = set()
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            seen.add((root / "big").read_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    for _ in range(10):
        for version in versions:
            files.write("big", version)
    stop.set()
    watcher.join()
    assert seen <= set(versions)


def test_what_was_seen_is_known_by_content(root: Path) -> None:
    files = Files(root)
    assert files.seen("src/a.py") == ""
    files.note_seen("src/a.py", "h")
    assert files.seen("src/a.py") == "h"
    files.forget_seen("src/a.py")
    assert files.seen("src/a.py") == ""


def test_a_twin_differs_only_in_case(root: Path) -> None:
    files = Files(root)
    assert files.twin(root / "src" / "A.py") == "src/a.py"
    assert files.twin(root / "src" / "a.py") == ""
    assert files.twin(root / "src" / "b.py") == ""
