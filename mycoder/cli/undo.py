"""``mycoder undo``: takes back what mycoder did last in this project, in whichever session."""

import sys
from typing import Annotated

import typer

from mycoder.cli.changes import show_entry, tell, workspace
from mycoder.cli.typed import here, new_app
from mycoder.ui.exit_codes import ExitCode

app = new_app()


@app.command(
    help="Take back the last changes of mycoder; a file that somebody else touched since is left alone."
)
def undo(
    context: typer.Context,
    steps: Annotated[int, typer.Argument(help="How many changes.", min=1)] = 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be taken back.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> int:
    space = workspace(here(context))
    try:
        entries = space.journal.entries(everyone=True)[::-1][:steps]
        is_asked = not yes and sys.stdin.isatty() and sys.stdout.isatty()
        if entries and (dry_run or is_asked):
            for entry in entries:
                show_entry(entry)
        if dry_run or (entries and is_asked and not typer.confirm("Take this back?", default=True)):
            return ExitCode.DONE
        return tell("undone", space.journal.undo(steps, everyone=True))
    finally:
        space.close()
