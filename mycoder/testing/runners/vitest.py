"""vitest, with its JSON report written beside its usual output."""

from collections.abc import Sequence

from mycoder.testing import javascript
from mycoder.testing.command import Place, Prepared, TestCommand
from mycoder.testing.selection import take_apart
from mycoder.testing.survey import Survey


def detect(survey: Survey) -> TestCommand | None:
    return javascript.detect_runner(survey, "vitest", ("run",), lambda program, _: program == "vitest")


def prepare(command: TestCommand, selection: Sequence[str], place: Place) -> Prepared:
    report = f"--outputFile.json={place.folder / javascript.REPORT}"
    more = ["--run", "--reporter=default", "--reporter=json", report, "--bail=0"]
    if selection:
        files, names = javascript.patterns(take_apart(selection, command.cwd, place.root))
        more += [f"--testNamePattern={names}"] if names else []
        more += files
    return Prepared(argv=javascript.with_arguments(command, more))


gather = javascript.gather
