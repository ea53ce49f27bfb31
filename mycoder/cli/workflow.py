"""``mycoder workflow``: which workflows there are, whether one is right, and what its graph looks like."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from mycoder.cli.faults import UsageError
from mycoder.cli.here import Here, pair
from mycoder.cli.typed import here, new_app
from mycoder.ui.visible import visible_line
from mycoder.workflows.checking import load
from mycoder.workflows.definition import Workflow
from mycoder.workflows.drawing import drawn
from mycoder.workflows.errors import WorkflowError
from mycoder.workflows.finding import Folders, files, is_path

app = new_app("List, check and draw workflows.", is_group=True)

Name = Annotated[str, typer.Argument(help="A name that the list shows, or a YAML file.")]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="A value in the place of one of the workflow, repeatable."
    ),
]


@app.callback()
def workflow(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_workflows(context)


@app.command("list", help="List the workflows that can be named here.")
def list_workflows(context: typer.Context) -> None:
    place = here(context)
    folders = _folders(place)
    seen: set[str] = set()
    usual = place.load().settings.workflow.name
    for name, whose, file in files(folders):
        mark = "*" if name == usual and name not in seen else " "
        hidden = ", hidden by the one above" if name in seen else ""
        seen.add(name)
        try:
            about = load(str(file), folders, place.env).about
        except WorkflowError as wrong:
            about = f"cannot be used: {wrong.message}"
        typer.echo(visible_line(f"{mark} {name:<14}{about} ({whose}{hidden})"))


@app.command("validate", help="Check workflows; every mistake is told with its file, line and key.")
def validate(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(help="Names or YAML files.")],
    changes: Changes = None,
) -> None:
    place = here(context)
    wrong = 0
    for name in names:
        try:
            workflow = _load(place, name, changes)
        except WorkflowError as error:
            wrong += 1
            typer.echo(visible_line(str(error)), err=True)
        else:
            typer.echo(visible_line(f"{name}: right, {len(workflow.nodes)} nodes ({workflow.source})"))
    if wrong:
        raise typer.Exit(3)


@app.command("show", help="Draw the graph of a workflow, with models and limits.")
def show(context: typer.Context, name: Name, changes: Changes = None) -> None:
    place = here(context)
    settings = place.load().settings
    try:
        workflow = _load(place, name, changes)
    except WorkflowError as error:
        typer.echo(visible_line(str(error)), err=True)
        raise typer.Exit(3) from None
    for line in drawn(workflow, settings.roles, settings.model, is_ascii=settings.ui.ascii):
        typer.echo(visible_line(line))


def _folders(place: Here) -> Folders:
    return Folders.of(place.root, place.paths.config, is_trusted=place.trust().is_trusted)


def _load(place: Here, name: str, changes: list[str] | None) -> Workflow:
    """A file that is named is relative to where the command was typed. Raises WorkflowError and UsageError."""
    given: dict[str, Any] = {}
    for text in changes or ():
        key, value = pair("--set", text, "limits.max_iterations=5")
        if not key:
            raise UsageError(f"--set {text!r} names no key")
        given[key] = _value(value)
    is_file = is_path(name)
    return load(str(Path(name).absolute()) if is_file else name, _folders(place), place.env, given)


def _value(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
