"""What entries and blocks look like, as text and as spans."""

import os
import signal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.protocol import events as ev
from mycoder.protocol.blocks import Code, Diff, Image, Notice, Plan, PlanItem, Terminal, TestReport, Text
from mycoder.ui import diffs, shell, wording
from mycoder.ui import entries as tr
from mycoder.ui.farewell import farewell
from mycoder.ui.glyphs import ASCII, UNICODE
from mycoder.ui.played import load
from mycoder.ui.transcript import Transcript
from mycoder.ui.tui import blocks, terminal
from mycoder.ui.tui.draw import Look, drawn, plain
from mycoder.ui.tui.frozen import frozen
from mycoder.ui.visible import printed, visible, visible_line
from tests.ui.staged import SCENES

HOSTILE = st.text(st.characters(codec=None), max_size=60)
BLOCKS = (
    Text(text="plain"),
    Text(text="# head", markdown=True),
    Code(text="a = 1\n", path="a.py", heat=((1, 0.9),)),
    Diff(path="a.py", text="@@ -1 +1 @@\n-old word\n+new word", added=1, removed=1),
    Terminal(command="ls", output="x\n", exit_code=2, path="/tmp/full"),
    TestReport(command="pytest", passed=1, failed=2, broken=("a::b",), failing=("a::b", "c::d")),
    Plan(items=(PlanItem("one", "done"), PlanItem("two"))),
    Image(path="a.png"),
    Notice(text="careful", level="warning", hint="do this"),
)


@given(HOSTILE)
@settings(max_examples=200, deadline=None)
def test_nothing_that_acts_on_a_terminal_is_left(text):
    for safe in (visible(text), visible_line(text), printed(text), frozen(text, UNICODE).plain):
        assert not [c for c in safe if (ord(c) < 32 and c not in "\n\t") or 0x7F <= ord(c) < 0xA0]
        assert not set(safe) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
        safe.encode()


def test_ordinary_text_of_all_languages_is_left_alone():
    for text in ("plain", "你好 🛒 👩‍👩‍👧", "naïve Ünïcode", "عربى", "a\tb\nc"):
        assert visible(text) == text


def test_command_output_is_what_a_terminal_would_leave():
    assert printed("\x1b[31mred\x1b[0m\r\n10%\r20%\rdone\n\x1b[2J") == "red\ndone\n␛[2J"


@given(HOSTILE)
@settings(max_examples=60, deadline=None)
def test_every_block_can_hold_any_text(text):
    for block in (
        Text(text=text),
        Code(text=text, path=text),
        Diff(path=text, text=text),
        Terminal(command=text, output=text),
    ):
        assert blocks.rendered(block, UNICODE, 40).plain is not None


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: type(block).__name__)
def test_no_style_is_ever_made_from_text(block):
    content = blocks.rendered(block, UNICODE, 80)
    for span in content.spans:
        assert isinstance(span.style, str)
        assert "@click" not in span.style
        assert "link" not in span.style


def test_ascii_signs_are_ascii():
    for block in BLOCKS:
        assert blocks.rendered(block, ASCII, 80).plain.replace(wording.MINUS, "-").isascii()


def test_rows_of_a_diff_are_numbered_and_marked():
    found = diffs.rows(
        "--- a/x\n+++ b/x\n@@ -10,3 +10,3 @@ def f\n a\n-return one\n+return two\n b\n\\ No newline"
    )
    assert [(row.kind, row.old, row.new) for row in found] == [
        ("hunk", 10, 10),
        ("context", 10, 10),
        ("removed", 11, 0),
        ("added", 0, 11),
        ("context", 12, 12),
        ("note", 0, 0),
    ]
    assert [found[2].text[start:end] for start, end in found[2].marks] == ["one"]
    assert [found[3].text[start:end] for start, end in found[3].marks] == ["two"]


def test_lines_with_nothing_in_common_get_no_marks():
    found = diffs.rows("@@ -1 +1 @@\n-alpha beta gamma\n+1234 5678")
    assert found[1].marks == found[2].marks == ()


def test_removed_lines_that_look_like_headers_are_not_lost():
    found = diffs.rows("--- a/x\n+++ b/x\n@@ -1,2 +1 @@\n--- SQL comment\n+++ i\n")
    assert [(row.kind, row.text) for row in found[1:]] == [("removed", "-- SQL comment"), ("added", "++ i")]


def test_two_columns_stand_side_by_side_when_there_is_room():
    block = Diff(path="a.py", text="@@ -1,2 +1,3 @@\n x\n-one\n+two\n+three", added=2, removed=1)
    narrow = blocks.diff(block, UNICODE, 80).plain.split("\n")
    wide = blocks.diff(block, UNICODE, 160).plain.split("\n")
    assert len(narrow) == 6
    assert len(wide) == 5
    assert "one" in wide[3]
    assert "two" in wide[3]


@pytest.mark.parametrize("name", sorted(file.stem for file in SCENES.glob("*.jsonl")))
def test_every_scene_can_be_drawn_folded_open_and_as_plain_text(name):
    transcript = Transcript()
    for event in load(SCENES / f"{name}.jsonl"):
        transcript.push(event)
    for entry in transcript.entries:
        folded, opened = drawn(entry, Look(width=60)), drawn(entry, Look(width=60), True)
        assert len(opened.plain) >= len(folded.plain) or not isinstance(entry, tr.Call)
        assert isinstance(plain(entry), str)


def test_a_call_keeps_to_one_line_when_folded():
    call = tr.Call(
        call_id="1", tool="shell", title="shell " + "x" * 500 + "\nrm", output="a\nb", state="done"
    )
    head = drawn(call, Look(width=80)).plain
    assert "\n" not in head
    assert len(head) < 80


def test_no_run_is_green_that_ran_nothing():
    assert not wording.is_green(TestReport(command="t"))
    assert not wording.is_green(TestReport(command="t", passed=3, problem="collection error"))
    assert (
        wording.tests_counted(TestReport(command="t", problem="no tests\nfound"))
        == "no result: no tests ⏎ found"
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.04, "0.0 s"), (9.9, "9.9 s"), (59, "59 s"), (125, "2 min 5 s"), (7_500, "2 h 5 min")],
)
def test_durations(seconds, words):
    assert wording.duration(seconds) == words


def test_token_counts_and_costs():
    assert [wording.tokens(n) for n in (999, 1_234, 38_000, 2_500_000)] == ["999", "1.2k", "38k", "2.5M"]
    assert [wording.cost(c) for c in (0, 0.004, 1.239)] == ["$0.00", "$0.0040", "$1.24"]


def test_leaving_says_how_to_go_on():
    transcript = Transcript()
    assert farewell(transcript) == ""
    for event in load(SCENES / "sidebar.jsonl"):
        transcript.push(event)
    words = farewell(transcript)
    assert "changed: 3 files" in words
    assert words.endswith("go on: mycoder --resume 20260101-120000-ab12")


def test_title_and_notification_cannot_be_broken_out_of():
    transcript = Transcript()
    transcript.push(ev.TurnStarted(prompt="evil\x1b\\\x07 text\nsecond line"))
    title = terminal.title(transcript)
    assert title.isprintable()
    sequence = terminal.notification("a\x07b\x1b]0;x", "osc")
    assert sequence.count("\x1b") == 2
    assert "\a" not in sequence


async def test_a_shell_command_does_not_wait_for_its_background(tmp_path):
    block = await shell.run("sleep 600 & echo $!; exit 3", tmp_path)
    assert block.exit_code == 3
    os.kill(int(block.output), signal.SIGKILL)


async def test_a_shell_command_ends_at_its_limit_and_is_bounded(tmp_path):
    block = await shell.run("yes | head -c 3000000; sleep 30", tmp_path, seconds=1)
    assert len(block.output) < 300_000
    assert "stopped after 1 s" in block.output
