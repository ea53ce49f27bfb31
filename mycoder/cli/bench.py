"""``mycoder bench``: what mycoder itself costs on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from mycoder.cli.faults import UsageError
from mycoder.cli.typed import new_app
from mycoder.ui.exit_codes import ExitCode

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


@app.command(
    help="Searches in a memory of many notes and in past sessions, and what memory costs at the start."
)
def memory(
    notes: Annotated[int, typer.Option(help="Notes to search in.", min=100)] = 10_000,
    sessions: Annotated[int, typer.Option(help="Past sessions to search in.", min=1)] = 200,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> int:
    from mycoder.bench.memory import run  # late: only this command needs it

    return run(notes=notes, sessions=sessions, as_json=as_json)


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


@app.command(help="Attack cases: survived and total at each level.")
def attacks(
    cases: Annotated[str, typer.Option(help="The file of cases; without it that of the source tree.")] = "",
    level: Annotated[list[str] | None, typer.Option(help="Only this level; may be given again.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> int:
    from mycoder.bench.attacks import CASES, LEVELS, run  # late: as above

    file = Path(cases) if cases else CASES
    if not file.is_file():
        raise UsageError(f"{file} is not there: the cases belong to the source tree, name them with --cases")
    if unknown := set(level or ()) - set(LEVELS):
        raise UsageError(f"there is no level {unknown.pop()!r}; there are {', '.join(LEVELS)}")
    report, is_good = run(file, tuple(level or LEVELS), as_json=as_json)
    typer.echo(report)
    return ExitCode.DONE if is_good else ExitCode.NOT_ACHIEVED


@app.command(help="A long session in a small window: what survives the rebuilds, and what it costs.")
def horizon(
    steps: Annotated[int, typer.Option(help="Steps of the session.", min=40)] = 400,
    window: Annotated[int, typer.Option(help="Tokens of the model's window.", min=8_000)] = 16_000,
    without: Annotated[
        list[str] | None,
        typer.Option(help="Leave this out: checkpoint, note, memory, verify or stall; may be given again."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    from mycoder.bench.horizon import SWITCHES, run  # late: as above

    unknown = [name for name in without or () if name not in SWITCHES]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]}: take one of {', '.join(SWITCHES)}", param_hint="--without")
    typer.echo(run(steps=steps, window=window, without=tuple(without or ()), as_json=as_json))


@app.command(
    help="What checkpoints, memory, the verified ending and the stall detector are worth: each left out."
)
def ablation() -> None:
    from mycoder.bench.ablation import run  # late: as above

    typer.echo(run())


@app.command(help="Read random commands and compare with what a real bash starts for them.")
def oracle(
    examples: Annotated[int, typer.Option(help="How many commands.", min=1)] = 2000,
    seed: Annotated[
        int, typer.Option(help="Of the random numbers; the same seed gives the same commands.")
    ] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> int:
    import msgspec  # late: as above

    from mycoder.bench.oracle import missing, run  # late: as above

    if why := missing():
        raise UsageError(f"The oracle cannot run here: {why}.")
    found = run(examples, seed)
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
    else:
        typer.echo(
            f"{found.examples:,} commands, {found.plain:,} plain and run, {found.safe:,} of them without a question; "
            f"{found.started:,} programs started, {len(found.failures)} failures, {found.seconds:g} s"
        )
        for failure in found.failures:
            typer.echo(f"  {failure!a}")
    return ExitCode.NOT_ACHIEVED if found.failures else ExitCode.DONE


@app.command(help="What one decision about a command costs.")
def decide(
    rounds: Annotated[int, typer.Option(help="How often each of the commands is decided.", min=1)] = 200,
) -> None:
    from mycoder.bench.decision_cost import run  # late: as above

    typer.echo(run(rounds))


@app.command(help="What it costs to resume a session with a large log, in time and memory.")
def store(
    size: Annotated[
        int, typer.Option(help="Size of the log in megabytes; so much disk is needed.", min=1)
    ] = 64,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    from mycoder.bench.big_log import run  # late: as above

    typer.echo(run(size=size * 1_000_000, as_json=as_json))


@app.command(help="What taking secrets out of a text costs, in ms per MB.")
def redact(
    rounds: Annotated[int, typer.Option(help="Passes over a megabyte of each kind of text.", min=1)] = 5,
) -> None:
    from mycoder.bench.redactor_cost import run  # late: as above

    typer.echo(run(rounds))


@app.command(help="20 bugs described by behaviour in a repository of 300 files: how often the file is found.")
def localise(
    more: Annotated[bool, typer.Option("--each", help="Show where each bug came out.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> int:
    from mycoder.bench.localise import run  # late: as above

    text, is_good = run(each=more, as_json=as_json)
    typer.echo(text)
    return ExitCode.DONE if is_good else ExitCode.NOT_ACHIEVED
