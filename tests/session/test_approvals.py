import asyncio

import pytest

from mycoder.policy.decide import Verdict
from mycoder.policy.policy import Policy
from mycoder.policy.remembered import Remembered
from mycoder.policy.rules import Rule
from mycoder.protocol.blocks import Code, Diff, Terminal
from mycoder.protocol.commands import Answer
from mycoder.protocol.events import Asked, AskSettled, ToolCalled
from mycoder.session.approvals import Approvals
from mycoder.session.preview import preview
from mycoder.workspace.files import Files

LONG = "echo " + "x" * 200


def call(tool="shell", title="$ echo x…"):
    return ToolCalled(call_id="c", tool=tool, title=title)


async def approve(approvals, choice, command=LONG, note="", rule=""):
    emitted = []
    waiting = asyncio.ensure_future(
        approvals.approve(call(), {"command": command}, Verdict("ask", rule), emitted.append, ())
    )
    await asyncio.sleep(0)
    for event in list(emitted):
        if isinstance(event, Asked):
            approvals.answer(Answer(ask_id=event.ask_id, choice=choice, note=note))
    return await waiting, emitted


async def test_an_answer_settles_the_ask_with_that_id():
    settled, emitted = await approve(Approvals(can_ask=True), "deny", note="too wide")
    assert (settled.choice, settled.note) == ("deny", "too wide")
    assert [type(e) for e in emitted] == [Asked, AskSettled]


async def test_once_is_not_remembered_and_the_session_is():
    approvals = Approvals(can_ask=True)
    await approve(approvals, "once")
    _, emitted = await approve(approvals, "session")
    assert len(emitted) == 2
    settled, emitted = await approve(approvals, "deny")
    assert (settled.choice, settled.by, emitted) == ("session", "policy", [])


async def test_only_the_very_same_command_is_remembered_however_long():
    approvals = Approvals(can_ask=True)
    await approve(approvals, "session")
    settled, _ = await approve(approvals, "deny", command=LONG + "; rm -rf .")
    assert settled.choice == "deny"


async def test_always_is_remembered_for_the_project_and_can_be_forgotten(tmp_path):
    approvals = Approvals(can_ask=True, remembered=Remembered(tmp_path))
    settled, (asked, _) = await approve(approvals, "always", command="make all")
    assert settled.choice == "always"
    assert [option.id for option in asked.options] == ["once", "session", "always", "deny"]
    assert asked.options[2].label == "Always allow shell(= make all) in this project"
    _, emitted = await approve(approvals, "deny", command="make all")
    assert emitted == []
    other = Approvals(can_ask=True, remembered=Remembered(tmp_path))
    assert other.added_to(Policy()).allow == (Rule("shell", "= make all"),)
    assert other.forget([1]) == ["shell(= make all)"]
    assert other.added_to(Policy()).allow == ()


async def test_what_cannot_be_named_is_not_offered_for_always(tmp_path):
    approvals = Approvals(can_ask=True, remembered=Remembered(tmp_path))
    _, (asked, _) = await approve(approvals, "once", command="make $X")
    assert [option.id for option in asked.options] == ["once", "session", "deny"]


async def test_after_words_from_outside_nothing_is_answered_from_memory(tmp_path):
    approvals = Approvals(can_ask=True, remembered=Remembered(tmp_path))
    await approve(approvals, "session")
    settled, (asked, _) = await approve(approvals, "deny", rule="taint")
    assert settled.choice == "deny"
    assert [option.id for option in asked.options] == ["once", "deny"]


async def test_forgetting_an_answer_of_the_project_forgets_it_in_the_session_too(tmp_path):
    approvals = Approvals(can_ask=True, remembered=Remembered(tmp_path))
    await approve(approvals, "always", command="make all")
    assert approvals.forget(None) == ["shell(= make all)", "`make all`"]
    settled, _ = await approve(approvals, "deny", command="make all")
    assert settled.choice == "deny"


async def test_where_nobody_can_answer_it_is_a_denial():
    settled, emitted = await approve(Approvals(can_ask=False), "once")
    assert (settled.choice, settled.by) == ("deny", "policy")
    assert [type(e) for e in emitted] == [Asked, AskSettled]


async def test_an_answer_to_nothing_is_ignored():
    Approvals(can_ask=True).answer(Answer(ask_id="ask-9", choice="once"))


@pytest.mark.parametrize(
    ("tool", "values", "kind", "shown"),
    [
        ("shell", {"command": LONG}, Terminal, LONG),
        ("edit", {"path": "a.py", "old": "one", "new": "two"}, Diff, "-one"),
        ("write", {"path": "a.py", "content": "new\n"}, Diff, "-old"),
        ("write", {"path": "b.py", "content": "new\n"}, Diff, "+new"),
        ("patch", {"patch": "*** Begin Patch"}, Code, "*** Begin Patch"),
    ],
)
def test_what_is_shown_is_what_would_run(tmp_path, tool, values, kind, shown):
    (tmp_path / "a.py").write_text("old\n")
    (block,) = preview(call(tool), values, Files(tmp_path))
    assert isinstance(block, kind)
    assert shown in (block.command if isinstance(block, Terminal) else block.text)
