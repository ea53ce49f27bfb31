"""``mycoder redo``: makes again what was undone."""

from typing import Annotated

import typer

from mycoder.cli.changes import tell, workspace
from mycoder.cli.typed import here, new_app

app = new_app()


@app.command(help="Make again what was undone.")
def redo(
    context: typer.Context,
    steps: Annotated[int, typer.Argument(help="How many changes.", min=1)] = 1,
) -> int:
    space = workspace(here(context))
    try:
        return tell("made again", space.journal.redo(steps, everyone=True))
    finally:
        space.close()
