"""``mycoder demo``: the main job on a small packaged repository, without any set-up."""

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from mycoder.cli.run import run
from mycoder.cli.typed import new_app
from mycoder.demo.library import TASK, unpack

app = new_app()


@app.command(
    help="Make a small repository with three real bugs, and mend them with its failing tests as the judge. "
    "Without a model the offline engine searches; nothing is faked or replayed."
)
def demo(
    folder: Annotated[
        Path | None, typer.Argument(help="An empty folder for the repository; a new temporary one without.")
    ] = None,
    engine: Annotated[
        str,
        typer.Option(help="repair: by search, offline. auto: search first, then the model in reach. model."),
    ] = "repair",
) -> int:
    if engine not in ("repair", "auto", "model"):
        raise typer.BadParameter(f"{engine!r} is none of repair, auto, model", param_hint="--engine")
    place = folder or Path(tempfile.mkdtemp(prefix="mycoder-demo-"))
    place.mkdir(parents=True, exist_ok=True)
    if any(place.iterdir()):
        raise typer.BadParameter(f"{place} is not empty", param_hint="folder")
    unpack(place)
    typer.echo(
        f"A library with three bugs and failing tests is in {place}\n+ mycoder --task {TASK!r}\n", err=True
    )
    code = run({"task": TASK, "directory": os.fspath(place), "engine": engine})
    typer.echo(f"\nLook: git -C {place} diff\nBack: mycoder -C {place} undo", err=True)
    return code
