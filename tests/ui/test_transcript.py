import json

from hypothesis import given, settings

from mycoder.protocol import codec
from mycoder.protocol import events as ev
from mycoder.protocol.blocks import TestReport
from mycoder.protocol.feeds import merged
from mycoder.protocol.report import FileChange
from mycoder.ui.entries import Call, End, Files, Notice, Prompt, Question, Reply, SubAgent, Tests, Thought
from mycoder.ui.transcript import Transcript
from mycoder.ui.tui.draw import Look, drawn
from tests.ui.generated import runs


def shown(events) -> Transcript:
    transcript = Transcript()
    for event in events:
        transcript.push(event)
    return transcript


def beside(transcript: Transcript) -> tuple:
    names = (
        "session",
        "title",
        "model",
        "mode",
        "is_running",
        "plan",
        "files",
        "usage",
        "context",
        "asks",
        "tests",
        "undoable",
    )
    return tuple(getattr(transcript, name) for name in names)


@given(runs())
@settings(max_examples=120, deadline=None)
def test_a_replayed_log_looks_like_the_living_session(events):
    stored = [codec.decode_event(codec.encode(event)) for event in merged(events)]
    live, replayed = shown(events), shown(stored)
    assert live.entries == replayed.entries
    assert beside(live) == beside(replayed)


@given(runs())
@settings(max_examples=60, deadline=None)
def test_what_push_touched_is_all_that_changed_and_nothing_is_left_open(events):
    transcript = Transcript()
    for event in events:
        before = list(transcript.entries)
        touched = set(transcript.push(event))
        changed = {i for i, e in enumerate(transcript.entries) if i >= len(before) or before[i] is not e}
        assert changed == touched
    assert not transcript.running_calls
    assert not any(getattr(entry, "is_open", False) for entry in transcript.entries)


def test_a_call_its_approval_and_its_result_are_one_entry():
    asked = ev.Asked(ask_id="a", call_id="c", options=(ev.AskOption("once", "Allow once"),))
    transcript = shown(
        [ev.TurnStarted(prompt="go"), ev.ToolCalled(call_id="c", tool="shell", title="shell ls")]
    )
    assert transcript.entries[1].state == "running"
    transcript.push(asked)
    assert transcript.entries[1].state == "waiting"
    assert transcript.asks == {"a": asked}
    transcript.push(ev.AskSettled(ask_id="a", choice="once"))
    assert (transcript.entries[1].state, transcript.entries[1].ask.label) == ("running", "Allow once")
    assert transcript.asks == {}
    transcript.push(ev.ToolFinished(call_id="c", ok=False, output="no", seconds=2.0))
    assert len(transcript.entries) == 2
    assert (transcript.entries[1].state, transcript.entries[1].output) == ("failed", "no")


def test_talk_is_voided_by_a_retry_and_what_came_before_it_stands():
    transcript = shown(
        [
            ev.TurnStarted(prompt="go"),
            ev.TextAdded(text="kept"),
            ev.UsageChanged(model="m", usage=ev.Usage(), total=ev.Usage()),
            ev.TextAdded(text="lost"),
            ev.ModelRetried(reason="stream cut", attempt=1, delay=2.0),
            ev.TextAdded(text="again"),
        ]
    )
    replies = [entry for entry in transcript.entries if isinstance(entry, Reply)]
    assert [(reply.text, reply.is_void) for reply in replies] == [
        ("kept", False),
        ("lost", True),
        ("again", False),
    ]
    assert "stream cut" in next(entry.text for entry in transcript.entries if isinstance(entry, Notice))


def test_thinking_is_timed_by_the_events():
    transcript = shown(
        [
            ev.ThoughtAdded(text="hm", at=10.0),
            ev.ThoughtAdded(text="m", at=11.0),
            ev.TextAdded(text="ok", at=15.5),
        ]
    )
    thought = transcript.entries[0]
    assert isinstance(thought, Thought)
    assert (thought.text, thought.seconds, thought.is_open) == ("hmm", 5.5, False)


def test_changed_files_add_up_and_undo_takes_them_back():
    def change(before, after, added, removed):
        return (FileChange("a.py", "modified", added, removed, before, after),)

    transcript = shown(
        [
            ev.FilesChanged(changes=change("0", "1", 3, 1), seq=5),
            ev.FilesChanged(changes=change("1", "2", 2, 0), seq=6),
        ]
    )
    assert (transcript.files["a.py"].added, transcript.files["a.py"].removed) == (5, 1)
    assert transcript.undoable == [5, 6]
    transcript.push(ev.FilesChanged(changes=change("2", "1", 0, 2), cause="undo"))
    assert (transcript.files["a.py"].added, transcript.files["a.py"].removed) == (3, 1)
    transcript.push(ev.FilesChanged(changes=change("1", "0", 1, 3), cause="undo"))
    assert transcript.files == {}
    assert transcript.undoable == []
    assert isinstance(transcript.entries[-1], Files)


def test_a_moved_file_is_listed_once_under_its_new_name():
    transcript = shown([ev.FilesChanged(changes=(FileChange("a.py", "modified", 1, 0, "0", "1"),))])
    transcript.push(
        ev.FilesChanged(changes=(FileChange("b.py", "moved", 0, 0, "1", "1", moved_from="a.py"),))
    )
    assert list(transcript.files) == ["b.py"]


def test_a_test_run_is_shown_once():
    ran = ev.TestsRan(command="pytest", passed=3)
    before = ev.TestsRan(command="pytest", passed=1, baseline=True)
    baseline = shown([ev.TurnStarted(prompt="go"), before])
    assert isinstance(baseline.entries[1], Tests)
    assert baseline.entries[1].is_baseline
    unasked = shown([before])
    assert isinstance(unasked.entries[0], Tests)
    assert not unasked.entries[0].is_baseline, "no turn runs, so nobody is about to edit"
    inside = shown([ev.ToolCalled(call_id="c", tool="test"), ran, ev.ToolFinished(call_id="c")])
    assert [type(entry) for entry in inside.entries] == [Call]
    report = (TestReport(command="pytest", passed=3),)
    after = shown([ev.ToolCalled(call_id="c", tool="test"), ev.ToolFinished(call_id="c", blocks=report), ran])
    assert [type(entry) for entry in after.entries] == [Call]
    assert after.tests == ran


def test_a_mended_test_is_news_once_and_again_after_it_failed():
    green = ev.TestsRan(command="pytest", passed=2, fixed=("t",))
    red = ev.TestsRan(command="pytest", passed=1, failed=1, failing=("t",))
    entries = shown([green, green, red, green]).entries
    assert [entry.report.fixed for entry in entries] == [("t",), (), (), ("t",)]


def test_sub_agents_have_one_line_and_their_asks_still_reach_the_person():
    transcript = shown(
        [
            ev.AgentStarted(child="x", name="scout", task="look"),
            ev.TextAdded(text="inner", agent="x"),
            ev.ToolCalled(call_id="i", tool="read", title="read a.py", agent="x"),
            ev.Asked(ask_id="q", call_id="i", agent="x"),
        ]
    )
    agent = transcript.entries[0]
    assert isinstance(agent, SubAgent)
    assert (agent.steps, agent.latest) == (1, "read a.py")
    assert [(call.title, call.state) for call in agent.calls] == [("read a.py", "running")]
    assert isinstance(transcript.entries[1], Question)
    assert "q" in transcript.asks
    transcript.push(ev.AskSettled(ask_id="q", choice="deny", agent="x"))
    assert transcript.entries[1].ask.settled == "deny"
    transcript.push(ev.AgentEnded(child="x", ok=False, summary="no"))
    assert transcript.entries[0].state == "failed"


def test_the_newest_line_of_a_sub_agents_running_call_is_in_its_entry():
    transcript = shown(
        [
            ev.AgentStarted(child="repair", name="repair", task="mend"),
            ev.ToolCalled(call_id="r", tool="repair", title="repair t", agent="repair"),
            ev.ToolProgressed(call_id="r", text="localising: 3 tests\n", agent="repair"),
            ev.ToolProgressed(call_id="r", text="searching: 298 tried\n", agent="repair"),
        ]
    )
    assert transcript.entries[0].progress == "searching: 298 tried"
    assert "searching: 298 tried" in drawn(transcript.entries[0], Look()).plain
    transcript.push(ev.ToolFinished(call_id="r", agent="repair"))
    assert transcript.entries[0].progress == ""


def test_a_run_that_somebody_took_over_is_shown_once():
    run = ev.TestsRan(command="pytest", failed=1, failing=("t",), seconds=2.5, baseline=True)
    assert len(shown([run, ev.TurnStarted(prompt="x"), run]).entries) == 2
    again = ev.TestsRan(command="pytest", failed=1, failing=("t",), seconds=2.7)
    assert len(shown([run, ev.TurnStarted(prompt="x"), run, again]).entries) == 3


def test_a_turn_of_a_sub_agent_does_not_end_the_turn():
    transcript = shown([ev.TurnStarted(prompt="go"), ev.TurnEnded(reason="done", agent="x")])
    assert transcript.is_running
    transcript.push(ev.TurnEnded(reason="done"))
    assert not transcript.is_running
    assert [type(entry) for entry in transcript.entries] == [Prompt, End]


def test_the_calls_of_a_sub_agent_are_inside_its_entry():
    calls = [
        each
        for number in range(70)
        for each in (
            ev.ToolCalled(call_id=f"c{number}", tool="read", title=f"read {number}.py", agent="x"),
            ev.ToolFinished(call_id=f"c{number}", ok=number != 69, output="no", agent="x"),
        )
    ]
    said = [ev.TextAdded(text="half ", agent="x"), ev.TextAdded(text="done", agent="x")]
    transcript = shown([ev.AgentStarted(child="x", name="scout", task="look"), *calls, *said])
    (agent,) = transcript.entries
    assert isinstance(agent, SubAgent)
    assert (agent.steps, len(agent.calls)) == (70, 60)
    assert [call.state for call in agent.calls[-2:]] == ["done", "failed"]
    assert agent.said == "half done"


def test_a_call_becomes_the_sub_agent_that_it_starts():
    def called(number, task):
        arguments = json.dumps({"task": task})
        return ev.ToolCalled(call_id=f"c{number}", tool="agent", title="agent", arguments=arguments)

    transcript = shown(
        [
            ev.TurnStarted(prompt="go"),
            called(1, "look"),
            called(2, "listen"),
            ev.AgentStarted(child="b", name="scout", task="listen"),
            ev.AgentStarted(child="a", name="scout", task="look"),
            ev.AgentEnded(child="b", ok=True, summary="heard"),
            ev.ToolFinished(call_id="c2", output="heard"),
            ev.Asked(ask_id="q", call_id="c1", question="May it?"),
        ]
    )
    agents = transcript.entries[1:3]
    assert [(agent.child, agent.task, agent.state) for agent in agents] == [
        ("a", "look", "running"),
        ("b", "listen", "done"),
    ]
    assert transcript.running_calls == []
    assert len(transcript.entries) == 4, "the prompt, two agents, the question"
    transcript.push(ev.ToolFinished(call_id="c1", ok=False, output="stopped"))
    assert transcript.entries[1].state == "running", "until its own end is told"


def test_a_call_that_starts_no_sub_agent_stays_a_call():
    arguments = json.dumps({"task": "look"})
    transcript = shown(
        [
            ev.TurnStarted(prompt="go"),
            ev.ToolCalled(call_id="c", tool="agent", title="agent", arguments=arguments),
            ev.ToolFinished(call_id="c", ok=False, output="There is no sub-agent 'x'."),
            ev.AgentStarted(child="a", name="scout", task="look"),
        ]
    )
    assert [type(entry).__name__ for entry in transcript.entries] == ["Prompt", "Call", "SubAgent"]
