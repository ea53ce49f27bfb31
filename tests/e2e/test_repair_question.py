"""Patches that pass and behave differently, on a real pseudo-terminal and without one, with the real engine."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.ui.terminal import Terminal
from tests.workflows.test_repair_choice import CLAMP, THIN

pytestmark = pytest.mark.e2e
SCRIPT = str(Path(sys.executable).with_name("mycoder"))
TASK = "make the failing tests pass"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "clamp.py").write_text(CLAMP)
    (root / "test_clamp.py").write_text(THIN)
    return root


def environment(project: Path) -> dict[str, str]:
    home = project.parent / "home"
    home.mkdir(exist_ok=True)
    found = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "TERM": "xterm-256color"}
    return found | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def started(project: Path, *arguments: str, size=(100, 40)) -> Terminal:
    command = [SCRIPT, "--engine", "repair", *arguments, TASK]
    return Terminal(command, cwd=project, env=environment(project), size=size)


def typed_like_a_hand(terminal: Terminal, *keys: str) -> None:
    for key in keys:
        end = time.monotonic() + 1.2
        while time.monotonic() < end:
            terminal.read(0.05)
        terminal.type(key)


def test_the_app_writes_what_the_person_takes(project):
    with started(project, size=(80, 24)) as terminal:
        terminal.wait_for("What should clamp(")
        terminal.wait_for("none of them")
        assert (project / "clamp.py").read_text() == CLAMP
        typed_like_a_hand(terminal, "2", "\r")
        terminal.wait_after("✓ done")
        written = (project / "clamp.py").read_text()
        assert written not in (CLAMP, CLAMP.replace("return high", "return low", 1))
        terminal.type("\x03\x03")
        assert terminal.end() == 0


@pytest.mark.parametrize("key", ["\x1b", "\x03"])
def test_esc_and_ctrl_c_stop_the_turn_and_write_nothing(project, key):
    with started(project) as terminal:
        terminal.wait_for("none of them")
        typed_like_a_hand(terminal, key)
        terminal.wait_after("stopped")
        assert (project / "clamp.py").read_text() == CLAMP
        typed_like_a_hand(terminal, "\x03\x03")
        assert terminal.end() == 0


def test_the_line_face_takes_a_number_and_says_what_was_not_wanted(project):
    with started(project, "--plain") as terminal:
        terminal.wait_for("none of them")
        typed_like_a_hand(terminal, "5 it should raise\r")
        terminal.wait_after("was wanted (it should raise)")
        assert (project / "clamp.py").read_text() == CLAMP
        terminal.type(f"{TASK}\r")
        terminal.wait_after("none of them")
        typed_like_a_hand(terminal, "1\r")
        terminal.wait_after("✓ done")
        assert "return low" in (project / "clamp.py").read_text()
        terminal.type("\x04")
        assert terminal.end() == 0


def test_a_task_without_a_person_takes_the_best_and_says_what_differs(project):
    ran = subprocess.run(
        [SCRIPT, "--engine", "repair", "--task", TASK],
        cwd=project,
        env=environment(project),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert ran.returncode == 0, ran.stderr
    assert "Another of them for clamp(" in ran.stdout
    assert "What should" not in ran.stdout + ran.stderr
    assert "return low" in (project / "clamp.py").read_text()
