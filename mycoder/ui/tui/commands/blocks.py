"""Commands for the block under the cursor. Their letters are keys of the chat while it has the focus."""

import io
from pathlib import Path

from rich.console import Console
from rich.segment import Segment, Segments
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from mycoder.protocol.blocks import Diff
from mycoder.protocol.commands import RunSlash, Undo
from mycoder.ui.entries import AnyEntry, Call, Files, Notice, Prompt, Reply
from mycoder.ui.tui.commands.turn import editor_command, run_in_terminal
from mycoder.ui.tui.draw import plain
from mycoder.ui.tui.fields import focus
from mycoder.ui.tui.stage import Stage, UiCommand
from mycoder.ui.tui.views import LiveReply


def _move(stage: Stage, step: int) -> None:
    stage.chat.move_cursor(step)
    if stage.chat.cursor is not None:
        focus(stage.chat)
    elif stage.composer.display:
        focus(stage.composer)


def up(stage: Stage, argument: str) -> None:
    _move(stage, -1)


def down(stage: Stage, argument: str) -> None:
    _move(stage, 1)


def _current(stage: Stage) -> AnyEntry | None:
    at = stage.chat.cursor
    if at is None:
        stage.say("No block is chosen; Alt+Up chooses one.")
        return None
    return stage.transcript.entries[at]


def toggle(stage: Stage, argument: str) -> None:
    if stage.chat.cursor is not None:
        stage.chat.toggle(stage.chat.cursor)


def copy(stage: Stage, argument: str) -> None:
    entry = _current(stage)
    if entry is not None:
        stage.app.copy(plain(entry))


def copy_reply(stage: Stage, argument: str) -> None:
    """The last reply, as its Markdown source."""
    replies = [entry for entry in stage.transcript.entries if isinstance(entry, Reply) and entry.text.strip()]
    if replies:
        stage.app.copy(replies[-1].text)
    else:
        stage.say("There is no reply to copy yet.")


def edit(stage: Stage, argument: str) -> None:
    """A prompt comes back to the composer; a change opens its file in the editor."""
    entry = _current(stage)
    if isinstance(entry, Prompt):
        stage.chat.set_cursor(None)
        stage.composer.set_text(entry.text)
        focus(stage.composer)
        return
    paths = (
        [block.path for block in entry.blocks if isinstance(block, Diff)] if isinstance(entry, Call) else []
    )
    if not paths:
        stage.say("Only prompts and changes can be edited.")
        return
    run_in_terminal(stage, [*editor_command(stage), str(Path(stage.options.root) / paths[0])])


def undo(stage: Stage, argument: str) -> None:
    """Take back the change of this block, and with it those made after it."""
    entry = _current(stage)
    if entry is None:
        return
    if isinstance(entry, Notice) and entry.undo:
        name, _, arguments = entry.undo.partition(" ")
        stage.send(RunSlash(name=name, arguments=arguments))
        return
    if not isinstance(entry, Call | Files):
        stage.say("This block changed nothing.")
        return
    count = steps_since(stage.transcript.undoable, entry.seq, _next_seq(stage))
    if count:
        stage.send(Undo(steps=count))
    else:
        stage.say("This block changed nothing that could be taken back.")


def _next_seq(stage: Stage) -> int:
    """Position in the log of the entry after the block that is not a part of it."""
    at = (stage.chat.cursor or 0) + 1
    entries = stage.transcript.entries
    return entries[at].seq if at < len(entries) else 1 << 62


def steps_since(undoable: list[int], seq: int, end: int) -> int:
    """How many changes to undo so that the first one between `seq` and `end` is gone; 0 for none."""
    first = next((position for position, made in enumerate(undoable) if seq <= made < end), None)
    return 0 if first is None else len(undoable) - first


def svg(stage: Stage, argument: str) -> None:
    at = stage.chat.cursor
    view = stage.chat.views.get(at) if at is not None else None
    if view is None:
        stage.say("No block is chosen; Alt+Up chooses one.")
        return
    strips = _strips(view)
    console = Console(
        width=max((strip.cell_length for strip in strips), default=1),
        height=max(1, len(strips)),
        record=True,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
    )
    # in one piece: each print of its own would be followed by what rich thinks belongs to a line
    console.print(Segments([part for strip in strips for part in (*strip, Segment.line())]), end="")
    file = _free_name(Path(stage.options.root), "mycoder-block", ".svg")
    try:
        file.write_text(console.export_svg(title="mycoder"), encoding="utf-8")
    except OSError as error:
        stage.say(f"{file} cannot be written: {error.strerror}.", "error")
    else:
        stage.say(f"Written to {file.name}.")


def _strips(view: Widget) -> list[Strip]:
    """The whole view as it is drawn; of a living reply its pieces, since a container draws none of them."""
    drawn = [*view.children] if isinstance(view, LiveReply) else [view]
    return [
        strip
        for widget in drawn
        for strip in widget.render_lines(Region(0, 0, widget.region.width, widget.region.height))
    ]


def _free_name(folder: Path, stem: str, ending: str) -> Path:
    number = 1
    while (file := folder / f"{stem}-{number}{ending}").exists():
        number += 1
    return file


COMMANDS = (
    UiCommand(id="block.up", title="block cursor up", keys="alt+up", run=up, is_in_palette=False),
    UiCommand(id="block.down", title="block cursor down", keys="alt+down", run=down, is_in_palette=False),
    UiCommand(id="block.toggle", title="open or fold the block", run=toggle),
    UiCommand(id="block.copy", title="copy the block", run=copy),
    UiCommand(id="block.edit", title="edit the block: its prompt, or its file", run=edit),
    UiCommand(id="block.undo", title="take back the change of the block", run=undo),
    UiCommand(id="block.svg", title="write the block as SVG", run=svg),
    UiCommand(id="reply.copy", title="copy the last reply", keys="alt+c", run=copy_reply),
)

CHAT_KEYS = {
    "enter": "block.toggle",
    "c": "block.copy",
    "e": "block.edit",
    "u": "block.undo",
    "s": "block.svg",
}
"""Keys of the chat while it has the focus."""
