"""The tool read."""

import os
import sys
import time
from pathlib import Path

import pytest

from mycoder.protocol.blocks import Code, Image
from mycoder.tools.read import read
from mycoder.workspace.files import content_hash
from tests.tools.standing import Standing


@pytest.fixture
def at(tmp_path: Path) -> Standing:
    return Standing(tmp_path)


async def test_a_small_file_is_its_numbered_lines_and_nothing_else(at: Standing) -> None:
    at.write("a.py", "one\n\n\tthree\n")
    result = await at.call(read, path="a.py")
    assert result.output == "1\tone\n2\t\n3\t\tthree"
    assert result.blocks == (Code(text="one\n\n\tthree", path="a.py"),)
    assert at.workspace.files.seen("a.py") == content_hash(b"one\n\n\tthree\n")


async def test_a_long_file_comes_in_pages_that_join(at: Standing) -> None:
    at.write("a.txt", "".join(f"line {n}\n" for n in range(1, 1001)))
    seen: list[str] = []
    offset = 1
    while offset:
        output = (await at.call(read, path="a.txt", offset=offset)).output
        lines = output.split("\n")
        seen += [line.partition("\t")[2] for line in lines[:-1]]
        assert "of 1000" in lines[-1]
        offset = int(lines[-1].partition("offset=")[2].rstrip("]") or 0)
    assert seen == [f"line {n}" for n in range(1, 1001)]
    assert lines[-1] == "[lines 801-1000 of 1000, the end]"


async def test_the_end_of_a_file_by_a_negative_offset(at: Standing) -> None:
    at.write("a.txt", "".join(f"{n}\n" for n in range(1, 101)))
    result = await at.call(read, path="a.txt", offset=-2)
    assert result.output == "99\t99\n100\t100\n[lines 99-100 of 100, the end]"
    assert not (await at.call(read, path="a.txt", offset=101)).ok
    assert (await at.call(read, path="a.txt", offset=-500, limit=1)).output.startswith("1\t1\n")
    assert (await at.call(read, path="a.txt", offset=0, limit=0)).output.startswith("1\t1\n[lines 1-1 of 100")


async def test_long_lines_and_heavy_pages_are_cut(at: Standing) -> None:
    at.write("min.js", "x" * 10_000 + "\nshort\n")
    assert (await at.call(read, path="min.js")).output.endswith(
        "… (9500 more characters in this line)\n2\tshort"
    )
    at.write("wide.txt", ("y" * 400 + "\n") * 300)
    result = await at.call(read, path="wide.txt")
    assert len(result.output) < 25_000
    assert "of 300, next: offset=" in result.output


async def test_what_is_peculiar_is_said(at: Standing) -> None:
    at.write("w.txt", "é\r\nb".encode("cp1252"))
    assert (
        await at.call(read, path="w.txt")
    ).output == "1\té\n2\tb\n[cp1252, CRLF; no newline at the end]".replace("; ", ", ")
    at.write("empty", "")
    assert (await at.call(read, path="empty")).output == "empty is empty."


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("nix.py", "does not exist"),
        ("src/App.py", "Did you mean src/app.py?"),
        ("../x", "outside of the project"),
        ("pipe", "not a regular file"),
        ("doc.pdf", "pdftotext"),
        ("x.bin", "binary"),
        ("big16.txt", "iconv"),
    ],
)
async def test_what_cannot_be_read_is_answered(at: Standing, path: str, said: str) -> None:
    at.write("src/app.py", "x\n")
    at.write("doc.pdf", b"%PDF-1.4\x00\x01")
    at.write("x.bin", b"\x00\x01\x02")
    at.write("big16.txt", "no mark".encode("utf-16-le"))
    os.mkfifo(at.root / "pipe")
    result = await at.call(read, path=path)
    assert not result.ok
    assert said in result.output


async def test_a_folder_is_listed(at: Standing) -> None:
    at.write("src/b/c.py", "")
    at.write("src/a.py", "")
    assert (await at.call(read, path="src")).output == "src is a folder with 2 entries:\nb/\na.py"
    for n in range(80):
        at.write(f"many/{n:02}", "")
    assert (await at.call(read, path="many/")).output.endswith("\n59\n… and 20 more")


async def test_an_image_is_for_the_person(at: Standing) -> None:
    picture = at.write("p.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes([0, 0, 2, 128, 0, 0, 1, 224]))
    result = await at.call(read, path="p.png")
    assert "640x480" in result.output
    assert result.blocks == (Image(path=str(picture), media_type="image/png"),)


async def test_outputs_that_were_cut_can_be_paged_and_nothing_else_outside(
    at: Standing, tmp_path: Path
) -> None:
    full = at.spill / "shell-1.txt"
    full.write_text("".join(f"{n}\n" for n in range(900)))
    result = await at.call(read, path=str(full), offset=401, limit=2)
    assert result.output == "401\t400\n402\t401\n[lines 401-402 of 900, next: offset=403]"
    (at.spill / "way").symlink_to(tmp_path)
    (tmp_path / "secret").write_text("s")
    for path in (f"{at.spill}/way/secret", f"{at.spill}/../secret", str(tmp_path / "secret")):
        assert not (await at.call(read, path=path)).ok


async def test_a_symlink_out_of_the_project_may_be_read(at: Standing, tmp_path: Path) -> None:
    (tmp_path / "shared.txt").write_text("shared\n")
    (at.root / "link").symlink_to(tmp_path / "shared.txt")
    assert (await at.call(read, path="link")).output == "1\tshared"


async def test_a_file_too_big_for_memory_is_paged(at: Standing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["mycoder.tools.read"], "MOST_TEXT", 1000)
    at.write("big.log", b"a\xff\n" * 2000 + b"z" * 3_000_000)
    result = await at.call(read, path="big.log", offset=1999, limit=2)
    assert result.output.startswith(
        "1999\ta�\n2000\ta�\n[lines 1999-2000 of 2001, next: offset=2001; too big"
    )
    assert len((await at.call(read, path="big.log", offset=-1)).output) < 1000


@pytest.mark.parametrize("start", [b"", b"text\n" * 3000])
async def test_a_file_without_an_end_to_speak_of_is_not_read_through(at: Standing, start: bytes) -> None:
    sparse = at.workspace.root / "sparse"
    sparse.write_bytes(start)
    os.truncate(sparse, 10 << 30)
    began = time.monotonic()
    result = await at.call(read, path="sparse")
    assert not result.ok
    assert "10.7 GB" in result.output
    assert time.monotonic() - began < 5
