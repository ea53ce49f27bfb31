"""``mycoder agents``: the sub-agents that can be started in this folder."""

from typing import Annotated

import msgspec
import typer

from mycoder.cli.typed import here, new_app
from mycoder.ui.visible import visible_line
from mycoder.workflows.agents.catalog import read

app = new_app("List the sub-agents that can be started here.")


@app.command(help="List the sub-agents that can be started here.")
def agents(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="As a JSON array.")] = False,
) -> None:
    place = here(context)
    trust = place.trust()
    catalog = read(place.root, place.paths.config, is_trusted=trust.is_trusted)
    if json:
        typer.echo(msgspec.json.encode(list(catalog.definitions.values())).decode())
        return
    for definition in catalog.definitions.values():
        source = f"  ({visible_line(definition.source)})" if definition.source else ""
        typer.echo(f"{definition.name:<16} {visible_line(definition.description)}{source}")
    for problem in catalog.problems:
        typer.echo(f"not read: {visible_line(problem)}", err=True)
    if trust.standing in ("new", "changed"):
        typer.echo(
            "This folder is not trusted, so its own sub-agents are not read: see `mycoder trust`.", err=True
        )
