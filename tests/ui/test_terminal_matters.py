"""What leaves the screen, on a real pseudo-terminal: editor, clipboard, SVG of a block, the mouse, Ctrl+Z."""

import asyncio
import base64
import os
import shutil
import stat

import pytest

from mycoder.models.scripted_server import ScriptedServer
from tests.ui.terminal import Terminal
from tests.ui.test_on_a_terminal import REPLY, SCRIPT, environment, on_terminal, repository

__all__ = ["repository"]

pytestmark = pytest.mark.e2e


def script(path, text):
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


async def test_the_editor_gets_the_prompt_and_gives_it_back(repository):
    editor = script(
        repository.parent / "editor",
        '#!/bin/sh\ngrep -q "half a prompt" "$1" && echo "from the editor" > "$1"\n',
    )

    def drive(terminal):
        terminal.wait_for("/command")
        terminal.type("half a prompt\x07")
        terminal.wait_after("from the editor")
        terminal.type("\r")
        terminal.wait_after("The very end.")
        terminal.type("/quit\r")
        assert terminal.end() == 0

    await on_terminal(drive, repository, env={"EDITOR": str(editor)})


async def test_the_editor_gets_what_is_remembered_and_it_is_kept(repository):
    editor = script(repository.parent / "editor", '#!/bin/sh\necho "- The port is 8431." >> "$1"\n')

    def drive(terminal):
        terminal.wait_for("/command")
        terminal.type("say hello\r")
        terminal.wait_after("✓ done")
        terminal.type("/memory edit\r")
        terminal.wait_after("Saved")
        terminal.type("/memory list\r")
        terminal.wait_after("The port is 8431.")
        terminal.type("/quit\r")
        assert terminal.end() == 0

    await on_terminal(drive, repository, env={"EDITOR": str(editor)})


async def test_an_editor_that_is_not_there_is_said_and_nothing_is_lost(repository):
    def drive(terminal):
        terminal.wait_for("/command")
        terminal.type("keep me\x07")
        terminal.wait_after("cannot be started")
        terminal.type(" here\r")
        terminal.wait_after("The very end.")
        terminal.type("/quit\r")
        assert terminal.end() == 0

    await on_terminal(drive, repository, env={"EDITOR": "/nowhere/editor"})


async def test_a_reply_goes_to_the_clipboard_both_ways(repository):
    tools = repository.parent / "tools"
    tools.mkdir()
    kept = repository.parent / "kept"
    script(tools / "wl-copy", f"#!/bin/sh\ncat > {kept}\n")

    def drive(terminal):
        terminal.wait_for("/command")
        terminal.type("say hello\r")
        terminal.wait_after("✓ done")
        terminal.type("\x1bc")
        terminal.wait_after("Copied")
        said = "Here is a **reply** of two words.\n\nThe very end."
        coded = base64.b64encode(said.encode())
        assert b"\x1b]52;c;" + coded in terminal.seen
        terminal.wait_until(lambda: kept.exists() and kept.read_text() == said)
        terminal.type("/quit\r")
        assert terminal.end() == 0

    await on_terminal(drive, repository, env={"PATH": f"{tools}:{os.environ['PATH']}"})


async def test_a_block_is_written_as_svg(repository):
    def drive(terminal):
        terminal.wait_for("/command")
        terminal.type("say hello\r")
        terminal.wait_after("✓ done")
        terminal.type("\x1b[1;3A\x1b[1;3As")
        terminal.wait_after("mycoder-block-1.svg")
        terminal.type("\x11")
        assert terminal.end() == 0

    await on_terminal(drive, repository)
    svg = (repository / "mycoder-block-1.svg").read_text()
    assert svg.startswith("<svg")
    assert "The&#160;very&#160;end." in svg


async def test_the_mouse_can_be_released_and_taken_back(repository):
    def drive(terminal):
        terminal.wait_for("/command")
        assert b"\x1b[?1000h" in terminal.seen
        terminal.type("\x1bOS")
        terminal.wait_after("The mouse is the terminal")
        assert terminal.seen.rindex(b"\x1b[?1000l") > terminal.seen.rindex(b"\x1b[?1000h")
        terminal.type("\x1bOS")
        terminal.wait_after("mycoder's again")
        assert terminal.seen.rindex(b"\x1b[?1000h") > terminal.seen.rindex(b"\x1b[?1000l")
        terminal.type("\x11")
        assert terminal.end() == 0

    await on_terminal(drive, repository)


@pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("setsid")), reason="needs a shell with job control"
)
async def test_ctrl_z_suspends_and_fg_comes_back(repository):
    async with ScriptedServer(REPLY) as server:
        env = environment(repository.parent / "home", server, "xterm-256color") | {"PS1": "shell> "}
        (repository.parent / "home").mkdir()

        def run():
            command = ["setsid", "-c", "-w", "bash", "--norc", "--noprofile", "-i"]
            with Terminal(command, cwd=repository, env=env) as terminal:
                terminal.wait_for("shell>")
                terminal.type(f"{SCRIPT} --model openai/scripted\r")
                terminal.wait_for("/command")
                terminal.type("a draft\x1a")
                terminal.wait_after("Stopped")
                terminal.type("echo in-the-$((1+1))-shell\r")
                terminal.wait_after("in-the-2-shell")
                terminal.type("fg\r")
                terminal.wait_after("a draft")
                terminal.type("\r")
                terminal.wait_after("The very end.")
                terminal.type("/quit\r")
                terminal.wait_after("go on: mycoder --resume")
                terminal.type("exit\r")
                terminal.end()

        await asyncio.to_thread(run)
