"""Past sessions: found by full text, taken in bit by bit, from logs as they are on disk."""

import os
import time

import pytest

from mycoder.memory.history import History, LogFile
from mycoder.protocol.events import TextAdded, ToolCalled, ToolFinished, TurnEnded, TurnStarted
from mycoder.session.store import Store


class Past:
    """A store with sessions, and a search over it."""

    def __init__(self, state, root):
        self.state, self.root = state, root
        self.store = Store(state)
        self.reads = []

    def session(self, *events, name=""):
        id, log = self.store.create(self.root, time.time(), name)
        self.add(id, log, *events)
        return id

    def add(self, id, log, *events):
        log = log or self.store.open(id)
        for number, event in enumerate(events):
            log.append(
                type(event)(
                    **{
                        **{f: getattr(event, f) for f in event.__struct_fields__},
                        "seq": number + 1,
                        "at": time.time(),
                    }
                )
            )
        log.close()

    def read(self, session, place):
        self.reads.append((session, place))
        yield from self.store.tail(session, place)

    def search(self, asked, **more):
        logs = [LogFile(h.session, h.root, size, h.started) for h, size in self.store.logs()]
        return History(self.state / "history.sqlite", self.read).search(asked, logs, **more)


@pytest.fixture
def past(tmp_path):
    return Past(tmp_path / "state", tmp_path / "project")


def test_words_answers_inputs_and_errors_are_found_and_outputs_are_not(past):
    id = past.session(
        TurnStarted(prompt="why is the fluxCapacitor cold"),
        ToolCalled(call_id="1", tool="shell", arguments='{"command": "heat --now"}'),
        ToolFinished(call_id="1", ok=False, output="heater exploded"),
        ToolCalled(call_id="2", tool="read"),
        ToolFinished(call_id="2", ok=True, output="unrelated_output_of_a_tool"),
        TextAdded(text="It needs 1.21 gigawatts. 缓存会话丢失"),
        TurnEnded(reason="budget", message="the budget is used up"),
    )
    for asked, kind in [
        ("flux capacitor", "you"),
        ("gigawatts", "answer"),
        ("会话丢失", "answer"),
        ("heat now", "tool"),
        ("exploded", "error"),
        ("budget used", "error"),
    ]:
        hit = past.search(asked).hits[0]
        assert (hit.session, hit.kind) == (id, kind), asked
    assert past.search("unrelated_output_of_a_tool").hits == ()
    assert past.search("xCapac").is_literal


def test_only_what_is_new_is_read(past):
    id = past.session(TurnStarted(prompt="first words"))
    assert past.search("first").hits
    past.reads.clear()
    assert past.search("first").hits
    assert past.reads == []
    past.add(id, None, TextAdded(text="second words"))
    assert past.search("second").hits
    assert [place > 0 for _, place in past.reads] == [True]
    assert len(past.search("words").hits) == 2


def test_a_torn_tail_is_taken_in_when_it_is_whole(past):
    id = past.session(TurnStarted(prompt="whole"))
    path = past.state / f"sessions/{id}.jsonl"
    line = b'{"type":"TextAdded","seq":2,"at":1.0,"text":"half of it"}\n'
    with path.open("ab") as log:
        log.write(line[:30])
    assert past.search("half").hits == ()
    with path.open("ab") as log:
        log.write(line[30:])
    assert [hit.text for hit in past.search("half").hits] == ["half of it"]


def test_the_index_may_be_lost_broken_or_impossible(past):
    past.session(TurnStarted(prompt="needle in the hay"))
    index = past.state / "history.sqlite"
    for spoil in (
        lambda: index.write_bytes(b"nonsense" * 999),
        index.unlink,
        lambda: (index.unlink(), index.mkdir()),
    ):
        assert past.search("needle").hits
        spoil()
        assert [hit.text for hit in past.search("needle").hits] == ["needle in the hay"]


def test_sessions_of_others_are_not_found_and_a_deleted_one_is_gone(past):
    one = past.session(TurnStarted(prompt="apple"))
    two = past.session(TurnStarted(prompt="apple pie"))
    assert len(past.search("apple").hits) == 2
    logs = [LogFile(h.session, h.root, s, h.started) for h, s in past.store.logs() if h.session == one]
    found = History(past.state / "history.sqlite", past.read).search("apple", logs)
    assert {hit.session for hit in found.hits} == {one}
    past.store.delete(two)
    assert {hit.session for hit in past.search("apple").hits} == {one}


def test_it_stops_when_its_time_is_up_and_goes_on_the_next_time(past):
    for number in range(5):
        past.session(*[TurnStarted(prompt=f"word{number} {n}") for n in range(20)])
    first = past.search("word0", seconds=0.0)
    assert first.unread > 0
    for _ in range(200):
        if not past.search("word0", seconds=0.0).unread:
            break
    assert past.search("word0").unread == 0
    assert sum("word0" in hit.text for hit in past.search("word0", limit=50).hits) == 20


def test_images_and_long_texts_cost_little(past):
    past.session(TurnStarted(prompt="look data:image/png;base64," + "A" * 200_000 + " tail"))
    hit = past.search("look").hits[0]
    assert len(hit.text) < 400
    assert os.stat(past.state / "history.sqlite").st_size < 400_000
    assert os.stat(past.state / "history.sqlite").st_mode & 0o077 == 0
