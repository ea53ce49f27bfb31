"""A feed of events passes clean, and tells the same in any pieces."""

from hypothesis import given, settings

from mycoder.protocol.blocks import Diff, Terminal
from mycoder.protocol.cleaning import Cleaner, cleaned
from mycoder.protocol.codec import encode
from mycoder.protocol.events import (
    Asked,
    AskOption,
    SessionStarted,
    TextAdded,
    ThoughtAdded,
    ToolCalled,
    ToolFinished,
    ToolProgressed,
    TurnEnded,
    TurnStarted,
)
from mycoder.protocol.feeds import merged
from mycoder.protocol.redact import Redactor
from tests.protocol.events_strategy import events

KEY = "ghp_0123456789abcdefghijABCDEFGHIJ012345"


def fed(*feed):
    cleaner = Cleaner(Redactor())
    return [e for made in feed for e in cleaner.push(made)] + cleaner.flush()


def test_a_key_split_over_deltas_is_found_and_nothing_else_is_lost():
    feed = [
        TextAdded(text=part) for part in ("The key is ghp_0123456789", KEY[14:30], KEY[30:], ". Use", " it.")
    ]
    told = "".join(e.text for e in fed(*feed))
    assert told.startswith("The key is [redacted:github-token:")
    assert told.endswith(". Use it.")


def test_the_order_of_texts_thoughts_and_calls_stays():
    out = fed(
        ThoughtAdded(text="I thi"),
        ThoughtAdded(text="nk"),
        TextAdded(text="say"),
        ToolCalled(call_id="1", tool="read"),
        TextAdded(text="more"),
        TurnEnded(reason="done"),
    )
    assert [type(e).__name__ for e in merged(out)] == [
        "ThoughtAdded", "TextAdded", "ToolCalled", "TextAdded", "TurnEnded"
    ]  # fmt: skip
    assert "".join(e.text for e in out if isinstance(e, ThoughtAdded)) == "I think"


def test_two_agents_do_not_cut_each_others_words():
    out = fed(
        TextAdded(text=KEY[:20], agent="a"),
        TextAdded(text="other", agent="b"),
        ToolCalled(call_id="1", tool="read", agent="b"),
        TextAdded(text=KEY[20:], agent="a"),
        TurnEnded(reason="done"),
    )
    assert KEY not in "".join(
        e.text for e in out if getattr(e, "agent", "") == "a" and isinstance(e, TextAdded)
    )


def test_progress_is_clean_and_its_rest_is_superseded():
    out = fed(
        ToolProgressed(call_id="1", text=f"x {KEY[:10]}"),
        ToolProgressed(call_id="1", text=KEY[10:] + " y"),
        ToolFinished(call_id="1", output=f"x {KEY} y"),
    )
    assert KEY not in "".join(map(repr, out))
    assert [type(e).__name__ for e in out] == ["ToolProgressed", "ToolProgressed", "ToolFinished"]


def test_every_field_of_every_kind_is_covered():
    redactor = Redactor()
    feed = (
        SessionStarted(version="1", root="/r", model="m", system=KEY, facts=KEY),
        TurnStarted(prompt=KEY),
        ToolCalled(call_id="1", tool="write", arguments='{"content": "' + KEY + '"}', title=KEY),
        ToolFinished(
            call_id="1", output=KEY, blocks=(Diff(path="a", text=KEY), Terminal(command="c", output=KEY))
        ),
        Asked(ask_id="1", options=(AskOption("a", KEY, KEY),), reason=KEY),
        TurnEnded(reason="done", answer=KEY, message=KEY),
    )
    for event in feed:
        assert KEY.encode() not in encode(cleaned(event, redactor)), event


def test_hidden_characters_are_shown_in_what_the_model_reads():
    event = cleaned(ToolFinished(call_id="1", output="a\u202eb\x1b[2Jc\U000e0041"), Redactor())
    assert event.output == "a<U+202E>b<U+001B>[2Jc<U+E0041>"


@given(event=events)
@settings(max_examples=100, deadline=None)
def test_what_is_clean_is_the_same_object(event):
    once = cleaned(event, Redactor())
    assert cleaned(once, Redactor()) is once
