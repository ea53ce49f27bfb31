"""``mycoder test``: the project's tests, run and judged as a turn would do it."""

import asyncio
import sys
from typing import Annotated

import msgspec
import typer

from mycoder.cli.here import Here
from mycoder.cli.typed import here, new_app
from mycoder.config.private import make_private
from mycoder.config.settings import Settings
from mycoder.protocol.events import TestsRan
from mycoder.sandbox.opening import open_for
from mycoder.testing.bench import TestBench
from mycoder.testing.detect import detect
from mycoder.testing.digest import digest, totals
from mycoder.testing.results import TestRun
from mycoder.ui.exit_codes import ExitCode
from mycoder.ui.standard_error import complain
from mycoder.ui.visible import printed

app = new_app()


@app.command(
    help="Run the project's tests in the sandbox, with the command that mycoder finds or test_command names."
    "\n\nExit codes: 0 all pass, 6 some fail, 1 the run proves nothing.",
    context_settings={"ignore_unknown_options": True},
)
def run_tests(
    context: typer.Context,
    selection: Annotated[
        list[str] | None, typer.Argument(help="Test ids, files, or -k EXPRESSION; all tests without.")
    ] = None,
    seconds: Annotated[float | None, typer.Option(help="Stop after so many seconds.", min=0.1)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The outcome as one JSON object.")] = False,
) -> int:
    place = here(context)
    loaded = place.load()
    for warning in loaded.warnings:
        complain(warning)
    limit = seconds or loaded.settings.tests.seconds
    return asyncio.run(_run(place, loaded.settings, tuple(selection or ()), limit, as_json=as_json))


async def _run(
    place: Here, settings: Settings, selection: tuple[str, ...], seconds: float, *, as_json: bool
) -> int:
    paths = place.paths
    sandbox = open_for(settings, paths, place.root, place.env)
    command = detect(place.root, settings.test_command, place.env)
    state = make_private(paths.project(place.root)) / "tests"
    bench = TestBench(place.root, sandbox, command, state, env=place.env)
    try:
        run = await bench.run(selection, seconds=seconds, progress=_show if sys.stderr.isatty() else None)
    finally:
        await sandbox.close()
    comparison = bench.compare(run)
    if as_json:
        typer.echo(msgspec.json.encode(_complete(bench.event(run, comparison), run)).decode())
    elif run.is_green:
        typer.echo(f"{run.command}: {totals(run)} (sandbox: {run.sandbox})")
    else:
        typer.echo(printed(digest(run, comparison, place.root, is_of_turn=False)))
    return _exit_code(run)


def _exit_code(run: TestRun) -> int:
    if run.is_green:
        return ExitCode.DONE
    return ExitCode.TESTS_FAILING if run.failing and not run.problem else ExitCode.NOT_ACHIEVED


def _complete(event: TestsRan, run: TestRun) -> dict[str, object]:
    """Every field, also where it has its default, and the outcome of each test."""
    names = ("command", "passed", "failed", "errors", "skipped", "problem", "complete", "sandbox", "seconds")
    shown: dict[str, object] = {name: getattr(event, name) for name in names}
    return {**shown, "cases": {case.id: case.outcome for case in run.cases.values()}, "output": run.path}


def _show(text: str) -> None:
    sys.stderr.write(printed(text))
    sys.stderr.flush()
