"""A log that was damaged is read as far as it is whole, in bounded memory, and never made worse by reading."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.protocol.events import TextAdded, ToolFinished
from mycoder.session.big_lines import MOST
from mycoder.session.store import BIG, LONGEST, StoreError, whole_lines
from tests.session.test_store import plain, written


def log_of(tmp_path: Path, session: str) -> Path:
    return tmp_path / "sessions" / f"{session}.jsonl"


def test_an_event_behind_a_block_of_nul_is_not_lost(tmp_path):
    store, session = written(tmp_path, TextAdded(text="a"))
    with log_of(tmp_path, session).open("ab") as file:
        file.write(b"\0" * 4096)
        file.write(b'{"type":"TextAdded","text":"b"}\n')
    assert plain(store.read(session)) == [TextAdded(text="a"), TextAdded(text="b")]


@pytest.mark.parametrize(
    "line", [b'{"type":"TextAdded","text":"\\ud800"}\n', b'{"type":"TextAdded","text":"\xed\xa0\x80"}\n']
)
def test_a_lone_surrogate_costs_its_line_only(tmp_path, line):
    store, session = written(tmp_path, TextAdded(text="a"))
    with log_of(tmp_path, session).open("ab") as file:
        file.write(line + b'{"type":"TextAdded","text":"b"}\n')
    told = [event.text for event in store.read(session)]
    assert (told[0], told[-1]) == ("a", "b")


def test_surrogates_and_line_separators_can_be_stored(tmp_path):
    store, session = written(tmp_path, TextAdded(text="x\udc80\u2028\x85y"))
    assert [event.text for event in store.read(session)] == ["x\ufffd\ufffd\ufffd\u2028\x85y"]


def test_a_damaged_first_line_is_told_and_the_file_left(tmp_path):
    store, session = written(tmp_path, TextAdded(text="a"))
    log = log_of(tmp_path, session)
    data = b"\0" * 10 + log.read_bytes()
    log.write_bytes(data)
    with pytest.raises(StoreError, match="left alone"):
        list(store.read(session))
    assert log.read_bytes() == data
    assert store.sessions() == []


def test_a_line_without_an_end_is_passed_over_in_bounded_memory(tmp_path):
    _, session = written(tmp_path, TextAdded(text="a"))
    with log_of(tmp_path, session).open("ab") as file:
        for _ in range(64):
            file.write(b"x" * LONGEST)
        file.write(b'\n{"type":"TextAdded","text":"b"}\n')
    code = (
        "import resource, sys; from pathlib import Path; from mycoder.session.store import Store\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        f"told = [event.text for event in Store(Path({str(tmp_path)!r})).read({session!r})]\n"
        "print(told, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    told, _, grown = out.rpartition(" ")
    assert told == "['a', 'b']"
    assert int(grown) < 20_000, "KiB, for 64 MB without a newline"


def test_an_output_that_unpacks_to_too_much_is_passed_over(tmp_path, monkeypatch):
    monkeypatch.setattr("mycoder.session.big_lines.MOST", 10_000)
    store, session = written(tmp_path, ToolFinished(call_id="1", output="x" * BIG), TextAdded(text="b"))
    assert plain(store.read(session)) == [TextAdded(text="b")]
    assert MOST > BIG


@given(parts=st.lists(st.sampled_from([b"a" * 30, b"\n", b"b", b"\0"]), max_size=12))
@settings(deadline=None)
def test_lines_are_those_of_the_file_but_for_the_too_long(parts):
    data = b"".join(parts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mycoder.session.store.LONGEST", 20)
        got = list(whole_lines(io.BytesIO(data)))
    assert got == [
        line
        for line in io.BytesIO(data).readlines()
        if len(line) < 20 or (line.endswith(b"\n") and len(line) <= 20)
    ]
