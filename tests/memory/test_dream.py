"""Tidying up: what is merged, mended and set aside, and that all of it can be taken back."""

import json
import time

import pytest

from mycoder.memory import dream
from mycoder.memory.entries import Entry, entries_of, parse
from mycoder.memory.files import write_text
from mycoder.memory.memory import Memory
from mycoder.memory.workflows import Workflow, commands_of, distil
from mycoder.protocol.events import ToolCalled, ToolFinished

DAY = 86_400.0


@pytest.fixture
def memory(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    return Memory(tmp_path / "data", tmp_path / "data/projects/p", root)


def put(memory, *entries, more=""):
    write_text(memory.file("project"), "".join(entry.line() for entry in entries) + more)


def fact(id, text, **more):
    return Entry(id, text, by=more.pop("by", "assistant"), date=more.pop("date", "2026-11-01"), **more)


def left(memory):
    return {entry.id for entry in memory.entries("project")}


def test_the_same_fact_twice_becomes_one_but_other_figures_are_other_facts(memory):
    put(
        memory,
        fact("a", "The staging server listens on port 8431 behind nginx."),
        fact("b", "the staging server listens on port 8431 behind nginx", date="2026-11-09", cites=("x.py",)),
        fact("c", "The staging server listens on port 8432 behind nginx."),
        fact("d", "The staging server really listens on port 8431 behind nginx."),
    )
    (memory.root / "x.py").write_text("")
    dream.apply(memory, dream.plan(memory))
    assert left(memory) == {"b", "c"}


def test_what_a_person_wrote_or_pinned_is_never_taken_away(memory):
    put(
        memory,
        fact("a", "Tests need Redis.", by="you"),
        fact("b", "Tests need Redis!", is_pinned=True),
        more="## Rules\n- Tests need Redis. <!-- id=r by=you -->\n## Knowledge\n- Tests need Redis.\n- Tests need Redis.\n",
    )
    before = memory.file("project").read_text()
    dream.apply(memory, dream.plan(memory))
    assert memory.file("project").read_text().count("- Tests need Redis.\n") == before.count(
        "- Tests need Redis.\n"
    )
    assert {"a", "b", "r"} <= left(memory)


def test_a_citation_follows_a_file_that_moved(memory):
    (memory.root / "new").mkdir()
    (memory.root / "new/app.py").write_text("def serve(): ...\n")
    put(memory, fact("a", "`serve` is slow.", cites=("old/app.py#serve",)))
    planned = dream.plan(memory, files=["new/app.py"])
    assert "old/app.py#serve is now new/app.py#serve" in planned.diff()
    dream.apply(memory, planned)
    assert memory.entries()[0].cites == ("new/app.py#serve",)
    assert memory.stale(memory.entries()) == []


def test_what_is_gone_is_marked_then_set_aside_to_the_notes(memory):
    put(
        memory,
        fact("a", "old.py is slow.", cites=("old.py",)),
        fact("b", "gone.py too.", cites=("gone.py",), by="you"),
    )
    dream.apply(memory, dream.plan(memory))
    assert all(entry.stale for entry in memory.entries())
    later = time.time() + 40 * DAY
    dream.apply(memory, dream.plan(memory, now=later))
    assert left(memory) == {"b"}, "what a person wrote stays, marked"
    notes = memory.notes("project")[0].read_text()
    assert [e.id for e in entries_of(parse(notes))] == ["a"]
    (memory.root / "gone.py").write_text("")
    dream.apply(memory, dream.plan(memory))
    assert memory.entries()[0].stale == ""


def test_a_fact_that_its_log_does_not_hold_is_set_aside(memory):
    put(
        memory,
        fact("a", "Forged.", session="s1"),
        fact("b", "True.", session="s2"),
        fact("c", "Old.", session="s3"),
    )
    says = {"s1": False, "s2": True, "s3": None}
    planned = dream.plan(memory, confirm=lambda entry: says[entry.session])
    dream.apply(memory, planned)
    assert left(memory) == {"b", "c"}
    assert "the log of s1 does not hold it" in planned.diff()


def test_undo_brings_all_of_it_back_and_leaves_what_was_changed_since(memory):
    (memory.root / "x.py").write_text("")
    put(
        memory,
        fact("a", "The gate is slow.", cites=("x.py",)),
        fact("b", "The gate is slow!", date="2026-11-05"),
        fact("c", "gone.py is big.", cites=("gone.py",)),
        fact("d", "Forged.", session="s"),
    )
    before = {e.id: e for e in memory.entries()}
    flows = [Workflow(("make lint", "make test"), 3)]
    done = dream.apply(memory, dream.plan(memory, confirm=lambda e: False, workflows=flows))
    assert (memory.folder / "skills/make-lint-then-make-test.md").exists()
    assert len(done.steps) >= 4
    memory.add("Later.", by="you")
    dream.undo(memory)
    after = {e.id: e for e in memory.entries()}
    later = [e for id, e in after.items() if id not in before]
    assert {id: after[id] for id in before} == before
    assert [e.text for e in later] == ["Later."]
    assert not (memory.folder / "skills/make-lint-then-make-test.md").exists()
    assert dream.undo(memory) is None
    assert all("Forged" not in note.read_text() for note in memory.notes("project"))


def test_steps_that_do_not_fit_any_more_are_left_out(memory):
    put(memory, fact("a", "The gate is slow."), fact("b", "The gate is slow!", date="2026-11-05"))
    planned = dream.plan(memory)
    put(memory, fact("a", "The gate is fast now."), fact("b", "The gate is slow!", date="2026-11-05"))
    assert dream.apply(memory, planned).steps == ()
    assert left(memory) == {"a", "b"}


def test_what_was_forgotten_cannot_come_back_by_undo(memory):
    put(memory, fact("a", "Forged.", session="s"))
    dream.apply(memory, dream.plan(memory, confirm=lambda e: False))
    dream.scrub(memory, "a")
    dream.undo(memory)
    assert left(memory) == set()
    assert "Forged" not in (memory.folder / "dream.json").read_text()


def test_the_schedule_is_a_row_of_the_project(memory):
    memory.add("One.", by="you")
    now = 1_000_000_000.0
    assert not dream.is_due(memory, 7, now)
    assert not dream.is_due(memory, 7, now + 6 * DAY)
    assert dream.is_due(memory, 7, now + 7 * DAY)
    dream.looked(memory, now + 7 * DAY)
    assert not dream.is_due(memory, 7, now + 8 * DAY)
    (memory.folder / "dream.json").write_text("{torn")
    assert not dream.is_due(memory, 7, now + 99 * DAY)


def calls(*commands):
    events = []
    for number, (command, ok) in enumerate(commands):
        arguments = json.dumps({"command": command})
        events += [
            ToolCalled(call_id=str(number), tool="shell", arguments=arguments),
            ToolFinished(call_id=str(number), ok=ok),
        ]
    return events


def test_workflows_are_runs_of_commands_of_two_sessions_or_more():
    one = commands_of(
        calls(
            ("ls -la", True), ("make lint", True), ("make build", True), ("rm x", False), ("git add -A", True)
        )
    )
    assert one == ["make lint", "make build", "git add -A"]
    found = distil([one, ["make lint", "make build", "git add -A"], ["make lint", "make build"], ["alone"]])
    assert [(flow.commands, flow.count) for flow in found] == [
        (("make lint", "make build"), 3),
        (("make lint", "make build", "git add -A"), 2),
    ]
    assert distil([["a", "b"] * 5]) == [], "often in one session is no workflow"
    skill = found[1].skill()
    assert skill.startswith("---\nname: ")
    assert "3. Run `git add -A`." in skill
