"""``mycoder eval``: how good mycoder is at known tasks."""

from pathlib import Path
from typing import Annotated

import typer

from mycoder.cli.typed import here, new_app

app = new_app("Evaluate mycoder on known tasks.")


@app.callback()
def evaluate() -> None:
    """Evaluate mycoder on known tasks."""


@app.command(
    help="Evaluate the offline repair: on the HumanEvalFix and HumanEval+ data in a folder, or on bugs seeded "
    "into a project whose tests pass."
)
def repair(
    context: typer.Context,
    data: Annotated[str, typer.Option(help="Folder with the data files.")] = "",
    mutants: Annotated[str, typer.Option(help="A project to seed bugs into, in a copy.")] = "",
    seconds: Annotated[float, typer.Option(help="Search time for each bug.", min=0.1)] = 30.0,
    tasks: Annotated[str, typer.Option(help="Half-open range of tasks, e.g. 82:164.")] = "0:164",
    every: Annotated[int, typer.Option(help="Take only each so-many-th task.", min=1)] = 1,
    bugs: Annotated[int, typer.Option(help="Bugs to seed.", min=1)] = 20,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    workers: Annotated[int, typer.Option(help="Processes that search.", min=1)] = 1,
    out: Annotated[Path, typer.Option(help="File for all rows, as JSON.")] = Path("repair-eval.json"),
    svg: Annotated[str, typer.Option(help="File for the figure of fixed over time.")] = "",
) -> int:
    from mycoder.bench.eval_repair import EvalArgs, run  # late: only this command needs it
    from mycoder.sandbox.sandbox import open_sandbox  # late: as above

    place = here(context)
    paths = place.paths
    sandbox = open_sandbox(
        "auto", place.root, env=place.env, cache=paths.cache, hidden=(paths.config, paths.state)
    )
    args = EvalArgs(
        data=data,
        mutants=mutants,
        seconds=seconds,
        tasks=tasks,
        every=every,
        bugs=bugs,
        seed=seed,
        workers=workers,
        out=str(out),
        svg=svg,
        sandbox=sandbox,
    )
    return run(args, typer.echo)
