"""The tool write."""

import os
from pathlib import Path

import pytest

from mycoder.tools.read import read
from mycoder.tools.write import write
from tests.tools.standing import Standing


@pytest.fixture
def at(tmp_path: Path) -> Standing:
    return Standing(tmp_path)


async def test_a_new_file_with_its_folders(at: Standing) -> None:
    result = await at.call(write, path="src/new/a.py", content="x = 1\ny = 2\n")
    assert result.output == "created src/new/a.py, 2 lines"
    assert at.bytes_of("src/new/a.py") == b"x = 1\ny = 2\n"
    (entry,) = at.workspace.journal.drain()
    assert (entry.label, entry.cause) == ("call-1", "tool")
    assert result.blocks[0].path == "src/new/a.py"


async def test_a_file_that_was_not_read_is_not_replaced(at: Standing) -> None:
    at.write("a.py", "precious\n")
    result = await at.call(write, path="a.py", content="new\n")
    assert not result.ok
    assert "have not read it" in result.output
    assert at.bytes_of("a.py") == b"precious\n"
    await at.call(read, path="a.py")
    result = await at.call(write, path="a.py", content="new\n")
    assert result.output == "replaced a.py, 1 line\n  - precious\n1 + new"
    assert (await at.call(write, path="a.py", content="newer\n")).ok, "what it wrote itself it has seen"


async def test_a_file_that_changed_since_is_not_replaced(at: Standing) -> None:
    full = at.write("a.py", "one\n")
    await at.call(read, path="a.py")
    full.write_text("by hand\n")
    result = await at.call(write, path="a.py", content="new\n")
    assert not result.ok
    assert "has changed since you read it" in result.output
    assert at.bytes_of("a.py") == b"by hand\n"


async def test_the_same_or_an_empty_file_needs_no_reading(at: Standing) -> None:
    at.write("a.py", "same\n")
    at.write("b.py", "\n")
    assert "nothing was written" in (await at.call(write, path="a.py", content="same\n")).output
    assert (await at.call(write, path="b.py", content="new\n")).ok
    assert len(at.workspace.journal.drain()) == 1


async def test_a_file_keeps_its_form(at: Standing) -> None:
    full = at.write("a.txt", b"\xef\xbb\xbfone\r\ntwo\r\n")
    full.chmod(0o755)
    await at.call(read, path="a.txt")
    await at.call(write, path="a.txt", content="one\n2\nthree")
    assert at.bytes_of("a.txt") == b"\xef\xbb\xbfone\r\n2\r\nthree\r\n"
    assert full.stat().st_mode & 0o777 == 0o755


async def test_a_new_file_is_written_as_it_was_sent(at: Standing) -> None:
    await at.call(write, path="a.bat", content="@echo off\r\nexit\r\n")
    assert at.bytes_of("a.bat") == b"@echo off\r\nexit\r\n"
    await at.call(write, path="b", content="no newline")
    assert at.bytes_of("b") == b"no newline"


async def test_broken_syntax_is_told_but_written(at: Standing) -> None:
    result = await at.call(write, path="a.py", content="def f(:\n    pass\n")
    assert result.ok
    assert "does not parse" in result.output


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("../x", "outside"),
        (".git/hooks/pre-commit", "git"),
        ("folder", "folder"),
        ("bin", "binary"),
        ("A.py", "differs from it only in case"),
        ("a.py/x", "cannot be"),
        ("x" * 300, "too long"),
    ],
)
async def test_what_cannot_be_written_is_answered(at: Standing, path: str, said: str) -> None:
    at.write("folder/x", "")
    at.write("bin", b"\x00")
    at.write("a.py", "")
    before = sorted(os.listdir(at.root))
    result = await at.call(write, path=path, content="new")
    assert not result.ok
    assert said in result.output
    assert sorted(os.listdir(at.root)) == before
    assert at.workspace.journal.drain() == []


async def test_symlinks_and_hard_links_are_told(at: Standing) -> None:
    at.write("real.txt", "one\n")
    (at.root / "link.txt").symlink_to("real.txt")
    os.link(at.root / "real.txt", at.root / "other.txt")
    await at.call(read, path="link.txt")
    result = await at.call(write, path="link.txt", content="two\n")
    assert "link.txt is a symlink: real.txt was changed" in result.output
    assert "2 hard links" in result.output
    assert at.bytes_of("other.txt") == b"one\n"
