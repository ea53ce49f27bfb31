"""``mycoder sessions``: what is kept of earlier sessions."""

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from mycoder.cli.faults import UsageError
from mycoder.cli.typed import here, new_app
from mycoder.session.checkpoints import shelf_of
from mycoder.session.export import as_json, as_markdown
from mycoder.session.past import forget_past
from mycoder.session.store import SessionInfo, Store
from mycoder.ui.exit_codes import ExitCode
from mycoder.ui.headless.results import write_answer
from mycoder.ui.visible import visible, visible_line
from mycoder.ui.wording import age, cost, counted

app = new_app("List, show, export and delete sessions.", is_group=True)


class Form(StrEnum):
    MD = "md"
    JSON = "json"


AllFlag = Annotated[bool, typer.Option("--all", help="Of all projects.")]
JsonFlag = Annotated[bool, typer.Option("--json", help="As a JSON array.")]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="A session id; its beginning is enough.")]


@app.callback()
def sessions(context: typer.Context, everywhere: AllFlag = False, json: JsonFlag = False) -> None:
    if context.invoked_subcommand is None:
        list_sessions(context, everywhere, json)


@app.command("list", help="List the sessions of this project, the last one first.")
def list_sessions(context: typer.Context, everywhere: AllFlag = False, json: JsonFlag = False) -> None:
    place = here(context)
    found = Store(place.paths.state).sessions(None if everywhere else place.root)
    if json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    for info in found:
        typer.echo(_line(info, with_root=everywhere))
    if not found:
        typer.echo("There are no sessions here." if not everywhere else "There are no sessions.")


@app.command(help="Show a session: what was said and done. Without an id the last one of this project.")
def show(
    context: typer.Context,
    session: Annotated[
        str, typer.Argument(metavar="[ID]", help="A session id; its beginning is enough.", show_default=False)
    ] = "",
) -> None:
    place = here(context)
    store = Store(place.paths.state)
    found = store.match(session) if session else store.latest(place.root)
    if found is None:
        raise UsageError("There are no sessions here; `mycoder sessions list --all` shows others.")
    typer.echo(visible(as_markdown(store.read(found))), nl=False)


@app.command(help="Write a session as markdown or JSON.")
def export(
    context: typer.Context,
    session: IdArgument,
    form: Annotated[Form, typer.Option("--format", help="md or json.")] = Form.MD,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A file instead of standard output.")
    ] = None,
) -> None:
    store = Store(here(context).paths.state)
    events = store.read(store.match(session))
    text = as_json(events) if form is Form.JSON else as_markdown(events)
    if output is None:
        typer.echo(text, nl=False)
    else:
        write_answer(output, text)


@app.command(help="Delete sessions for good; the changes they made stay, and can still be undone.")
def delete(
    context: typer.Context,
    sessions: Annotated[list[str], typer.Argument(metavar="ID...", help="Session ids.")],
) -> int:
    place = here(context)
    store = Store(place.paths.state)
    roots = {info.id: Path(info.root) for info in store.sessions()}
    for session in [store.match(prefix) for prefix in sessions]:
        store.delete(session)
        forget_past(place.paths, store, session)
        if session in roots:
            shelf_of(place.paths.project(roots[session]), session).forget()
        typer.echo(f"deleted {session}")
    return ExitCode.DONE


def _line(info: SessionInfo, *, with_root: bool) -> str:
    parts = [
        info.id,
        f"{age(max(0.0, time.time() - info.ended)):>14}",
        f"{counted(info.turns, 'turn'):>9}",
        f"{cost(info.cost):>8}",
        *([info.root] if with_root else []),
        info.title or "(empty)",
    ]
    return visible_line("  ".join(parts))
