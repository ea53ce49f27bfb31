"""``mycoder doctor``: what mycoder needs on this machine, what it found, and what to do about the rest."""

import asyncio
from typing import Annotated

import msgspec
import typer

from mycoder.cli.checks import CHECKS, Check
from mycoder.cli.here import Here
from mycoder.cli.typed import here, new_app
from mycoder.ui.exit_codes import ExitCode
from mycoder.ui.visible import visible_line

app = new_app()

_MARKS = {"ok": "ok     ", "warning": "warning", "error": "ERROR  "}


@app.command(help="Check what mycoder needs on this machine.\n\nExit code 1 when something vital is missing.")
def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> int:
    found = asyncio.run(_run_all(here(context)))
    is_fine = all(check.state != "error" for check in found)
    if as_json:
        typer.echo(msgspec.json.encode({"ok": is_fine, "checks": found}).decode())
    else:
        for check in found:
            typer.echo(f"{_MARKS[check.state]}  {check.name:<10}  {visible_line(check.text)}")
            if check.hint:
                typer.echo(f"{'':<21}{visible_line(check.hint)}")
    return ExitCode.DONE if is_fine else ExitCode.NOT_ACHIEVED


async def _run_all(place: Here) -> list[Check]:
    """Every check at once; one that fails itself is a warning that says so."""

    async def one(name: str) -> list[Check]:
        try:
            return [
                check if check.name else msgspec.structs.replace(check, name=name)
                for check in await CHECKS[name](place)
            ]
        except Exception as error:
            return [Check(name=name, state="warning", text=f"could not be checked: {error!r}")]

    found = await asyncio.gather(*(one(name) for name in CHECKS))
    return [check for checks in found for check in checks]
