import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.protocol.events import Noticed, SessionStarted, TextAdded, ToolFinished, TurnEnded, TurnStarted
from mycoder.session.store import BIG, Store, StoreError, new_id
from mycoder.ui.headless.task import with_context
from tests.protocol.events_strategy import events

ROOT = Path("/a/repository")


def written(tmp_path, *feed, now=1000.0):
    store = Store(tmp_path)
    session, log = store.create(ROOT, now)
    for event in feed:
        log.append(event)
    log.close()
    return store, session


def plain(feed):
    return [type(e)(**{f: getattr(e, f) for f in e.__struct_fields__} | {"session": ""}) for e in feed]


@given(feed=st.lists(events, max_size=10))
@settings(max_examples=50, deadline=None)
def test_what_is_appended_is_read(tmp_path_factory, feed):
    store, session = written(tmp_path_factory.mktemp("s"), *feed)
    assert plain(store.read(session)) == feed


def test_big_lines_go_to_the_blob_store_and_come_back(tmp_path):
    big = ToolFinished(call_id="1", output="ü" * BIG)
    store, session = written(tmp_path, big)
    assert plain(store.read(session)) == [big]
    assert (tmp_path / "sessions" / f"{session}.jsonl").stat().st_size < 1000


@pytest.mark.parametrize("tail", [b'{"type":"TextAdded","te', b"\x00" * 50, b"{}"])
def test_a_torn_tail_is_dropped_and_writing_goes_on(tmp_path, tail):
    store, session = written(tmp_path, TextAdded(text="a"))
    path = tmp_path / "sessions" / f"{session}.jsonl"
    with path.open("ab") as file:
        file.write(tail)
    assert plain(store.read(session)) == [TextAdded(text="a")]
    log = store.open(session)
    log.append(TextAdded(text="b"))
    log.close()
    assert plain(store.read(session)) == [TextAdded(text="a"), TextAdded(text="b")]


@pytest.mark.parametrize(
    "line",
    [
        b"garbage\n",
        b"\x00\x00\n",
        b'{"type":"FutureEvent"}\n',
        b"\n",
        b'{"type":"@blob","hash":"no","seq":1}\n',
    ],
)
def test_a_broken_line_in_the_middle_is_passed_over(tmp_path, line):
    store, session = written(tmp_path, TextAdded(text="a"))
    path = tmp_path / "sessions" / f"{session}.jsonl"
    with path.open("ab") as file:
        file.write(line)
    log = store.open(session)
    log.append(TextAdded(text="b"))
    log.close()
    assert plain(store.read(session)) == [TextAdded(text="a"), TextAdded(text="b")]


def test_a_future_format_says_so(tmp_path):
    store, session = written(tmp_path)
    path = tmp_path / "sessions" / f"{session}.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"format":1', b'"format":9'))
    with pytest.raises(StoreError, match="newer mycoder"):
        list(store.read(session))
    assert store.sessions() == []


def test_a_session_that_is_open_elsewhere_is_not_opened_twice(tmp_path):
    store, session = written(tmp_path)
    code = (
        "import sys; from pathlib import Path; from mycoder.session.store import Store, StoreError\n"
        f"store = Store(Path({str(tmp_path)!r}))\n"
        f"try: store.open({session!r})\n"
        "except StoreError as e: print(e)"
    )
    log = store.open(session)
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "--fork" in said
    log.close()
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == ""
    )


def test_a_full_disk_leaves_the_log_readable(tmp_path, monkeypatch):
    store, session = written(tmp_path)
    log = store.open(session)
    log.append(TextAdded(text="a"))
    real = os.write

    def full(descriptor, data):
        real(descriptor, bytes(data)[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        log.append(TextAdded(text="b"))
    monkeypatch.undo()
    log.append(TextAdded(text="c"))
    log.close()
    assert plain(store.read(session)) == [TextAdded(text="a"), TextAdded(text="c")]


def test_lists_show_the_last_used_first_and_by_repository(tmp_path):
    start = SessionStarted(version="1", root=str(ROOT), model="m/x")
    store, first = written(
        tmp_path, start, TurnStarted(prompt="mend\nit"), TurnEnded(reason="done", at=2000.0)
    )
    second, log = store.create(Path("/other"), 1001.0)
    log.append(TurnStarted(prompt="and that"))
    log.close()
    os.utime(tmp_path / "sessions" / f"{first}.jsonl", (9e9, 9e9))
    assert [info.id for info in store.sessions()] == [first, second]
    (info,) = store.sessions(ROOT)
    assert (info.title, info.turns, info.ended, info.model) == ("mend it", 1, 2000.0, "m/x")
    assert store.latest(ROOT) == first
    assert store.latest(Path("/none")) is None


def test_a_fork_begins_with_everything(tmp_path):
    store, session = written(
        tmp_path, SessionStarted(version="1", root=str(ROOT), model="m"), TextAdded(text="a")
    )
    fork = store.fork(session, ROOT)
    start, text = plain(store.read(fork))
    assert start.forked_from == session
    assert text == TextAdded(text="a")


@pytest.mark.parametrize("name", ["../x", "", ".hidden", "a/b", "nothing"])
def test_names_that_are_no_session_are_refused(tmp_path, name):
    with pytest.raises(StoreError):
        Store(tmp_path).open(name)


def test_a_prefix_is_enough_when_only_one_fits(tmp_path):
    store, session = written(tmp_path)
    assert store.match(session[:-1]) == session
    with pytest.raises(StoreError, match="no session"):
        store.match("zzz")


def test_everything_is_private(tmp_path):
    written(tmp_path / "state", ToolFinished(call_id="1", output="x" * BIG * 2))
    for path in (tmp_path / "state").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_ids_sort_by_time():
    assert new_id(1000.0) < new_id(2000.0)


@given(cuts=st.integers(0, 400))
@settings(max_examples=40, deadline=None)
def test_cut_anywhere_no_whole_event_is_lost(tmp_path_factory, cuts):
    feed = [TextAdded(text=str(i)) for i in range(8)]
    store, session = written(tmp_path_factory.mktemp("s"), *feed)
    path = store._sessions / f"{session}.jsonl"
    data = path.read_bytes()
    header = data.index(b"\n") + 1
    cut = min(header + cuts, len(data))
    path.write_bytes(data[:cut])
    whole = data[:cut].count(b"\n") - 1
    assert plain(store.read(session)) == feed[:whole]


def test_a_session_in_which_nothing_was_asked_is_neither_listed_nor_gone_on_with(tmp_path):
    start = SessionStarted(version="1", root=str(ROOT), model="m/x")
    store, first = written(tmp_path, start, TurnStarted(prompt="mend it"))
    _, log = store.create(ROOT, 2000.0)
    log.append(start)
    log.append(Noticed(text="Hello."))
    assert [info.id for info in store.sessions(ROOT)] == [first]
    assert store.latest(ROOT) == first
    path = log.path
    log.close(drops_empty=True)
    assert not path.exists()
    kept = store.open(first)
    kept.close(drops_empty=True)  # not new: whatever it holds stays
    assert store.latest(ROOT) == first


def test_what_was_piped_in_is_no_title(tmp_path):
    prompt = with_context("explain\nthis", b"Traceback: boom")
    store, _ = written(
        tmp_path, SessionStarted(version="1", root=str(ROOT), model="m"), TurnStarted(prompt=prompt)
    )
    assert [info.title for info in store.sessions()] == ["explain this"]


def test_a_session_that_was_killed_before_its_task_was_kept_is_gone_on_with_when_there_is_no_other(tmp_path):
    start = SessionStarted(version="1", root=str(ROOT), model="m/x")
    store, only = written(tmp_path, start)
    assert store.sessions(ROOT) == []
    assert store.latest(ROOT) == only
