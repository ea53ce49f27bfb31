"""Output in little memory, and the spill file."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.sandbox.output import Output, SpillFile


@given(st.lists(st.binary(max_size=700), max_size=30), st.integers(min_value=40, max_value=400))
@settings(deadline=None, max_examples=150)
def test_memory_stays_bounded_and_nothing_is_miscounted(pieces: list[bytes], keep: int) -> None:
    output = Output(keep, None, "x")
    for piece in pieces:
        output.feed(piece)
    held = len(output._head) + output._tail_size
    assert held <= 4 * keep + 700
    assert output.total == sum(map(len, pieces))
    text, missing = output.finish()
    assert (missing == 0) == ("bytes left out" not in text)


@given(
    st.lists(
        st.text(st.characters(min_codepoint=32, max_codepoint=126) | st.just("\n"), max_size=300), max_size=30
    )
)
@settings(deadline=None, max_examples=100)
def test_how_it_is_cut_into_pieces_makes_no_difference(pieces: list[str]) -> None:
    whole, cut = Output(200, None, "x"), Output(200, None, "x")
    whole.feed("".join(pieces).encode())
    for piece in pieces:
        cut.feed(piece.encode())
    if whole.total <= 800:
        assert whole.finish() == cut.finish()
    else:
        assert whole.finish()[0].endswith(cut.finish()[0][-100:])


def test_little_output_makes_no_file(tmp_path: Path) -> None:
    output = Output(1000, tmp_path / "spill", "job")
    output.feed(b"few words\n")
    assert output.finish() == ("few words\n", 0)
    assert not (tmp_path / "spill").exists()


def test_what_was_cut_for_the_model_is_whole_in_the_file(tmp_path: Path) -> None:
    """Also when all of it fitted into memory."""
    for lines in (150, 5000):
        output = Output(1000, tmp_path, "job")
        text = "".join(f"{n} line\n" for n in range(lines))
        output.feed(text.encode())
        shown, missing = output.finish()
        assert missing
        assert output.path in shown
        assert Path(output.path).read_text() == text


def test_files_do_not_overwrite_each_other_nor_follow_links(tmp_path: Path) -> None:
    (tmp_path / "job.txt").symlink_to(tmp_path / "victim")
    paths = set()
    for _ in range(3):
        output = Output(1000, tmp_path, "job")
        output.feed(b"x" * 10_000)
        output.finish()
        paths.add(output.path)
    assert len(paths) == 3
    assert not (tmp_path / "victim").exists()


def test_a_full_disk_loses_only_the_middle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(fd: int, data: bytes, at: int) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    output = Output(1000, tmp_path, "job")
    for n in range(3000):
        output.feed(f"{n} line\n".encode())
    text, missing = output.finish()
    assert text.startswith("0 line\n")
    assert text.endswith("2999 line\n")
    assert missing
    assert "No space left" in text
    assert output.path == ""


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    output = Output(1000, tmp_path / "file" / "spill", "job")
    output.feed(b"line\n" * 3000)
    assert "it could not be kept" in output.finish()[0]


@given(st.lists(st.integers(min_value=1, max_value=90), max_size=40))
@settings(deadline=None, max_examples=80)
def test_the_file_keeps_both_ends(tmp_path_factory: pytest.TempPathFactory, sizes: list[int]) -> None:
    folder = tmp_path_factory.mktemp("spill")
    file = SpillFile(folder, "x", limit=200)
    data = bytes(33 + n % 90 for n in range(sum(sizes)))
    at = 0
    for size in sizes:
        file.write(data[at : at + size])
        at += size
    file.close()
    kept = Path(file.path).read_bytes()
    if len(data) <= 200:
        assert kept == data
        return
    head, _, rest = kept.partition(b"\n[... ")
    count, _, tail = rest.partition(b" bytes left out, the disk has a limit too ...]\n")
    assert (head, tail) == (data[:100], data[-100:])
    assert int(count.replace(b",", b"")) == len(data) - 200
    assert os.listdir(folder) == ["x.txt"]


def test_progress_bars_do_not_fill_the_result() -> None:
    output = Output(2000, None, "x")
    for n in range(300):
        output.feed(f"\r\x1b[2K downloading {n}/300".encode())
    output.feed(b"\r\ndone\n")
    assert output.finish()[0] == " downloading 299/300\ndone\n"
