import os
from pathlib import Path

import pytest

from mycoder.workspace.instructions import MOST_CHARACTERS, applicable, as_text, note, read


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for path, text in {"AGENTS.md": "top", "a/AGENTS.md": "a", "a/b/c/CLAUDE.md": "c", "d/x.py": ""}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def names(root: Path, path: str) -> list[str]:
    return [str(found.relative_to(root)) for found in applicable(root, path)]


def test_the_nearest_comes_last(root: Path) -> None:
    assert names(root, "a/b/c/new.py") == ["AGENTS.md", "a/AGENTS.md", "a/b/c/CLAUDE.md"]
    assert names(root, "a/b/new.py") == ["AGENTS.md", "a/AGENTS.md"]
    assert names(root, "a") == ["AGENTS.md", "a/AGENTS.md"]
    assert names(root, "d/x.py") == ["AGENTS.md"]
    assert names(root, "nowhere/at/all.py") == ["AGENTS.md"]
    assert applicable(root, root / "a/b") == [root / "AGENTS.md", root / "a/AGENTS.md"]


def test_agents_md_is_preferred(root: Path) -> None:
    (root / "a/CLAUDE.md").write_text("not this")
    assert names(root, "a/x") == ["AGENTS.md", "a/AGENTS.md"]


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x"])
def test_nothing_outside_of_the_root(root: Path, path: str) -> None:
    (root.parent / "AGENTS.md").write_text("outside")
    assert applicable(root, path) == []


def test_symlinks_out_of_the_project_are_left_alone(root: Path) -> None:
    secret = root.parent / "secret"
    secret.write_text("key")
    (root / "d/AGENTS.md").symlink_to(secret)
    (root / "d/CLAUDE.md").symlink_to(root / "AGENTS.md")
    assert names(root, "d/x.py") == ["AGENTS.md", "d/CLAUDE.md"]
    (root / "out").symlink_to(root.parent)
    assert applicable(root, "out/x") == []


def test_a_pipe_does_not_hang(root: Path) -> None:
    os.mkfifo(root / "d/AGENTS.md")
    assert names(root, "d/x.py") == ["AGENTS.md"]
    assert read(root / "d/AGENTS.md", "x") is None


def test_reading_is_bounded_and_says_so(root: Path) -> None:
    (root / "AGENTS.md").write_text("é" * 100_000)
    found = read(root / "AGENTS.md", "AGENTS.md")
    assert found is not None
    assert len(found.text) == MOST_CHARACTERS
    assert found.cut > 80_000
    assert "more characters: read AGENTS.md]\n</instructions>" in as_text(found)


@pytest.mark.parametrize("data", [b"", b" \n\n", b"\xef\xbb\xbf", b"a\0b"])
def test_nothing_to_read(root: Path, data: bytes) -> None:
    (root / "AGENTS.md").write_bytes(data)
    assert read(root / "AGENTS.md", "x") is None
    assert read(root / "missing", "x") is None


def test_bytes_that_are_not_utf8_and_a_byte_order_mark(root: Path) -> None:
    (root / "AGENTS.md").write_bytes(b"\xef\xbb\xbfcaf\xe9\n")
    found = read(root / "AGENTS.md", "x")
    assert found is not None
    assert found.text == "caf\ufffd"


def test_each_file_is_told_once(root: Path) -> None:
    told: list[Path] = [root / "AGENTS.md"]
    text, new = note(root, "a/b/c/x.py", told)
    assert text == (
        '<instructions file="a/AGENTS.md">\na\n</instructions>\n\n'
        '<instructions file="a/b/c/CLAUDE.md">\nc\n</instructions>'
    )
    assert note(root, "a/b/c/y.py", [*told, *new]) == ("", [])
