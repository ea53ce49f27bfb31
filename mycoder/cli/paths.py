"""``mycoder paths``: where mycoder keeps its files."""

import json
from typing import Annotated

import typer

from mycoder.cli.typed import here, new_app

app = new_app()


@app.command(help="Show where mycoder keeps its files.")
def paths(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    place = here(context)
    rows = {
        "project": place.root,
        "config": place.paths.config_file,
        "state": place.paths.state,
        "project state": place.paths.project(place.root),
        "cache": place.paths.cache,
        "data": place.paths.data,
        "trust": place.paths.trust_file,
        "log": place.paths.log_file,
    }
    if as_json:
        typer.echo(json.dumps({name.replace(" ", "_"): str(path) for name, path in rows.items()}, indent=2))
        return
    for name, path in rows.items():
        typer.echo(f"{name:<14}{path}")
