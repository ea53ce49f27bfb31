"""jest, with its JSON report written beside its usual output."""

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
from mycoder.testing.selection import take_apart
from mycoder.testing.survey import Survey


def detect(survey: Survey) -> TestCommand | None:
    manifest = read_manifest(survey)
    program, rest = program_of(manifest.script)
    is_react = program == "react-scripts" and rest.split()[:1] == ["test"]
    if program == "jest" or is_react:
        name, path = manager(survey)
        missing = (
            ""
            if path
            else "The tests run with jest, but npm is not on PATH: install Node.js or set test_command."
        )
        return _command(
            survey, script_argv(name, path or name), f"{name} test", "script test in package.json", missing
        )
    local = survey.folder / "node_modules" / ".bin" / "jest"
    if manifest.script or not ("jest" in manifest.packages and local.exists()):
        return None
    return _command(survey, (str(local),), "npx jest", "jest in package.json", "")


def prepare(command: TestCommand, selection: Sequence[str], place: Place) -> Prepared:
    more = ["--json", f"--outputFile={place.folder / 'report.json'}", "--bail=0"]
    if "react-scripts" in read_manifest(Survey(command.cwd, place.root, {})).script:
        more.append("--watchAll=false")
    if selection:
        files, names = patterns(take_apart(selection, command.cwd, place.root))
        if names:
            more.append(f"--testNamePattern={names}")
        if files:
            more += ["--runTestsByPath", *files]
    return Prepared(argv=with_arguments(command, more))


def gather(command: TestCommand, place: Place, ran: Ran) -> Gathered:
    found = gather_report(place.folder / "report.json", command.cwd, is_partial=ran.is_partial)
    if found is not None:
        return found
    read = shell.gather_text(ran)
    if read.tally is not None:
        return read
    return Gathered(problem=f"jest could not run the tests: {last_words(ran.text)}", is_finished=False)


def with_arguments(command: TestCommand, more: list[str]) -> tuple[str, ...]:
    """The command with more arguments; a script of npm takes them behind two dashes."""
    is_npm = command.argv[0].rpartition("/")[2] == "npm"
    return (*command.argv, "--", *more) if is_npm and "--" not in command.argv else (*command.argv, *more)


def _command(survey: Survey, argv: tuple[str, ...], text: str, why: str, missing: str) -> TestCommand:
    return TestCommand(
        runner="jest", argv=argv, cwd=survey.folder, text=text, why=why, env=QUIET, missing=missing
    )
