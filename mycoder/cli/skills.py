"""``mycoder skills``: how things are done here, in files that the model reads when it needs them."""

import asyncio
from typing import Annotated

import msgspec
import typer

from mycoder.cli.faults import UsageError
from mycoder.cli.here import Here
from mycoder.cli.typed import here, new_app
from mycoder.memory.files import ACCEPTED
from mycoder.memory.memory import Memory
from mycoder.session import skill_commands as commands
from mycoder.session.remembering import memory_of
from mycoder.ui.visible import visible, visible_line
from mycoder.workflows.skills import Skills, places, read

app = new_app("List and show skills, accept proposed ones.", is_group=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of a skill.")]


@app.callback()
def skills(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_skills(context)


@app.command("list", help="List the skills that sessions in this folder may use.")
def list_skills(
    context: typer.Context, json: Annotated[bool, typer.Option("--json", help="As a JSON array.")] = False
) -> None:
    place = here(context)
    memory = _memory(place)
    found = _skills(place, memory)
    if json:
        typer.echo(msgspec.json.encode(list(found.skills.values())).decode())
        return
    typer.echo(visible(commands.listed(found, commands.proposed(memory))))
    if place.trust().standing in ("new", "changed"):
        typer.echo(
            "This folder is not trusted, so its own skills are not read: see `mycoder trust`.", err=True
        )


@app.command(help="Print a skill, or one that is proposed, as its file is.")
def show(context: typer.Context, name: Name) -> None:
    place = here(context)
    memory = _memory(place)
    typer.echo(visible(commands.shown(_skills(place, memory), memory, name)[1]).rstrip("\n"))


@app.command(help="Let new sessions use a skill that tidying up memory has proposed.")
def accept(context: typer.Context, name: Name) -> None:
    file, text = commands.accept(_memory(here(context)), name)
    typer.echo(visible("\n".join(f"+{line}" for line in text.splitlines())))
    typer.echo(visible_line(f"New sessions are told of it. It is in {file}."))


@app.command(help="Delete a proposed skill, or one that was accepted.")
def drop(context: typer.Context, name: Name) -> None:
    typer.echo(visible_line(commands.drop(_memory(here(context)), name)))


def _memory(place: Here) -> Memory:
    try:
        return asyncio.run(memory_of(place.paths, place.root))
    except OSError as error:
        raise UsageError(f"Memory cannot be read: {error.strerror or error}") from error


def _skills(place: Here, memory: Memory) -> Skills:
    folders = places(
        place.root,
        place.paths.config,
        memory.folder / ACCEPTED,
        is_trusted=place.trust().is_trusted,
    )
    return read(folders)
