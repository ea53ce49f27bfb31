from mycoder.protocol.events import (
    AgentStarted,
    FilesChanged,
    TestsRan,
    TurnEnded,
    TurnStarted,
    UsageChanged,
)
from mycoder.protocol.report import FileChange
from mycoder.protocol.usage import Usage
from mycoder.session.reports import Reporter

BASE = TestsRan(command="pytest", passed=1, failed=2, failing=("a", "b"), baseline=True)
GREEN = TestsRan(command="pytest", passed=3, fixed=("a", "b"))


def report(*feed):
    reporter = Reporter()
    reporter.see(TurnStarted(prompt="x"))
    for event in feed:
        reporter.see(event)
    return reporter.complete(TurnEnded(reason="done"), "bubblewrap").report


def edit(path="f", before="1", after="2", kind="modified"):
    return FilesChanged(
        changes=(FileChange(path=path, before=before, after=after, kind=kind, added=1, removed=1),)
    )


def test_green_after_the_last_edit_is_verified():
    made = report(BASE, edit(), GREEN)
    assert made.verified
    assert (made.before.failed, made.after.passed) == (2, 3)
    assert made.fixed == ("a", "b")
    assert made.sandbox == "bubblewrap"


def test_an_edit_after_green_is_not_verified():
    made = report(BASE, edit(), GREEN, edit(before="2", after="3"))
    assert not made.verified
    assert "after the last" in made.note


def test_a_run_with_a_problem_is_not_verified():
    made = report(edit(), TestsRan(command="pytest", passed=9, problem="collection error"))
    assert not made.verified
    assert made.note == "collection error"


def test_a_partial_run_verifies_nothing():
    assert not report(edit(), TestsRan(command="pytest", passed=1, complete=False)).verified


def test_what_failed_before_and_still_fails_is_known():
    made = report(BASE, edit(), TestsRan(command="pytest", passed=2, failed=1, failing=("b",), fixed=("a",)))
    assert made.known == ("b",)


def test_files_are_the_net_of_all_changes():
    made = report(
        edit("new", "", "1", "added"),
        edit("new", "1", "2"),
        edit("gone", "1", "2"),
        edit("gone", "2", "", "deleted"),
        edit("back", "1", "2"),
        edit("back", "2", "1"),
    )
    assert [(f.path, f.kind) for f in made.files] == [("gone", "deleted"), ("new", "added")]
    assert made.files[1].added == 2


def test_usage_and_steps_are_of_the_turn():
    reply = UsageChanged(model="m", usage=Usage(input=5), total=Usage(input=50))
    made = report(reply, reply)
    assert (made.steps, made.usage.input) == (2, 10)


def test_steps_are_counted_by_who_was_asked():
    def reply(agent=""):
        return UsageChanged(model="m", usage=Usage(input=5), total=Usage(), agent=agent)

    made = report(
        reply(),
        AgentStarted(child="code.1", name="generate", task=""),
        reply("code.1"),
        AgentStarted(child="code.1", name="fix", task=""),
        reply("code.1"),
        AgentStarted(child="explore-1", name="explore", task=""),
        AgentStarted(child="explore-2", name="explore", task=""),
        reply("explore-1"),
        reply("explore-2"),
        reply("judge"),
    )
    assert made.steps_by == {"main": 1, "generate": 1, "fix": 1, "explore": 2, "judge": 1}
    assert made.steps == sum(made.steps_by.values())
