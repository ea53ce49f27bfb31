"""``mycoder diff``: what mycoder has changed in this project and not undone."""

import os
import sys
from typing import Annotated

import typer

from mycoder.cli.changes import workspace
from mycoder.cli.typed import here, new_app
from mycoder.ui.visible import visible
from mycoder.ui.wording import changed

app = new_app()

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


@app.command(help="Show what mycoder has changed and not undone, as a unified diff.")
def diff(
    context: typer.Context,
    stat: Annotated[bool, typer.Option("--stat", help="Only file names and counts.")] = False,
    session: Annotated[str, typer.Option(help="Only what this session has changed.")] = "",
) -> None:
    place = here(context)
    space = workspace(place)
    if session:
        from mycoder.session.store import Store  # late: only to complete the id

        space = type(space)(space.root, space.state, Store(place.paths.state).match(session))
    try:
        blocks = space.journal.diff(everyone=not session)
    finally:
        space.close()
    for block in blocks:
        if stat:
            typer.echo(f"{changed(block.added, block.removed)}  {visible(block.path)}")
        else:
            typer.echo(_coloured(block.text) if _has_colour() else block.text, nl=False)


def _has_colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _coloured(text: str) -> str:
    lines = visible(text).splitlines(keepends=True)
    return "".join(
        typer.style(line, fg=_COLOURS[line[0]]) if line[:1] in _COLOURS else line for line in lines
    )
