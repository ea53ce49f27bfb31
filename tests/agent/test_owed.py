from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.agent.owed import Owed
from mycoder.protocol.events import (
    AgentStarted,
    Asked,
    AskSettled,
    FilesChanged,
    ModelRetried,
    ToolCalled,
    ToolFinished,
    TurnEnded,
    TurnStarted,
)
from mycoder.protocol.report import FileChange


def test_everything_open_is_closed_in_order():
    owed = Owed()
    for event in [TurnStarted(prompt="x"), ToolCalled(call_id="1", tool="edit"), Asked(ask_id="a")]:
        owed.see(event)
    closing = owed.settle("interrupted", message="stop", told={"1": "it was applied"})
    assert [type(e) for e in closing] == [AskSettled, ToolFinished, TurnEnded]
    assert closing[1].output == "it was applied"
    assert owed.settle("interrupted") == []


def test_calls_of_a_voided_reply_are_not_owed():
    owed = Owed()
    for event in [
        TurnStarted(prompt="x"),
        ToolCalled(call_id="1", tool="edit"),
        ModelRetried(reason="", attempt=1, delay=0),
    ]:
        owed.see(event)
    assert [type(e) for e in owed.settle("crashed")] == [TurnEnded]


steps = st.lists(
    st.one_of(
        st.builds(ToolCalled, call_id=st.sampled_from("abc"), tool=st.just("t")),
        st.builds(ToolFinished, call_id=st.sampled_from("abc")),
        st.builds(Asked, ask_id=st.sampled_from("xy")),
        st.builds(AskSettled, ask_id=st.sampled_from("xy"), choice=st.just("deny")),
    ),
    max_size=12,
)


@given(feed=steps)
@settings(max_examples=100, deadline=None)
def test_after_settling_nothing_is_open(feed):
    owed = Owed()
    owed.see(TurnStarted(prompt="x"))
    for event in feed:
        owed.see(event)
    again = Owed()
    for event in [TurnStarted(prompt="x"), *feed, *owed.settle("crashed")]:
        again.see(event)
    assert not again.calls
    assert not again.asks
    assert not again.turn_is_open


def test_a_stopped_search_says_that_it_changed_nothing_and_another_agent_what_it_did():
    def stopped(*events):
        owed = Owed()
        for event in events:
            owed.see(event)
        finished, ended = owed.settle("interrupted")[:2]
        return finished.output, ended.summary

    started = AgentStarted(child="repair", name="repair", task="mend")
    call = ToolCalled(call_id="repair-1", tool="repair", agent="repair")
    change = FilesChanged(changes=(FileChange("a.py"),), agent="repair")
    output, summary = stopped(started, call)
    assert "nothing was changed" in output
    assert summary == "It was stopped before it had changed anything."
    output, summary = stopped(started, change, call)
    assert summary == "It was stopped; what it had changed is still there: a.py."
    output, summary = stopped(
        AgentStarted(child="x", name="scout", task="t"), ToolCalled(call_id="c", tool="shell", agent="x")
    )
    assert "check before doing it again" in output
    assert "still there" in summary


def test_what_a_stopped_turn_leaves_behind_is_named():
    owed = Owed()
    owed.see(TurnStarted(prompt="before"))
    owed.see(FilesChanged(changes=(FileChange("old.py"),)))
    owed.see(TurnStarted(prompt="x"))
    assert owed.kept() == "It has changed no file."
    owed.see(FilesChanged(changes=(FileChange("a.py"),)))
    owed.see(FilesChanged(changes=tuple(FileChange(f"{n}.py") for n in range(9)), agent="repair"))
    assert owed.kept() == (
        "What it has changed is kept: a.py, 0.py, 1.py, 2.py, 3.py, 4.py, 5.py, 6.py and 2 more."
    )
