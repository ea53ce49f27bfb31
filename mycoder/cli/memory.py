"""``mycoder memory``: what is remembered of this project and its person."""

import asyncio
import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from mycoder.cli.faults import UsageError
from mycoder.cli.here import Here
from mycoder.cli.typed import here, new_app
from mycoder.memory import dream as dreaming
from mycoder.memory.brief import within
from mycoder.memory.entries import Scope
from mycoder.memory.files import MemoryFault
from mycoder.memory.memory import Memory
from mycoder.memory.projects import Projects
from mycoder.protocol.events import SessionStarted
from mycoder.session import memory_commands as commands
from mycoder.session.dreaming import Dreaming
from mycoder.session.remembering import memory_of, project_of
from mycoder.session.store import Store
from mycoder.ui.visible import visible, visible_line

app = new_app("Show, change and search what is remembered.", is_group=True)

_WAY = "mycoder memory"

Words = Annotated[list[str], typer.Argument(metavar="TEXT...", help="A sentence.")]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The id of an entry; its beginning is enough.")]
Everywhere = Annotated[bool, typer.Option("--everywhere", help="For all projects, not only this one.")]


@app.callback()
def memory(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_entries(context)


@app.command("list", help="List what is remembered, with ids and where it comes from.")
def list_entries(
    context: typer.Context, json: Annotated[bool, typer.Option("--json", help="As a JSON array.")] = False
) -> None:
    memory = _memory(context)
    if json:
        typer.echo(msgspec.json.encode(memory.entries()).decode())
    else:
        typer.echo(visible(commands.listed(memory, _WAY)))


@app.command(help="Remember a fact.")
def add(context: typer.Context, text: Words, everywhere: Everywhere = False) -> None:
    _change(context, lambda memory: commands.add(memory, " ".join(text), scope=_scope(everywhere)))


@app.command(help="Remember a rule, which every session from now on is told to follow.")
def rule(context: typer.Context, text: Words, everywhere: Everywhere = False) -> None:
    _change(
        context, lambda memory: commands.add(memory, " ".join(text), is_rule=True, scope=_scope(everywhere))
    )


@app.command(help="Tell an entry first, and never move it away.")
def pin(context: typer.Context, entry: IdArgument) -> None:
    _change(context, lambda memory: commands.pin(memory, entry, is_pinned=True))


@app.command(help="Take back a pin.")
def unpin(context: typer.Context, entry: IdArgument) -> None:
    _change(context, lambda memory: commands.pin(memory, entry, is_pinned=False))


@app.command(help="Forget an entry for good.")
def forget(context: typer.Context, entry: IdArgument) -> None:
    _change(context, lambda memory: commands.forget(memory, entry))


@app.command(help="Give an entry other words; without an id, open the whole memory in your editor.")
def edit(
    context: typer.Context,
    entry: Annotated[str, typer.Argument(metavar="[ID]", help="The id of an entry.")] = "",
    text: Annotated[list[str] | None, typer.Argument(metavar="[TEXT]...", help="Its new words.")] = None,
    everywhere: Everywhere = False,
) -> None:
    if entry:
        _change(context, lambda memory: commands.edit(memory, entry, " ".join(text or ())))
        return
    _change(context, lambda memory: _in_editor(memory, _scope(everywhere), here(context)))


@app.command(help="Search memory, notes included.")
def search(context: typer.Context, words: Words) -> None:
    typer.echo(visible(commands.found(_memory(context), " ".join(words))))


@app.command(help="Show what a session was told of memory: the last one, or the one of that id.")
def why(
    context: typer.Context,
    session: Annotated[str, typer.Argument(metavar="[ID]", help="A session id.")] = "",
) -> None:
    place = here(context)
    store = Store(place.paths.state)
    found = store.match(session) if session else store.latest(place.root)
    if found is None:
        raise UsageError(f"There is no session in {place.root}.")
    facts = next((e.facts for e in store.read(found) if isinstance(e, SessionStarted)), "")
    typer.echo(visible_line(f"session {found}"))
    typer.echo(visible(within(facts) or "Nothing of memory was told to it."))


@app.command(help="Tidy up: show what would be merged, mended and set aside; do it; take it back.")
def dream(
    context: typer.Context,
    is_applied: Annotated[bool, typer.Option("--apply", help="Do what is shown.")] = False,
    is_undone: Annotated[bool, typer.Option("--undo", help="Take the last tidying up back.")] = False,
) -> None:
    if is_applied and is_undone:
        raise UsageError("--apply and --undo exclude each other.")
    if is_undone:
        _change(context, commands.undo_dream)
        return
    place = here(context)
    work = asyncio.run(Dreaming.of(place.paths, place.root))
    planned = asyncio.run(work.plan())
    if not (planned.steps or planned.skills):
        typer.echo("There is nothing to tidy up.")
        return
    if is_applied:
        planned = dreaming.apply(work.memory, planned)
    typer.echo(visible(planned.diff()))
    hint = "`mycoder memory dream --undo` takes it back" if is_applied else "`--apply` does it"
    typer.echo(f"{commands.shown_dream(planned)}; {hint}.")
    for name in sorted(planned.skills) if is_applied else ():
        typer.echo(visible_line(f"New sessions are told of the skill {name.removesuffix('.md')}."))


@app.command(help="Show the folder and files of this project's memory.")
def path(context: typer.Context, everywhere: Everywhere = False) -> None:
    typer.echo(str(_memory(context).file(_scope(everywhere))))


@app.command(help="List the projects that have a memory, and where they lie.")
def projects(context: typer.Context) -> None:
    for project in Projects(here(context).paths.data / "memory").all():
        places = ", ".join(place.path for place in project.places if not place.until) or "(nowhere now)"
        typer.echo(visible_line(f"{project.folder}  {places}"))


@app.command(help="Take over the memory of another project, e.g. after a move that was not recognised.")
def adopt(
    context: typer.Context,
    project: Annotated[str, typer.Argument(metavar="PROJECT", help="As `mycoder memory projects` names it.")],
) -> None:
    place = here(context)
    table = Projects(place.paths.data / "memory")
    mine = asyncio.run(project_of(place.paths, place.root))
    found = [p for p in table.all() if p.id != mine.id and project in (p.id, p.folder)]
    if len(found) != 1:
        raise UsageError(f"There is no other project {project!r}; `mycoder memory projects` lists them.")
    kept = _memory(context).entries("project")
    if kept:
        raise UsageError("This project has a memory of its own; forget its entries first, or edit them over.")
    table.adopt(found[0], mine)
    typer.echo(visible_line(f"{place.root} is now {found[0].folder}"))


def _memory(context: typer.Context) -> Memory:
    place = here(context)
    return asyncio.run(memory_of(place.paths, place.root))


def _scope(everywhere: bool) -> Scope:
    return "user" if everywhere else "project"


def _change(context: typer.Context, change: Callable[[Memory], str]) -> None:
    try:
        typer.echo(visible_line(change(_memory(context))))
    except MemoryFault as fault:
        raise MemoryFault(f"{fault} (`{_WAY}` lists the entries)") from fault
    except OSError as error:
        raise MemoryFault(f"memory cannot be written: {error.strerror or error}") from error


def _in_editor(memory: Memory, scope: Scope, place: Here) -> str:
    """Opens a copy, and takes it over with what other sessions have added meanwhile."""
    editor = shlex.split(place.env.get("VISUAL") or place.env.get("EDITOR") or "vi")
    before = commands.start_text(memory, scope)
    with tempfile.TemporaryDirectory(prefix="mycoder-") as folder:
        copy = Path(folder) / "MEMORY.md"
        copy.write_text(before, encoding="utf-8", errors="surrogateescape")
        os.chmod(copy, 0o600)
        try:
            code = subprocess.run([*editor, str(copy)], check=False).returncode
        except OSError as error:
            raise MemoryFault(f"{editor[0]} cannot be started ({error.strerror}); set EDITOR") from error
        if code:
            raise MemoryFault(f"{editor[0]} ended with {code}, so nothing was changed")
        after = copy.read_text(encoding="utf-8", errors="surrogateescape")
    return commands.keep_edited(memory, scope, before, after)
