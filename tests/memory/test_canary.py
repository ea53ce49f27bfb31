"""No secret comes to rest in the files of memory, whoever calls."""

import msgspec
import pytest

from mycoder.memory import progress
from mycoder.memory.memory import Memory
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
