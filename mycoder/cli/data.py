"""``mycoder data``: what mycoder keeps on this machine, and its removal."""

from typing import Annotated

import msgspec
import typer

from mycoder.cli.faults import UsageError
from mycoder.cli.here import Here
from mycoder.cli.typed import here, new_app
from mycoder.session import kept
from mycoder.session.store import Store
from mycoder.ui.exit_codes import ExitCode
from mycoder.ui.visible import visible_line
from mycoder.ui.wording import counted

app = new_app("Show what mycoder keeps on this machine, and remove it.", is_group=True)


@app.callback()
def data(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        show(context)


@app.command(help="Show what is kept where, and how much it is.")
def show(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    place = here(context)
    sessions, project = kept.of_project(place.paths, place.root)
    found = kept.entries(place.paths)
    if as_json:
        value = {"project": project, "sessions": sessions, "kept": found, "telemetry": False}
        typer.echo(msgspec.json.encode(value).decode())
        return
    for entry in found:
        noun = "file " if entry.files == 1 else "files"
        typer.echo(
            visible_line(f"{_size(entry.size):>9}  {entry.files:>6} {noun}  {entry.path}  ({entry.what})")
        )
    typer.echo(f"{_size(sum(entry.size for entry in found)):>9}  in all")
    typer.echo(
        visible_line(
            f"Of {place.root}: {counted(len(sessions), 'session')}, and {_size(project.size)} in {project.path}"
        )
    )
    typer.echo("Nothing of it is sent anywhere: there is no telemetry. `mycoder data purge` removes it.")


@app.command(
    help="Remove sessions, all of this project, or everything. Refuses while one of them is running."
)
def purge(
    context: typer.Context,
    session: Annotated[
        list[str] | None, typer.Option("--session", metavar="ID", help="This session.")
    ] = None,
    project: Annotated[
        bool, typer.Option("--project", help="All of this project: sessions, undo journal, outputs.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Everything but settings and trust, of all projects.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Really remove it; without this it is only told.")
    ] = False,
) -> int:
    if bool(session) + project + everything != 1:
        raise UsageError("Say what to remove: --session ID, --project or --all.")
    place = here(context)
    sessions = [Store(place.paths.state).match(prefix) for prefix in session or ()]
    if not yes:
        typer.echo(f"This would remove {_words(place, sessions, project=project)}. To do it, add --yes.")
        return ExitCode.DONE
    try:
        if everything:
            kept.purge_everything(place.paths)
        elif project:
            kept.purge_project(place.paths, place.root)
        else:
            kept.purge_sessions(place.paths, sessions)
    except kept.PurgeError as error:
        raise UsageError(str(error)) from None
    typer.echo("Removed.")
    return ExitCode.DONE


def _words(place: Here, sessions: list[str], *, project: bool) -> str:
    if sessions:
        return f"the session {', '.join(sessions)}; what it changed stays and can still be undone"
    if project:
        found, entry = kept.of_project(place.paths, place.root)
        return visible_line(
            f"{counted(len(found), 'session')} of {place.root} and {_size(entry.size)} in {entry.path}; "
            "what they changed stays, and cannot be undone any more"
        )
    return "all sessions, undo journals, outputs, memory and caches of all projects; settings and trust stay"


def _size(count: int) -> str:
    for unit in ("B", "KB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count //= 1000
    return f"{count} GB"
