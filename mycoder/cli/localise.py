"""``mycoder localise``: which code the failing tests make suspicious."""

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from mycoder.cli.faults import UsageError
from mycoder.cli.here import Here
from mycoder.cli.typed import here, new_app
from mycoder.protocol.redact import Redactor
from mycoder.repair.asked import behind
from mycoder.repair.locate import locate
from mycoder.repair.outcome import RepairRequest
from mycoder.sandbox.opening import open_for
from mycoder.sandbox.sandbox import Sandbox
from mycoder.testing.apportion import apportion
from mycoder.testing.detect import detect
from mycoder.testing.localise import FORMULAS
from mycoder.testing.selection import SelectionError
from mycoder.tools.localise import described
from mycoder.ui.exit_codes import ExitCode
from mycoder.ui.standard_error import complain
from mycoder.ui.visible import visible
from mycoder.workflows.likeness import likeness
from mycoder.workspace.retrieval import described as by_words
from mycoder.workspace.retrieval import rank
from mycoder.workspace.retrieval_index import open_index

app = new_app()


@app.command(
    help="Run the tests with line coverage and rank the code by how much the failing ones point at it. "
    "Python projects with pytest; nothing is changed. With --text: rank files by a description of the fault; no "
    "test is run then."
)
def localise(
    context: typer.Context,
    tests: Annotated[
        list[str] | None, typer.Argument(help="Failing test ids; all that fail without.")
    ] = None,
    formula: Annotated[str, typer.Option(help="ochiai, tarantula, dstar or barinel.")] = "ochiai",
    seconds: Annotated[float, typer.Option(help="Stop after so many seconds.", min=1)] = 120.0,
    mutants: Annotated[
        float, typer.Option(help="Seconds for small edits, to see where they mend; 0: none.", min=0)
    ] = 10.0,
    text: Annotated[str, typer.Option(help="What is wrong, in words; tracebacks may be part of it.")] = "",
    most: Annotated[int, typer.Option(help="Most files to name with --text.", min=1)] = 10,
) -> int:
    if formula not in FORMULAS:
        raise UsageError(f"there is no formula {formula!r}; there are: {', '.join(FORMULAS)}")
    if text:
        return _by_words(here(context), text, most)
    return asyncio.run(_run(here(context), tuple(tests or ()), formula, seconds, mutants))


def _by_words(place: Here, text: str, most: int) -> int:
    index = open_index(place.root, place.paths.project(place.root) / "retrieval")
    redact = Redactor.of(place.env).text
    settings = place.load().settings.retrieval
    alike = asyncio.run(likeness(text, index, place.root, settings, place.env, redact))
    if alike.problem:
        complain(alike.problem)
    found = rank(text, index, likeness=alike.scores, most=most)
    if not found:
        complain("No code here has any of these words. Describe what goes wrong in other words.")
        return ExitCode.NOT_ACHIEVED
    typer.echo(visible(by_words(found)))
    return ExitCode.DONE


async def _run(place: Here, tests: tuple[str, ...], formula: str, seconds: float, mutants: float) -> int:
    settings, paths = place.load().settings, place.paths
    command = detect(place.root, settings.test_command, place.env)
    if command is None:
        complain("No test command is known here: set test_command (mycoder config set test_command …).")
        return ExitCode.NOT_ACHIEVED
    try:
        shares = apportion(command.parts, tests, place.root) if command.parts else ()
    except SelectionError as fault:
        raise UsageError(str(fault)) from fault
    sandbox = open_for(settings, paths, place.root, place.env)
    ranked = False
    try:
        for part, failing in [(share.part, share.items) for share in shares] or [(command, tests)]:
            request = RepairRequest(seconds=seconds, failing=failing, formula=formula, mutants=mutants)
            ranked |= await _ranked(place, behind(request, part, place.root), sandbox)
    finally:
        await sandbox.close()
    return ExitCode.DONE if ranked else ExitCode.NOT_ACHIEVED


async def _ranked(place: Here, request: RepairRequest, sandbox: Sandbox) -> bool:
    """Shows what is suspicious for the tests of one command, or says why there is nothing to show."""
    with tempfile.TemporaryDirectory(prefix="mycoder-") as home:
        located = await locate(
            place.root, request, sandbox, lambda stage, text: complain(text), home=Path(home)
        )
    if located.problem:
        where = f" in {request.folder}" if request.folder else ""
        complain(f"Nothing to rank{where}: {located.problem}")
        return False
    typer.echo(visible(described(located)))
    return True
