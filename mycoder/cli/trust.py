"""``mycoder trust``: which folders may bring their own configuration, and what that would load."""

import time
from typing import Annotated

import typer

from mycoder.cli.faults import UsageError
from mycoder.cli.here import Here
from mycoder.cli.typed import here, new_app
from mycoder.config.trust import Trust, TrustStore
from mycoder.config.trust_difference import Copies, shown
from mycoder.ui.visible import visible_line

app = new_app()

_STANDING = {
    "trusted": "is trusted",
    "changed": "was trusted, but what it would load has changed",
    "new": "is not trusted",
    "nothing": "brings no configuration of its own: there is nothing to trust",
}


@app.command(help="Show what this folder would load, and trust it with --yes.")
def trust(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", help="Trust it as it is now.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Trust it no longer.")] = False,
    show_list: Annotated[bool, typer.Option("--list", help="List all trusted folders.")] = False,
) -> None:
    if yes + remove + show_list > 1:
        raise UsageError("--yes, --remove and --list exclude each other.")
    place = here(context)
    store = TrustStore(place.paths.trust_file)
    if show_list:
        _list(store)
    elif remove:
        was_trusted = store.remove(place.root)
        typer.echo(f"{place.root} {'is trusted no longer' if was_trusted else 'was not trusted'}")
    else:
        _look(place, store, yes=yes)


def _look(place: Here, store: TrustStore, *, yes: bool) -> None:
    seen = store.look(place.root)
    typer.echo(visible_line(f"{seen.folder} {_STANDING[seen.standing]}"))
    _show_items(seen)
    if seen.standing in ("trusted", "nothing"):
        return
    copies = Copies(place.paths.trusted)
    for line in shown(place.root, seen, copies):
        typer.echo(visible_line(line))
    if yes or _is_agreed():
        copies.keep(place.root, seen.items)
        store.trust(place.root, seen.items)
        typer.echo("Trusted. When one of these files changes, you are asked again.")
    else:
        typer.echo("Nothing of it is loaded. To trust it: mycoder trust --yes")


def _show_items(seen: Trust) -> None:
    for item in seen.items:
        mark = "changed " if item.path in seen.changed else ""
        typer.echo(visible_line(f"  {item.path}  ({mark}{item.kind})"))


def _is_agreed() -> bool:
    """Asks where somebody can answer; anything but yes is no."""
    import sys  # late: only to ask

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    return typer.confirm("Trust this folder?", default=False)


def _list(store: TrustStore) -> None:
    entries = store.entries()
    for folder, entry in sorted(entries.items()):
        day = time.strftime("%Y-%m-%d", time.localtime(entry.at))
        typer.echo(visible_line(f"{day}  {folder}  ({len(entry.items)} files)"))
    if not entries:
        typer.echo("No folder is trusted.")
