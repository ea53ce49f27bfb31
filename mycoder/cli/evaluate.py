"""``mycoder eval``: how good mycoder is at known tasks."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mycoder.cli.faults import UsageError
from mycoder.cli.typed import here, new_app

if TYPE_CHECKING:
    from mycoder.bench.evaluation.run import Plan
    from mycoder.config.settings import Settings

app = new_app("Evaluate mycoder on known tasks.")


@app.callback()
def evaluate() -> None:
    """Evaluate mycoder on known tasks."""


@app.command(help="Evaluate a model, or the offline repair, on a coding benchmark or on tasks of your own.")
def code(
    context: typer.Context,
    dataset: Annotated[
        str,
        typer.Argument(
            help="humaneval, humaneval+, mbpp, mbpp+, humanevalfix, or repo with a TOML file as --data."
        ),
    ],
    data: Annotated[Path, typer.Option(help="Folder with the data files, or the TOML file.")] = Path("."),
    mode: Annotated[
        str,
        typer.Option(
            help="programmer, designer, executor, all, repair, or the name of a workflow, e.g. tdd or best-of-n."
        ),
    ] = "programmer",
    engine: Annotated[str, typer.Option(help="local, or ray with the extra.")] = "local",
    address: Annotated[str, typer.Option(help="Address of a Ray cluster; empty makes a local one.")] = "",
    reps: Annotated[int, typer.Option(help="Attempts at each task.", min=1)] = 1,
    k: Annotated[str, typer.Option(help="Which pass@k to report, e.g. 1,5,10.")] = "1",
    limit: Annotated[int, typer.Option(help="Take only the first so many tasks; 0 takes all.", min=0)] = 0,
    every: Annotated[int, typer.Option(help="Take only each so-many-th task.", min=1)] = 1,
    only: Annotated[str, typer.Option(help="Take only tasks whose id holds one of these, by comma.")] = "",
    seed: Annotated[
        int, typer.Option(help="Seed sent to the model, counted up by attempt; 0 sends none.")
    ] = 0,
    max_concurrency: Annotated[
        int, typer.Option(help="Most attempts at a time; 0 takes the cores.", min=0)
    ] = 0,
    skip_completed: Annotated[
        bool, typer.Option("--skip-completed", help="Go on with the run in --out.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder for rows, figures and the plot.")] = Path("eval"),
) -> int:
    from mycoder.bench.evaluation.run import Plan  # late: only this command needs it

    try:
        ks = tuple(int(word) for word in k.split(","))
    except ValueError:
        raise UsageError(f"--k takes numbers, e.g. 1,5,10, not {k!r}") from None
    plan = Plan(
        dataset=dataset,
        data=data,
        mode=mode,
        engine=engine,
        address=address,
        reps=reps,
        ks=ks,
        limit=limit,
        every=every,
        only=tuple(word for word in only.split(",") if word),
        seed=seed,
        max_concurrency=max_concurrency,
        skip_completed=skip_completed,
        out=out.absolute(),
    )
    return evaluated(plan, here(context).load().settings)


def evaluated(plan: "Plan", settings: "Settings") -> int:
    """Runs it; 1 when an attempt did not come off."""
    from mycoder.bench.evaluation.problems import DataError  # late: as above
    from mycoder.bench.evaluation.ray_engine import RayMissing  # late: as above
    from mycoder.bench.evaluation.rows import RunError  # late: as above
    from mycoder.bench.evaluation.run import evaluate as run_all  # late: as above

    is_live = sys.stderr.isatty()
    try:
        figures, out = asyncio.run(
            run_all(plan, settings, lambda text: typer.echo(text, nl=False, err=True), is_live=is_live)
        )
    except (DataError, RunError, RayMissing) as problem:
        raise UsageError(str(problem)) from None
    typer.echo(f"{out}/summary.md")
    return 1 if figures.failed else 0


@app.command(
    help="Evaluate the offline repair: on the HumanEvalFix and HumanEval+ data in a folder, or on bugs seeded "
    "into a project whose tests pass."
)
def repair(
    context: typer.Context,
    data: Annotated[str, typer.Option(help="Folder with the data files.")] = "",
    mutants: Annotated[str, typer.Option(help="A project to seed bugs into, in a copy.")] = "",
    localise_only: Annotated[
        bool, typer.Option("--localise-only", help="With --mutants: rank the bugs, do not mend them.")
    ] = False,
    probe: Annotated[
        float, typer.Option(help="With --localise-only: seconds for mutants of each bug.", min=0)
    ] = 10.0,
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
    from mycoder.sandbox.opening import open_for  # late: as above

    if mutants and not Path(mutants).is_dir():
        raise UsageError(f"there is no folder {mutants}")
    if localise_only and not mutants:
        raise UsageError("--localise-only needs --mutants PATH")
    place = here(context)
    sandbox = open_for(place.load().settings, place.paths, place.root, place.env)
    args = EvalArgs(
        data=data,
        mutants=mutants,
        localise_only=localise_only,
        probe=probe,
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
