"""vitest, with its JSON report written beside its usual output."""

from collections.abc import Sequence

from mycoder.testing.command import Place, Prepared, Ran, TestCommand
from mycoder.testing.javascript import (
    QUIET,
    gather_report,
    manager,
    patterns,
    program_of,
    read_manifest,
    script_argv,
)
from mycoder.testing.output import last_words
from mycoder.testing.results import Gathered
from mycoder.testing.runners import shell
from mycoder.testing.runners.jest import with_arguments
from mycoder.testing.selection import take_apart
from mycoder.testing.survey import Survey


def detect(survey: Survey) -> TestCommand | None:
    manifest = read_manifest(survey)
    program, _ = program_of(manifest.script)
    if program == "vitest":
        name, path = manager(survey)
        missing = (
            ""
            if path
            else "The tests run with vitest, but npm is not on PATH: install Node.js or set test_command."
        )
        return _command(
            survey, script_argv(name, path or name), f"{name} test", "script test in package.json", missing
        )
    local = survey.folder / "node_modules" / ".bin" / "vitest"
    if manifest.script or not ("vitest" in manifest.packages and local.exists()):
        return None
    return _command(survey, (str(local), "run"), "npx vitest run", "vitest in package.json", "")


def prepare(command: TestCommand, selection: Sequence[str], place: Place) -> Prepared:
    more = [
        "--run",
        "--reporter=default",
        "--reporter=json",
        f"--outputFile.json={place.folder / 'report.json'}",
        "--bail=0",
    ]
    if selection:
        files, names = patterns(take_apart(selection, command.cwd, place.root))
        more += [f"--testNamePattern={names}"] if names else []
        more += files
    return Prepared(argv=with_arguments(command, more))


def gather(command: TestCommand, place: Place, ran: Ran) -> Gathered:
    found = gather_report(place.folder / "report.json", command.cwd, is_partial=ran.is_partial)
    if found is not None:
        return found
    read = shell.gather_text(ran)
    if read.tally is not None:
        return read
    return Gathered(problem=f"vitest could not run the tests: {last_words(ran.text)}", is_finished=False)


def _command(survey: Survey, argv: tuple[str, ...], text: str, why: str, missing: str) -> TestCommand:
    return TestCommand(
        runner="vitest", argv=argv, cwd=survey.folder, text=text, why=why, env=QUIET, missing=missing
    )
