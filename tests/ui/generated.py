"""Generated runs of a session: lists of events that obey the laws of the protocol."""

import msgspec
from hypothesis import strategies as st

from mycoder.protocol import events as ev
from mycoder.protocol.blocks import Diff, Terminal, TestReport
from mycoder.protocol.report import FileChange
from mycoder.protocol.usage import Usage

WORDS = st.text(max_size=12)


@st.composite
def runs(draw: st.DrawFn) -> list[ev.AnyEvent]:
    """One session of up to three turns; the last event always closes the last turn."""
    out: list[ev.AnyEvent] = [ev.SessionStarted(version="1", root="/r", model="m", mode="ask")]
    for turn in range(draw(st.integers(1, 3))):
        out.append(ev.TurnStarted(prompt=draw(WORDS)))
        for step in range(draw(st.integers(0, 5))):
            out += draw(step_events(f"{turn}.{step}"))
        out.append(ev.TurnEnded(reason=draw(st.sampled_from(["done", "interrupted", "tests_failing"]))))
    stamped = []
    clock = 0.0
    for seq, event in enumerate(out, 1):
        clock += draw(st.sampled_from([0.0, 0.25, 1.0]))
        stamped.append(_stamp(event, seq, clock))
    return stamped


@st.composite
def step_events(draw: st.DrawFn, name: str) -> list[ev.AnyEvent]:
    match draw(
        st.sampled_from(["talk", "talk", "tool", "ask", "retry", "tests", "files", "agent", "notice"])
    ):
        case "talk":
            kinds = st.sampled_from([ev.TextAdded, ev.ThoughtAdded])
            return [draw(kinds)(text=draw(WORDS)) for _ in range(draw(st.integers(1, 6)))]
        case "tool":
            return draw(tool_events(name))
        case "ask":
            asked = ev.Asked(ask_id=name, call_id=name, options=(ev.AskOption("once", "Allow once"),))
            settled = ev.AskSettled(ask_id=name, choice="once")
            return [ev.ToolCalled(call_id=name, tool="shell"), asked, settled, ev.ToolFinished(call_id=name)]
        case "retry":
            return [ev.TextAdded(text="half"), ev.ModelRetried(reason="cut", attempt=1, delay=0.5)]
        case "tests":
            return [
                ev.TestsRan(command="pytest", passed=draw(st.integers(0, 3)), baseline=draw(st.booleans()))
            ]
        case "files":
            cause = draw(st.sampled_from(["tool", "command", "undo", "redo"]))
            change = FileChange(
                "a.py", "modified", 1, 2, draw(st.sampled_from("xy")), draw(st.sampled_from("xy"))
            )
            return [ev.FilesChanged(changes=(change,), cause=cause)]
        case "agent":
            inner = [
                ev.TextAdded(text="sub", agent=name),
                ev.ToolCalled(call_id=name + "s", tool="read", agent=name),
            ]
            return [
                ev.AgentStarted(child=name, name="scout", task="look"),
                *inner,
                ev.AgentEnded(child=name, ok=True),
            ]
    return [ev.Noticed(text=draw(WORDS)), ev.UsageChanged(model="m", usage=Usage(1), total=Usage(2))]


@st.composite
def tool_events(draw: st.DrawFn, name: str) -> list[ev.AnyEvent]:
    blocks = draw(
        st.sampled_from(
            [
                (),
                (Diff(path="a", text="-x\n+y", added=1, removed=1),),
                (Terminal(command="ls"),),
                (TestReport(command="t"),),
            ]
        )
    )
    progress = [ev.ToolProgressed(call_id=name, text=draw(WORDS)) for _ in range(draw(st.integers(0, 3)))]
    between = draw(
        st.sampled_from([[], [ev.TextAdded(text="meanwhile")], [ev.TestsRan(command="t", passed=1)]])
    )
    done = ev.ToolFinished(
        call_id=name, ok=draw(st.booleans()), output=draw(WORDS), blocks=blocks, seconds=0.1
    )
    return [ev.ToolCalled(call_id=name, tool="edit"), *progress, *between, *progress, done]


def _stamp(event: ev.AnyEvent, seq: int, at: float) -> ev.AnyEvent:
    return msgspec.structs.replace(event, session="s", seq=seq, at=at)
