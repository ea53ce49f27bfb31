"""``mycoder history``: full-text search over past sessions."""

import asyncio
import time
from typing import Annotated

import msgspec
import typer

from mycoder.cli.typed import here, new_app
from mycoder.session.past import search_past
from mycoder.session.remembering import project_of
from mycoder.session.store import Store
from mycoder.ui.exit_codes import ExitCode
from mycoder.ui.visible import visible_line

app = new_app("Search past sessions.")


@app.callback()
def history() -> None:
    """Search past sessions."""


@app.command(help="Find what was said, answered, called and what failed in the sessions of this project.")
def search(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="WORDS...", help="What to look for.")],
    everywhere: Annotated[bool, typer.Option("--all", help="In the sessions of all projects.")] = False,
    limit: Annotated[int, typer.Option(help="Most hits.", min=1, max=200)] = 10,
    json: Annotated[bool, typer.Option("--json", help="As a JSON array.")] = False,
) -> int:
    place = here(context)
    project = None if everywhere else asyncio.run(project_of(place.paths, place.root))
    store = Store(place.paths.state)
    answer = search_past(place.paths, store, " ".join(words), project, limit=limit, seconds=120.0)
    if json:
        typer.echo(msgspec.json.encode(answer.hits).decode())
        return ExitCode.DONE
    for hit in answer.hits:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(hit.at))
        typer.echo(visible_line(f"{hit.session}  {when}  {hit.kind:<6}  {hit.text}"))
    if answer.unread:
        typer.echo(f"{answer.unread} sessions are not searched through yet; ask again to go on.", err=True)
    if not answer.hits:
        typer.echo("Nothing is found. Other words, or --all for the sessions of all projects.")
        return ExitCode.NOT_ACHIEVED
    return ExitCode.DONE
