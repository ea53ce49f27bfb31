"""``mycoder bench``: what mycoder itself costs on this machine."""

from typing import Annotated

import typer

from mycoder.cli.typed import new_app

app = new_app("Measure what mycoder itself costs on this machine.")


@app.callback()
def bench() -> None:
    """Measure what mycoder itself costs on this machine."""


@app.command(
    help="Start-up, steps, memory and bytes of a headless run against the scripted model on loopback."
)
def overhead(
    runs: Annotated[int, typer.Option(help="Runs of each short scenario; medians are shown.", min=1)] = 9,
    steps: Annotated[int, typer.Option(help="Shell calls of the long scenario.", min=1)] = 200,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    from mycoder.bench.overhead import run  # late: only this command needs it

    typer.echo(run(runs=runs, steps=steps, as_json=as_json))


@app.command(help="How long the app keeps a person waiting, over a scripted session of 300 replies.")
def tui(as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False) -> int:
    from mycoder.bench.tui import run  # late: as above

    return run(as_json=as_json)


@app.command(help="What each level of the sandbox adds to the start of a command.")
def sandbox(
    runs: Annotated[int, typer.Option(help="Commands per level; medians are shown.", min=3)] = 25,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    from mycoder.bench.sandbox import run  # late: as above

    typer.echo(run(runs=runs, as_json=as_json))


@app.command(help="Swap a folder with a link out of the project while files in it are written: no escapes.")
def races(
    writes: Annotated[int, typer.Option(help="Changes to make.", min=1)] = 10_000,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> int:
    from mycoder.bench.races import run  # late: as above

    text, code = run(writes=writes, as_json=as_json)
    typer.echo(text)
    return code
