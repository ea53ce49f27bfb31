"""Generated events: any text, any order; the laws about order are made where they are tested."""

from hypothesis import strategies as st

from mycoder.protocol.blocks import Code, Diff, Notice, Plan, PlanItem, Terminal, Text
from mycoder.protocol.events import (
    FilesChanged,
    Noticed,
    PlanChanged,
    PromptAdded,
    TestsRan,
    TextAdded,
    ThoughtAdded,
    ToolCalled,
    ToolFinished,
    ToolProgressed,
    TurnEnded,
    TurnStarted,
    UsageChanged,
)
from mycoder.protocol.report import FileChange
from mycoder.protocol.usage import Usage

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
small = st.integers(0, 10**6)
agents = st.sampled_from(["", "", "", "child-1"])
usages = st.builds(Usage, input=small, cached=small, output=small)
blocks = st.one_of(
    st.builds(Text, text=words, markdown=st.booleans()),
    st.builds(Code, text=words, language=words),
    st.builds(Diff, path=words, text=words, added=small),
    st.builds(Terminal, command=words, output=words, exit_code=st.none() | small),
    st.builds(Notice, text=words),
    st.builds(Plan, items=st.lists(st.builds(PlanItem, text=words), max_size=2).map(tuple)),
)
changes = st.builds(
    FileChange, path=words, kind=st.sampled_from(["added", "modified", "deleted"]), before=words
)
events = st.one_of(
    st.builds(TurnStarted, prompt=words),
    st.builds(PromptAdded, text=words, agent=agents),
    st.builds(TextAdded, text=words, agent=agents),
    st.builds(TextAdded, text=words),
    st.builds(ThoughtAdded, text=words, agent=agents),
    st.builds(ToolCalled, call_id=words, tool=words, arguments=words),
    st.builds(ToolProgressed, call_id=words, text=words),
    st.builds(
        ToolFinished,
        call_id=words,
        ok=st.booleans(),
        output=words,
        blocks=st.lists(blocks, max_size=2).map(tuple),
    ),
    st.builds(TestsRan, command=words, passed=small, failing=st.lists(words, max_size=2).map(tuple)),
    st.builds(FilesChanged, changes=st.lists(changes, max_size=2).map(tuple)),
    st.builds(PlanChanged, items=st.lists(st.builds(PlanItem, text=words), max_size=2).map(tuple)),
    st.builds(UsageChanged, model=words, usage=usages, total=usages),
    st.builds(Noticed, text=words),
    st.builds(TurnEnded, reason=st.sampled_from(["done", "failed", "budget"]), answer=words),
)
"""One event of nearly any kind."""
