"""No secret comes to rest in the files of memory, whoever calls."""

import msgspec
import pytest

from mycoder.memory import progress
from mycoder.memory.dream import Dream, Row, Step, read_row, write_row
from mycoder.memory.memory import Memory
from mycoder.memory.projects import Projects
from mycoder.protocol.events import TurnEnded

CANARY = "ghp_cAnArY0123456789abcdefghijABCDEFGHIJ"
OWN = "cnry-a1b2c3d4e5f6-environment"


@pytest.fixture
def memory(tmp_path, monkeypatch):
    monkeypatch.setenv("CANARY_TOKEN", OWN)
    return Memory(tmp_path / "memory", tmp_path / "memory/projects/p", tmp_path)


def kept(memory):
    return b"".join(path.read_bytes() for path in memory.base.rglob("*") if path.is_file()).decode()


def assert_clean(memory):
    text = kept(memory)
    assert "[redacted:" in text
    assert CANARY not in text
    assert OWN not in text


@pytest.mark.parametrize("by", ["you", "assistant", "dream"])
@pytest.mark.parametrize("secret", [CANARY, OWN])
def test_what_is_added(memory, by, secret):
    memory.add(f"The token of the deployment is {secret}", by=by)
    assert_clean(memory)


def test_what_is_changed_and_moved_to_the_notes(memory):
    entry = memory.add("The token lies in the vault", by="you").entry
    memory.replace(msgspec.structs.replace(entry, text=f"The token is {CANARY}"), memory.file("project"))
    memory.to_notes([msgspec.structs.replace(entry, text=f"The other is {OWN}")], "project")
    assert_clean(memory)
    assert [e.id for e in memory.entries("project")] == [entry.id]


def test_what_a_person_edits(memory):
    memory.put_back(f"## Knowledge\n- use {CANARY}\n- a fact\n", "", "project")
    assert_clean(memory)
    assert "- a fact\n" in kept(memory)


def test_the_words_of_a_task(memory):
    progress.note(memory.folder / "tasks", "s", f"push with {CANARY}", TurnEnded(reason="done"), 0.0)
    assert_clean(memory)


def test_what_tidying_up_keeps_for_its_undo(memory):
    entry = memory.add("The token lies in the vault", by="assistant").entry
    after = msgspec.structs.replace(entry, text=f"a {CANARY} b {OWN}")
    row = Row(1.0, Dream(1.0, (Step("merged", entry, after),)))
    write_row(memory, row)
    assert_clean(memory)
    back = read_row(memory)
    assert back.done.steps[0].before == entry
    assert back.last == 1.0


@pytest.mark.parametrize("secret", [CANARY, OWN])
def test_where_a_project_lies_and_what_it_is_called(memory, tmp_path, secret):
    root = tmp_path / secret / f"project-{secret}"
    root.mkdir(parents=True)
    projects = Projects(memory.base)
    first = projects.settle(root, key=f"https://user:{secret}@example.org/x", has_remote=True)
    assert_clean(memory)
    assert projects.settle(root, key=f"https://user:{secret}@example.org/x", has_remote=True).id == first.id
    assert projects.known(root).id == first.id, "and it is known again"
