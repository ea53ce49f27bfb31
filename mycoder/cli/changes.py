"""The journal of a project on the command line: what undo, redo and diff share."""

import typer

from mycoder.cli.here import Here
from mycoder.protocol.report import FileChange
from mycoder.ui.exit_codes import ExitCode
from mycoder.ui.visible import visible_line
from mycoder.ui.wording import file_words
from mycoder.workspace.entries import JournalEntry, UndoResult
from mycoder.workspace.workspace import Workspace

_WHO = {"tool": "an edit", "command": "a command", "repair": "the repair engine"}


def workspace(place: Here) -> Workspace:
    """The project with the journal of all its sessions."""
    return Workspace(place.root, place.paths.project(place.root))


def show_entry(entry: JournalEntry) -> None:
    typer.echo(f"would be undone, made by {_WHO.get(entry.cause, entry.cause)}:")
    show_changes(entry.changes)


def show_changes(changes: tuple[FileChange, ...]) -> None:
    for change in changes:
        typer.echo(f"  {visible_line(file_words(change))}")


def tell(verb: str, result: UndoResult) -> int:
    """Says what was done and what was left alone; returns the exit code."""
    for entry in result.undone:
        typer.echo(f"{verb}:")
        show_changes(entry.changes)
    for refusal in (*result.refused, *result.left):
        typer.echo(visible_line(f"left alone: {refusal.path}: {refusal.why}"), err=True)
    if not result.undone and not result.refused:
        typer.echo(f"There is nothing to {'undo' if verb == 'undone' else 'redo'}.")
    return ExitCode.NOT_ACHIEVED if result.refused else ExitCode.DONE
