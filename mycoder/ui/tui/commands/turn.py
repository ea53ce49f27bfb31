"""Commands about the turn that runs, and about the prompt."""

import asyncio
import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from textual.app import SuspendNotSupported

from mycoder.protocol.commands import Interrupt, SetMode, Steer, Submit
from mycoder.ui import clipboard
from mycoder.ui.tui.fields import focus
from mycoder.ui.tui.stage import Stage, UiCommand

MODES = ("ask", "edit", "plan", "auto")
DOUBLE = 1.0
"""Seconds within which a second Esc or Ctrl+C means more than the first."""


def stop(stage: Stage, argument: str) -> None:
    """Esc: close what is open, else stop the turn; a second one stops it hard, or rewinds when idle."""
    if stage.composer.close_popup() or stage.find.close() or stage.approval.close_note():
        _to_prompt(stage)
        return
    if stage.chat.cursor is not None:
        stage.chat.set_cursor(None)
        stage.chat.follow()
        _to_prompt(stage)
        return
    if stage.transcript.is_running:
        _interrupt(stage, "Esc")
        return
    now = stage.app.clock()
    is_second = now - stage.app.escaped_at < DOUBLE
    stage.app.escaped_at = now
    if is_second:
        stage.app.escaped_at = 0.0
        stage.app.run_command("rewind")
    else:
        _to_prompt(stage)


def _interrupt(stage: Stage, key: str) -> None:
    """Stop the turn; at once when this is the second time within `DOUBLE`."""
    now = stage.app.clock()
    is_second = now - stage.app.escaped_at < DOUBLE
    stage.app.escaped_at = now
    _take_back_all(stage)
    stage.doing("stopping hard" if is_second else f"stopping ({key} again: at once)")
    stage.send(Interrupt(hard=is_second))


def _to_prompt(stage: Stage) -> None:
    if stage.composer.display:
        focus(stage.composer)


def _take_back_all(stage: Stage) -> None:
    """What waits in the queue goes back to the prompt: after a stop, nothing starts by itself."""
    door = stage.door
    if door is None or not door.state.queue:
        return
    waiting = list(door.state.queue)
    for _ in waiting:
        door.remove_queued(0)
    draft = stage.composer.text
    stage.composer.set_text("\n\n".join([*waiting, draft] if draft.strip() else waiting))
    stage.refresh_panels()


def take_back(stage: Stage, argument: str) -> None:
    """Ctrl+X: the newest queued prompt goes back to the prompt, to be edited or dropped."""
    door = stage.door
    if door is None or not door.state.queue:
        stage.say("Nothing is queued.")
        return
    last = len(door.state.queue) - 1
    text = door.state.queue[last]
    door.remove_queued(last)
    stage.composer.set_text(f"{text}\n{stage.composer.text}" if stage.composer.text.strip() else text)
    stage.refresh_panels()


def steer(stage: Stage, argument: str) -> None:
    """Ctrl+S: what is typed enters the running turn before its next model call."""
    if not stage.composer.text.strip():
        return
    stage.composer.completer.history.add(stage.composer.text)
    text, images = stage.composer.take()
    if stage.transcript.is_running and not images:
        stage.send(Steer(text=text))
        stage.say("It reads this before its next step.")
    else:
        stage.send(Submit(text=text, attachments=images))


def clear_or_quit(stage: Stage, argument: str) -> None:
    """Ctrl+C: copies a selection, else stops the turn, else clears the prompt, else says that the next one leaves."""
    if selected := stage.app.screen.get_selected_text():
        stage.app.copy(selected)
        return
    if stage.transcript.is_running:
        _interrupt(stage, "Ctrl+C")
        return
    if stage.composer.text:
        stage.composer.completer.history.add(stage.composer.text)
        stage.composer.take()
        stage.say("Cleared; Ctrl+R finds it again.")
        return
    now = stage.app.clock()
    if now - stage.app.left_at < DOUBLE:
        stage.app.leave()
        return
    stage.app.left_at = now
    stage.say("Ctrl+C again leaves.")


def next_mode(stage: Stage, argument: str) -> None:
    mode = stage.transcript.mode
    at = MODES.index(mode) if mode in MODES else -1
    stage.send(SetMode(mode=MODES[(at + 1) % len(MODES)]))


def editor(stage: Stage, argument: str) -> None:
    """Ctrl+G: the prompt in $VISUAL or $EDITOR."""
    text = edit_in(stage, stage.composer.text)
    if text is not None:
        stage.composer.set_text(text.rstrip("\n"))


def edit_in(stage: Stage, text: str) -> str | None:
    """`text` as a person's editor leaves it; None when it could not be edited."""
    command = editor_command(stage)
    with tempfile.TemporaryDirectory(prefix="mycoder-") as folder:
        file = Path(folder) / "prompt.md"
        file.write_text(text, encoding="utf-8")
        if not run_in_terminal(stage, [*command, str(file)]):
            return None
        return file.read_text(encoding="utf-8", errors="replace")


def editor_command(stage: Stage) -> list[str]:
    env = stage.options.env or os.environ
    return shlex.split(env.get("VISUAL") or env.get("EDITOR") or "vi")


def run_in_terminal(stage: Stage, command: list[str]) -> bool:
    """Hands the terminal to `command` until it ends. False when it failed, which is told."""
    problem, code = "", 1
    stage.app.has_mouse = True  # the driver takes it again when it comes back
    try:
        with stage.app.suspend():
            # nothing may be raised in here, or the screen would not come back
            try:
                code = subprocess.run(command, cwd=stage.options.root, check=False).returncode
            except (OSError, ValueError) as error:
                problem = f"{command[0]} cannot be started: {error}. Set $EDITOR to another one."
    except SuspendNotSupported:
        problem = "This terminal cannot be handed to an editor."
    if problem:
        stage.say(problem, "error")
    elif code:
        stage.say(f"{command[0]} ended with exit code {code}; nothing was taken over.", "warning")
    return code == 0


def history(stage: Stage, argument: str) -> None:
    focus(stage.composer)
    stage.composer.search_history()


async def paste_image(stage: Stage, argument: str) -> None:
    """Ctrl+V and empty pastes: an image from the clipboard; always says what happened."""
    if not stage.composer.takes_images:
        stage.say("This model takes no images, says the catalogue.", "warning")
        return
    image, problem = await asyncio.to_thread(clipboard.image)
    if image is None:
        stage.say(problem, "warning")
        return
    stage.composer.add_image(image)
    stage.say(f"Image {image.name} is attached.")


COMMANDS = (
    UiCommand(
        id="turn.stop", title="stop, or close what is open", keys="escape", run=stop, is_in_palette=False
    ),
    UiCommand(id="turn.steer", title="steer: say it to the running turn now", keys="ctrl+s", run=steer),
    UiCommand(id="queue.edit", title="take the newest queued prompt back", keys="ctrl+x", run=take_back),
    UiCommand(id="mode.next", title="next mode", keys="shift+tab", run=next_mode),
    UiCommand(id="prompt.editor", title="write the prompt in an editor", keys="ctrl+g", run=editor),
    UiCommand(id="prompt.history", title="search the history of prompts", keys="ctrl+r", run=history),
    UiCommand(
        id="prompt.image", title="attach the image in the clipboard", keys="ctrl+v,alt+v", run=paste_image
    ),
    UiCommand(
        id="app.leave",
        title="copy, stop, clear, or leave (twice)",
        keys="ctrl+c",
        run=clear_or_quit,
        is_in_palette=False,
    ),
)
