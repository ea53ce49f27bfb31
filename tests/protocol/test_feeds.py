from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.protocol.events import TextAdded, ThoughtAdded, ToolFinished, ToolProgressed
from mycoder.protocol.feeds import Merger, merged
from tests.protocol.events_strategy import events


def glued(feed):
    """The raw feed with neighbouring deltas glued by the plainest means."""
    result = []
    for event in feed:
        if isinstance(event, ToolProgressed):
            continue
        last = result[-1] if result else None
        if (
            isinstance(event, TextAdded | ThoughtAdded)
            and type(last) is type(event)
            and last.agent == event.agent
        ):
            result[-1] = type(event)(text=last.text + event.text, agent=event.agent)
        else:
            result.append(event)
    return result


def of(agent, feed):
    """The events of one agent; only their order is a law, since several may talk at once."""
    return [event for event in feed if event.agent == agent]


@given(feed=st.lists(events, max_size=40))
@settings(max_examples=100, deadline=None)
def test_the_merged_feed_equals_the_raw_feed_with_its_deltas_glued(feed):
    together = list(merged(feed))
    assert len(together) == sum(len(glued(of(agent, feed))) for agent in {e.agent for e in feed})
    for agent in {event.agent for event in feed}:
        assert of(agent, together) == glued(of(agent, feed))


@given(feed=st.lists(events, max_size=40))
@settings(max_examples=100, deadline=None)
def test_merging_twice_changes_nothing(feed):
    once = list(merged(feed))
    twice = list(merged(once))
    assert len(twice) == len(once)
    for agent in {event.agent for event in feed}:
        assert of(agent, twice) == of(agent, once)


def test_an_effect_is_never_held_back():
    merger = Merger()
    assert merger.push(TextAdded(text="so")) == []
    told = merger.push(ToolFinished(call_id="1"))
    assert told == [TextAdded(text="so"), ToolFinished(call_id="1")]
    assert merger.flush() == []
