"""The tool edit."""

from pathlib import Path

import pytest

from mycoder.tools.edit import edit
from mycoder.tools.read import read
from tests.tools.standing import Standing

SOURCE = "def f(x):\n    return x + 1\n\n\ndef g(x):\n    return f(x)\n"


@pytest.fixture
def at(tmp_path: Path) -> Standing:
    standing = Standing(tmp_path)
    standing.write("a.py", SOURCE)
    return standing


async def test_an_edit_answers_with_the_lines_as_they_are_now(at: Standing) -> None:
    result = await at.call(edit, path="a.py", old="return x + 1", new="y = x\n    return y")
    assert result.output == (
        "edited a.py\n1   def f(x):\n  -     return x + 1\n2 +     y = x\n3 +     return y\n4\n5"
    )
    assert result.blocks[0].added == 2
    (entry,) = at.workspace.journal.drain()
    assert entry.label == "call-1"
    at.workspace.journal.undo()
    assert at.bytes_of("a.py") == SOURCE.encode()


async def test_several_edits_happen_or_none(at: Standing) -> None:
    good = {"old": "x + 1", "new": "x + 2"}
    result = await at.call(edit, path="a.py", edits=[good, {"old": "nothing like it", "new": "y"}])
    assert not result.ok
    assert result.output.startswith("a.py: edit 2 of 2: old does not occur")
    assert result.output.endswith("None of the edits was made.")
    assert at.bytes_of("a.py") == SOURCE.encode()
    result = await at.call(
        edit,
        path="a.py",
        edits=[good, {"old": "x + 2", "new": "x + 3"}, {"old": "f(x)", "new": "h(x)", "replace_all": True}],
    )
    assert result.ok
    assert at.bytes_of("a.py").decode() == SOURCE.replace("x + 1", "x + 3").replace("f(x)", "h(x)")
    assert len(at.workspace.journal.drain()) == 1


async def test_edits_that_undo_each_other_are_none(at: Standing) -> None:
    edits = [{"old": "x + 1", "new": "x + 2"}, {"old": "x + 2", "new": "x + 1"}]
    assert "undo each other" in (await at.call(edit, path="a.py", edits=edits)).output
    assert not (await at.call(edit, path="a.py")).ok


async def test_a_close_match_is_said(at: Standing) -> None:
    result = await at.call(edit, path="a.py", old="\treturn x + 1\n", new="\treturn x + 2\n")
    assert result.ok
    assert "[whitespace or punctuation differed" in result.output
    assert at.bytes_of("a.py").decode() == SOURCE.replace("x + 1", "x + 2")


async def test_a_file_that_changed_since_it_was_read_is_not_edited_unseen(at: Standing) -> None:
    await at.call(read, path="a.py")
    (at.root / "a.py").write_text(SOURCE.replace("f(x)\n", "f(x) * 2\n"))
    result = await at.call(edit, path="a.py", old="x + 1", new="x + 2")
    assert not result.ok
    assert "has changed since you read it" in result.output
    assert "6\t    return f(x) * 2" in result.output
    assert b"x + 1" in at.bytes_of("a.py")
    assert (await at.call(edit, path="a.py", old="x + 1", new="x + 2")).ok
    (at.root / "a.py").write_text("all different\n")
    result = await at.call(edit, path="a.py", old="x + 2", new="x + 3")
    assert "read it again" in result.output
    await at.call(read, path="a.py")
    assert (await at.call(edit, path="a.py", old="all", new="x")).ok


async def test_what_would_no_longer_parse_is_refused_once(at: Standing) -> None:
    wrong = {"path": "a.py", "old": "    return x + 1\n", "new": "return x + 1\n"}
    result = await at.call(edit, **wrong)
    assert not result.ok
    assert "would no longer parse" in result.output
    assert "2\treturn x + 1" in result.output
    assert at.bytes_of("a.py") == SOURCE.encode()
    assert (await at.call(edit, **wrong)).ok
    assert (await at.call(edit, path="a.py", old="x + 1", new="x + 2")).ok, "it was broken before"


async def test_a_missing_file_is_made_only_of_nothing(at: Standing) -> None:
    assert "does not exist" in (await at.call(edit, path="b.py", old="x", new="y")).output
    assert (await at.call(edit, path="new/b.py", new="y = 1\n")).output.startswith("created new/b.py")
    assert at.bytes_of("new/b.py") == b"y = 1\n"


@pytest.mark.parametrize(
    ("path", "said"),
    [("../x", "outside"), (".git/config", "git"), ("bin", "cannot be edited as text"), ("src", "folder")],
)
async def test_what_cannot_be_edited_is_answered(at: Standing, path: str, said: str) -> None:
    at.write("bin", b"\x00")
    at.write("src/x", "")
    result = await at.call(edit, path=path, old="a", new="b")
    assert not result.ok
    assert said in result.output


async def test_the_form_of_the_file_is_kept(at: Standing) -> None:
    full = at.write("w.txt", "eins\r\nzwei ü\nlast".encode("cp1252"))
    full.chmod(0o600)
    assert (await at.call(edit, path="w.txt", old="eins\nzwei", new="one\nnew\ntwo")).ok
    assert at.bytes_of("w.txt") == "one\r\nnew\ntwo ü\nlast".encode("cp1252")
    assert full.stat().st_mode & 0o777 == 0o600
    result = await at.call(edit, path="w.txt", old="two", new="→")
    assert not result.ok
    assert "cp1252" in result.output


async def test_emptying_a_file_is_said(at: Standing) -> None:
    at.write("t.txt", "one\n")
    assert "[the file is empty now]" in (await at.call(edit, path="t.txt", old="one\n", new="")).output
    assert at.bytes_of("t.txt") == b""


async def test_a_big_edit_is_not_echoed(at: Standing) -> None:
    new = "".join(f"line {n}\n" for n in range(500))
    at.write("t.txt", "here\n")
    result = await at.call(edit, path="t.txt", old="here\n", new=new)
    assert len(result.output) < 400
    assert "492 more lines" in result.output
