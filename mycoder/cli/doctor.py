"""``mycoder doctor``: what mycoder needs on this machine, what it found, and what to do about the rest."""

import asyncio
from typing import Annotated

import msgspec
import typer

from mycoder.cli.typed import here, new_app
from mycoder.session.checks import listed, run_all
from mycoder.ui.exit_codes import ExitCode
from mycoder.ui.visible import visible_line

app = new_app()


@app.command(help="Check what mycoder needs on this machine.\n\nExit code 1 when something vital is missing.")
def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> int:
    found = asyncio.run(run_all(here(context)))
    is_fine = all(check.state != "error" for check in found)
    if as_json:
        typer.echo(msgspec.json.encode({"ok": is_fine, "checks": found}).decode())
    else:
        for line in listed(found):
            typer.echo(visible_line(line))
    return ExitCode.DONE if is_fine else ExitCode.NOT_ACHIEVED
