"""``mycoder batch``: many tasks on repositories, each in a clone of its own, with a patch as the result."""

from pathlib import Path
from typing import Annotated

import typer

from mycoder.cli.evaluate import evaluated
from mycoder.cli.typed import here, new_app

app = new_app("Do many tasks on repositories, side by side.")


@app.command(
    help="Do the tasks of a TOML file, each in a clone of its own, and keep what was changed as patches."
)
def batch(
    context: typer.Context,
    tasks: Annotated[
        Path, typer.Argument(help="TOML file with [[task]] tables: id, repository, base, statement.")
    ],
    mode: Annotated[str, typer.Option(help="The workflow that does them.")] = "solo",
    engine: Annotated[str, typer.Option(help="local, or ray with the extra.")] = "local",
    address: Annotated[str, typer.Option(help="Address of a Ray cluster; empty makes a local one.")] = "",
    max_concurrency: Annotated[int, typer.Option(help="Most tasks at a time; 0 takes the cores.", min=0)] = 0,
    skip_completed: Annotated[
        bool, typer.Option("--skip-completed", help="Go on with what is in --out.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder for patches, rows and figures.")] = Path("batch"),
) -> int:
    from mycoder.bench.evaluation.run import Plan  # late: only this command needs it

    plan = Plan(
        dataset="repo",
        data=tasks.absolute(),
        mode=mode,
        engine=engine,
        address=address,
        max_concurrency=max_concurrency,
        skip_completed=skip_completed,
        out=out.absolute(),
    )
    return evaluated(plan, here(context).load().settings)
