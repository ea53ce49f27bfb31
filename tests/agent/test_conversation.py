from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.agent.conversation import Conversation
from mycoder.protocol.events import (
    ContextCompacted,
    FilesChanged,
    ModelRetried,
    PromptAdded,
    SessionStarted,
    TextAdded,
    ThoughtAdded,
    ToolCalled,
    ToolFinished,
    TurnEnded,
    TurnStarted,
    UsageChanged,
)
from mycoder.protocol.feeds import merged
from mycoder.protocol.messages import Message, ToolCall
from mycoder.protocol.report import FileChange
from mycoder.protocol.usage import Usage
from tests.protocol.events_strategy import events

START = SessionStarted(version="1", root="/r", model="m", system="be good", facts="a repository")
REPLIED = UsageChanged(model="m", usage=Usage(), total=Usage())


def messages(*feed):
    conversation = Conversation()
    for event in feed:
        conversation.apply(event)
    return conversation.messages


def test_system_first_then_facts_with_the_first_task():
    assert messages(START, TurnStarted(prompt="mend it")) == [
        Message("system", "be good"),
        Message("user", "a repository\n\n# Task\nmend it"),
    ]


def test_a_reply_with_calls_and_their_results():
    feed = [
        START,
        TurnStarted(prompt="go"),
        ThoughtAdded(text="hm"),
        TextAdded(text="I "),
        TextAdded(text="look"),
        ToolCalled(call_id="1", tool="read", arguments="{}"),
        REPLIED,
        ToolFinished(call_id="1", output="lines"),
    ]
    assert messages(*feed)[2:] == [
        Message("assistant", "I look", "hm", (ToolCall("1", "read", "{}"),)),
        Message("tool", "lines", call_id="1"),
    ]


def test_what_was_said_before_a_retry_is_void():
    feed = [
        START,
        TurnStarted(prompt="go"),
        TextAdded(text="Hal"),
        ModelRetried(reason="cut", attempt=1, delay=1),
    ]
    assert messages(*feed, TextAdded(text="Hello"), REPLIED)[-1] == Message("assistant", "Hello")


def test_an_interrupted_reply_keeps_its_words():
    feed = [START, TurnStarted(prompt="go"), TextAdded(text="Half a"), TurnEnded(reason="interrupted")]
    assert messages(*feed)[-1] == Message("assistant", "Half a")


def test_words_of_sub_agents_stay_out():
    assert messages(START, TurnStarted(prompt="go"), TextAdded(text="x", agent="child"))[-1].role == "user"


def test_an_undo_is_told_with_the_next_task():
    undone = FilesChanged(changes=(FileChange(path="a.py"),), cause="undo")
    assert (
        "undo on: a.py"
        in messages(START, TurnStarted(prompt="1"), REPLIED, undone, TurnStarted(prompt="2"))[-1].text
    )


def test_compaction_keeps_the_system_message_and_never_splits_a_call_from_its_result():
    feed = [
        START,
        TurnStarted(prompt="go"),
        ToolCalled(call_id="1", tool="read"),
        REPLIED,
        ToolFinished(call_id="1", output="lines"),
    ]
    kept = messages(*feed, ContextCompacted(before=9, after=1, summary="short", keep=1))
    assert [m.role for m in kept] == ["system", "user", "assistant", "tool"]
    assert kept[1].text == "short"


def test_requests_only_grow():
    conversation = Conversation()
    before: list[Message] = []
    for event in [
        START,
        TurnStarted(prompt="a"),
        TextAdded(text="x"),
        REPLIED,
        PromptAdded(text="more"),
        REPLIED,
    ]:
        conversation.apply(event)
        assert conversation.messages[: len(before)] == before
        before = list(conversation.messages)


@given(feed=st.lists(events, max_size=40))
@settings(max_examples=200, deadline=None)
def test_the_stored_feed_gives_the_same_messages_as_the_live_one(feed):
    assert messages(START, *merged(feed)) == messages(START, *feed)
