"""The text result: calm, honest, safe for any terminal."""

import io
import json

import msgspec
import pytest
from hypothesis import given, settings

from mycoder.protocol.codec import decode_event
from mycoder.protocol.events import TextAdded, TurnEnded
from mycoder.protocol.report import Counts, FileChange, Report
from mycoder.ui.headless.report import as_text, report_text
from mycoder.ui.headless.results import Results, as_object
from tests.protocol.events_strategy import events
from tests.ui.headless.playing import USAGE

FIXED = Report(
    verified=True,
    command="pytest -q",
    before=Counts(passed=12, failed=3),
    after=Counts(passed=15),
    fixed=("t::a", "t::b", "t::c", "t::d", "t::e", "t::f"),
    files=(FileChange("src/app.py", added=3, removed=1), FileChange("new.py", "added", 5)),
    sandbox="bubblewrap",
    steps=12,
    usage=USAGE,
    seconds=34.2,
)


def test_the_whole_report() -> None:
    ended = TurnEnded(reason="done", answer="Mended the parser.\n", report=FIXED)
    assert as_text(ended, is_ascii=False, is_terminal=False) == (
        "Mended the parser.\n"
        "\n"
        "result   done, verified by the tests\n"
        "tests    pytest -q: 12 passed, 3 failed → 15 passed\n"
        "fixed    6: t::a, t::b, t::c, t::d and 2 more\n"
        "changed  src/app.py +3 −1, new.py +5 −0 (new)\n"
        "sandbox  bubblewrap\n"
        "used     12 steps · 1,200 tokens in (1,000 cached), 80 out · $0.01 · 34 s\n"
    )


def test_ascii_only() -> None:
    text = report_text(TurnEnded(reason="done", report=FIXED), is_ascii=True)
    assert text.isascii()
    assert "12 passed, 3 failed -> 15 passed" in text


def test_red_is_never_called_done() -> None:
    report = msgspec.structs.replace(
        FIXED,
        verified=False,
        after=Counts(passed=13, failed=2),
        failing=("t::old", "t::new"),
        known=("t::old",),
        broken=("t::new",),
    )
    ended = TurnEnded(reason="tests_failing", message="2 tests still fail.", report=report)
    text = report_text(ended, is_ascii=False)
    assert "result   tests still fail: 2 tests still fail." in text
    assert "broken   1: t::new" in text
    assert "failing  1: t::new" in text
    assert "known    1: t::old (failed before the first edit)" in text
    assert "done" not in text


def test_edits_without_a_run_are_called_so() -> None:
    ended = TurnEnded(reason="done", report=Report(files=(FileChange("a.py"),)))
    assert "result   edited, but no test run verifies it" in report_text(ended, is_ascii=False)


def test_a_plain_answer_has_no_report() -> None:
    ended = TurnEnded(reason="done", answer="42", report=Report(steps=1, usage=USAGE))
    assert as_text(ended, is_ascii=False, is_terminal=False) == "42\n"
    assert as_text(TurnEnded(reason="done"), is_ascii=False, is_terminal=False) == ""


def test_a_terminal_is_not_acted_upon() -> None:
    ended = TurnEnded(
        reason="done",
        answer="\x1b]0;owned\x07\x1b[2Jsafe\u202e",
        report=Report(files=(FileChange("evil\x1b[31m\n.py"),)),
    )
    shown = as_text(ended, is_ascii=False, is_terminal=True)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    piped = as_text(ended, is_ascii=False, is_terminal=False)
    assert piped.startswith(ended.answer), "a pipe gets the answer as it is"
    assert "\x1b" not in piped.removeprefix(ended.answer)


def test_what_an_encoding_cannot_hold_is_replaced() -> None:
    stream = io.BytesIO()
    results = Results("text", stream, encoding="latin-1", is_ascii=True)
    results.end(TurnEnded(reason="done", answer="→ é 漢", report=FIXED), 0)
    assert stream.getvalue().startswith(b"? \xe9 ?\n")
    assert b"3 failed -> 15 passed" in stream.getvalue()


def test_json_has_every_field() -> None:
    stream = io.BytesIO()
    Results("json", stream).end(TurnEnded(reason="done", answer="é\ud800"), 0, session="s-1")
    (line,) = stream.getvalue().splitlines()
    found = json.loads(line)
    assert found["answer"].startswith("é\ufffd")
    assert (found["format"], found["session"], found["exit_code"], found["reason"]) == (1, "s-1", 0, "done")
    assert set(found["report"]) == set(Report.__struct_fields__)
    assert "output" not in found


def test_json_of_a_full_report() -> None:
    found = as_object(TurnEnded(reason="done", report=FIXED), 0, output={"a": None})
    assert found["report"]["files"][0]["path"] == "src/app.py"
    assert found["report"]["usage"]["cached"] == 1000
    assert found["output"] == {"a": None}
    json.dumps(found)


@given(events)
@settings(max_examples=60, deadline=None)
def test_streamed_lines_are_the_events(event) -> None:
    stream = io.BytesIO()
    results = Results("stream-json", stream)
    results.event(event)
    results.event(event)
    header, *lines = stream.getvalue().split(b"\n")[:-1]
    assert json.loads(header) == {"type": "Stream", "format": 1, "mycoder": json.loads(header)["mycoder"]}
    assert [decode_event(line) for line in lines] == [event, event]


@pytest.mark.parametrize("form", ["text", "json"])
def test_only_the_stream_shows_events(form: str) -> None:
    stream = io.BytesIO()
    Results(form, stream).event(TextAdded(text="x"))
    assert stream.getvalue() == b""


class Gone(io.BytesIO):
    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def flush(self) -> None:
        raise self.error


def test_a_reader_that_went_away_and_a_full_disk_are_told_apart() -> None:
    gone, full = Gone(BrokenPipeError()), Gone(OSError(28, "No space left on device"))
    for stream, broken, fault in ((gone, True, ""), (full, False, "No space left on device")):
        results = Results("json", stream)
        results.end(TurnEnded(reason="done"), 0)
        assert (results.is_broken, results.fault) == (broken, fault)
        size = len(stream.getvalue())
        results.end(TurnEnded(reason="done"), 0)
        assert len(stream.getvalue()) == size


def test_who_was_asked_is_said_where_it_was_not_the_main_agent_alone() -> None:
    flow = msgspec.structs.replace(FIXED, steps=3, steps_by={"generate": 1, "fix": 2})
    alone = msgspec.structs.replace(FIXED, steps=3, steps_by={"main": 3})
    told = [report_text(TurnEnded(reason="done", report=made), is_ascii=False) for made in (flow, alone)]
    assert "used     3 steps (generate 1, fix 2) ·" in told[0]
    assert "used     3 steps ·" in told[1]
