"""`mycoder memory` and `mycoder history` as a person types them."""

import json
import stat

import pytest

from mycoder.config.paths import Paths
from mycoder.protocol.events import SessionStarted, TextAdded, TurnStarted
from mycoder.session.store import Store


@pytest.fixture
def paths(shell):
    return Paths.from_env({"HOME": str(shell.home)})


def entry(shell, text):
    assert shell("memory", "list", "--json") == 0
    return next(e for e in json.loads(shell.out) if text in e["text"])


def test_add_list_edit_pin_forget(shell):
    assert shell("memory") == 0
    assert "Nothing is remembered yet. `mycoder memory add …`" in shell.out
    assert shell("memory", "add", "The", "port", "is", "8431.") == 0
    assert shell("memory", "rule", "--everywhere", "Use British spelling.") == 0
    fact, rule = entry(shell, "8431"), entry(shell, "British")
    assert (rule["section"], rule["scope"], rule["by"]) == ("Rules", "user", "you")
    assert shell("memory", "pin", fact["id"]) == 0
    assert shell("memory", "edit", fact["id"], "The", "port", "is", "9000.") == 0
    assert entry(shell, "9000")["is_pinned"]
    assert shell("memory", "search", "port") == 0
    assert "9000" in shell.out
    assert shell("memory", "forget", fact["id"]) == 0
    assert shell("memory", "forget", fact["id"]) == 2
    assert "`mycoder memory`" in shell.err
    assert "/memory" not in shell.err
    assert shell("memory", "list") == 0
    assert "9000" not in shell.out
    left = [p for p in (shell.home / ".local").rglob("*") if p.is_file() and b"9000" in p.read_bytes()]
    assert left == []


def test_an_editor_gets_a_private_copy_and_what_it_saves_is_kept(shell, monkeypatch):
    shell("memory", "add", "One.")
    editor = shell.write("editor.sh", '#!/bin/sh\nstat -c %a "$1" > mode.txt\necho "- By hand." >> "$1"\n')
    editor.chmod(0o700)
    monkeypatch.setenv("EDITOR", str(editor))
    assert shell("memory", "edit") == 0, shell.err
    assert (shell.root / "mode.txt").read_text().strip() == "600"
    shell("memory", "list")
    assert "One." in shell.out
    assert "By hand." in shell.out
    monkeypatch.setenv("EDITOR", "false")
    assert shell("memory", "edit") == 2
    monkeypatch.setenv("EDITOR", "no-such-editor-here")
    assert shell("memory", "edit") == 2
    assert "EDITOR" in shell.err


def test_secrets_are_not_remembered(shell, paths):
    key = "sk-proj-" + "a1B2c3D4e5F6g7H8" * 3
    shell("memory", "add", f"The key is {key}")
    kept = "".join(p.read_text() for p in (paths.data / "memory").rglob("*.md"))
    assert key not in kept
    assert "redacted" in kept


def test_dream_shows_does_and_undoes(shell):
    shell("memory", "add", "old.py is slow.")
    (shell.root / "old.py").write_text("x = 1\n")
    shell("memory", "edit", entry(shell, "slow")["id"], "old.py is slow.")
    (shell.root / "old.py").unlink()
    assert shell("memory", "dream") == 0
    assert "gone: old.py" in shell.out
    assert entry(shell, "slow")["stale"] == ""
    assert shell("memory", "dream", "--apply") == 0
    assert entry(shell, "slow")["stale"] != ""
    assert shell("memory", "dream", "--undo") == 0
    assert entry(shell, "slow")["stale"] == ""
    assert shell("memory", "dream", "--undo") == 0
    assert "nothing" in shell.out.lower() or "no tidying up" in shell.out
    assert shell("memory", "dream", "--apply", "--undo") == 2


def test_history_finds_sessions_of_this_project_or_of_all(shell, paths, tmp_path):
    store = Store(paths.state)
    for root, words in ((shell.root, "the flux capacitor"), (tmp_path / "other", "another capacitor")):
        _, log = store.create(root.resolve(), 1_700_000_000.0)
        log.append(SessionStarted(version="1", root=str(root), model="m", seq=1, at=1_700_000_000.0))
        log.append(TurnStarted(prompt=words, seq=2, at=1_700_000_001.0))
        log.append(TextAdded(text="It is \x1b[31mcold.", seq=3, at=1_700_000_002.0))
        log.close()
    assert shell("history", "search", "capacitor") == 0
    assert "the flux capacitor" in shell.out
    assert "another" not in shell.out
    assert "\x1b" not in shell.out
    assert shell("history", "search", "capacitor", "--all", "--json") == 0
    assert {hit["text"] for hit in json.loads(shell.out)} == {"the flux capacitor", "another capacitor"}
    assert shell("history", "search", "zeppelin") == 1
    assert stat.S_IMODE((paths.state / "history.sqlite").stat().st_mode) == 0o600


def test_a_deleted_session_is_not_found_any_more(shell, paths):
    store = Store(paths.state)
    id, log = store.create(shell.root.resolve(), 1_700_000_000.0)
    log.append(TurnStarted(prompt="the flux capacitor", seq=1, at=1_700_000_001.0))
    log.close()
    shell("history", "search", "capacitor")
    assert id in shell.out
    assert shell("sessions", "delete", id) == 0
    assert shell("history", "search", "capacitor") == 1
    assert b"capacitor" not in (paths.state / "history.sqlite").read_bytes()


def test_projects_and_adopting(shell, tmp_path):
    shell("memory", "add", "Old words.")
    other = tmp_path / "other"
    other.mkdir()
    assert shell("-C", str(other), "memory", "list") == 0
    assert "Old words" not in shell.out
    assert shell("memory", "projects") == 0
    name = next(line.split()[0] for line in shell.out.splitlines() if str(shell.root) in line)
    assert shell("-C", str(other), "memory", "adopt", name) == 0
    assert shell("-C", str(other), "memory", "list") == 0
    assert "Old words" in shell.out
    assert shell("memory", "adopt", "nonsense") == 2


def test_why_of_a_session(shell, paths):
    store = Store(paths.state)
    facts = "Working directory\n<memory>\nRules of the person:\n- Never push.\n</memory>"
    id, log = store.create(shell.root.resolve(), 1_700_000_000.0)
    log.append(SessionStarted(version="1", root=str(shell.root), model="m", facts=facts, seq=1))
    log.append(TurnStarted(prompt="hello", seq=2))
    log.close()
    assert shell("memory", "why") == 0
    assert "Never push." in shell.out
    assert id in shell.out
