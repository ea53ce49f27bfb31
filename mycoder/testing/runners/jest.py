"""jest, with its JSON report written beside its usual output."""

from collections.abc import Sequence

from mycoder.testing import javascript
from mycoder.testing.command import Place, Prepared, TestCommand
from mycoder.testing.selection import take_apart
from mycoder.testing.survey import Survey


def detect(survey: Survey) -> TestCommand | None:
    def is_script(program: str, arguments: str) -> bool:
        return program == "jest" or (program == "react-scripts" and arguments.split()[:1] == ["test"])

    return javascript.detect_runner(survey, "jest", (), is_script)


def prepare(command: TestCommand, selection: Sequence[str], place: Place) -> Prepared:
    more = ["--json", f"--outputFile={place.folder / javascript.REPORT}", "--bail=0"]
    if "react-scripts" in javascript.read_manifest(Survey(command.cwd, place.root, {})).script:
        more.append("--watchAll=false")
    if selection:
        files, names = javascript.patterns(take_apart(selection, command.cwd, place.root))
        if names:
            more.append(f"--testNamePattern={names}")
        if files:
            more += ["--runTestsByPath", *files]
    return Prepared(argv=javascript.with_arguments(command, more))


gather = javascript.gather
