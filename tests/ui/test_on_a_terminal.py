"""The console script on a real pseudo-terminal, in both faces, against the scripted model over HTTP."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mycoder.models.script import ScriptedCall, Step
from mycoder.models.scripted_server import ScriptedServer
from tests.ui.terminal import Terminal

pytestmark = pytest.mark.e2e

SCRIPT = str(Path(sys.executable).with_name("mycoder"))
REPLY = (Step(text="Here is a **reply** of two words.\n\nThe very end."),)
SLOW = (
    Step(text="", calls=(ScriptedCall("shell", {"command": "echo started; sleep 60"}),)),
    Step(text="done"),
)


@pytest.fixture
def repository(tmp_path):
    root = tmp_path / "shop"
    root.mkdir()
    (root / "a.py").write_text("x = 1\n")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


def environment(home: Path, server: ScriptedServer, term: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TERM": term,
        "OPENAI_BASE_URL": server.url,
        "OPENAI_API_KEY": "sk-test",
    }


async def on_terminal(drive, repository, *, script=REPLY, term="xterm-256color", arguments=(), env=()):
    """Runs `drive(terminal)` in a thread, while the model is served here."""
    async with ScriptedServer(script) as server:
        command = [SCRIPT, "--model", "openai/scripted", *arguments]
        place = environment(repository.parent / "home", server, term) | dict(env)
        (repository.parent / "home").mkdir(exist_ok=True)

        def run():
            with Terminal(command, cwd=repository, env=place) as terminal:
                drive(terminal)

        await asyncio.to_thread(run)


async def test_the_full_face_starts_types_streams_resizes_and_leaves(repository):
    def drive(terminal):
        terminal.wait_for("/command")
        terminal.type("say hello\r")
        terminal.wait_after("The very end.")
        terminal.wait_after("✓ done")
        terminal.resize((60, 20))
        terminal.type("abc")
        terminal.wait_after("abc")
        terminal.type("\x03\x03\x03")
        assert terminal.end() == 0
        assert b"\x1b[?1049l" in terminal.seen
        assert "go on: mycoder --resume" in terminal.text.split("\x1b[?1049l")[-1]
        assert terminal.modes == terminal.before

    await on_terminal(drive, repository)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
async def test_a_signal_leaves_the_terminal_as_it_was(repository, number, code):
    def drive(terminal):
        terminal.wait_for("/command")
        terminal.wait_for("ready")
        terminal.process.send_signal(number)
        assert terminal.end() == code
        assert b"\x1b[?1049l" in terminal.seen
        assert terminal.modes == terminal.before

    await on_terminal(drive, repository)


async def test_esc_stops_a_running_command(repository):
    def drive(terminal):
        terminal.wait_for("/command")
        terminal.type("start it\r")
        terminal.wait_after("sleep 60")
        terminal.type("\x1b")
        terminal.wait_after("stopped")
        terminal.type("\x03\x03")
        assert terminal.end() == 0

    await on_terminal(drive, repository, script=SLOW)


async def test_the_line_face_starts_types_streams_resizes_and_leaves(repository):
    def drive(terminal):
        terminal.wait_for("mycoder 0")
        terminal.type("say hello\r")
        terminal.wait_after("The very end.")
        terminal.wait_after("✓ done")
        terminal.resize((60, 20))
        terminal.type("/context\r")
        terminal.wait_after("tokens in the context")
        terminal.type("\x04")
        assert terminal.end() == 0
        assert "go on: mycoder --resume" in terminal.text
        assert b"\x1b[?1049h" not in terminal.seen
        assert terminal.modes == terminal.before

    await on_terminal(drive, repository, arguments=("--plain",))


async def test_the_line_face_loses_no_key_that_is_typed_before_the_next_prompt_is_there(repository):
    def drive(terminal):
        terminal.wait_for("mycoder 0")
        terminal.type("say hello\r")
        terminal.wait_after("✓ done")
        terminal.type("/context\r!echo $((40+2))x\x7f\r\x04")
        assert terminal.end() == 0
        assert "tokens in the context" in terminal.fresh
        assert "42\r\n" in terminal.fresh

    await on_terminal(drive, repository, arguments=("--plain",))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
async def test_a_signal_leaves_the_terminal_of_the_line_face_as_it_was(repository, number, code):
    def drive(terminal):
        terminal.wait_for("mycoder 0")
        assert terminal.modes != terminal.before
        terminal.process.send_signal(number)
        assert terminal.end() == code
        assert terminal.modes == terminal.before

    await on_terminal(drive, repository, arguments=("--plain",))


async def test_the_line_face_lends_the_terminal_to_an_editor(repository):
    editor = repository.parent / "editor"
    editor.write_text('#!/bin/sh\nstty -a > "$0.modes"\necho "12345678901" > "$1"\n')
    editor.chmod(0o755)

    def drive(terminal):
        terminal.wait_for("mycoder 0")
        terminal.type("half a prompt\x07")
        terminal.wait_after("12345678901")
        terminal.type("\r")
        terminal.wait_after("The very end.")
        terminal.type("\x04")
        assert terminal.end() == 0
        assert " icanon" in (repository.parent / "editor.modes").read_text()
        assert terminal.modes == terminal.before

    await on_terminal(drive, repository, arguments=("--plain",), env={"EDITOR": str(editor)})


async def test_a_dumb_terminal_gets_plain_lines(repository):
    def drive(terminal):
        terminal.wait_for("> ")
        terminal.type("say hello\r")
        terminal.wait_after("The very end.")
        terminal.type("\x04")
        assert terminal.end() == 0
        assert b"\x1b" not in terminal.seen

    await on_terminal(drive, repository, term="dumb")


async def test_a_turn_that_runs_at_the_end_of_the_input_is_worked_off_to_its_last_word(repository):
    def drive(terminal):
        terminal.wait_for("mycoder 0")
        terminal.type("say hello\r\x04")
        assert terminal.end() == 0
        assert "The very end." in terminal.fresh
        assert "✓ done" in terminal.fresh
        assert "go on: mycoder --resume" in terminal.fresh

    await on_terminal(drive, repository, arguments=("--plain",))
