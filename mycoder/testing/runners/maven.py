"""maven, read through the XML that surefire and failsafe write."""

import re
from collections.abc import Sequence

from mycoder.testing.command import Place, Prepared, Ran, TestCommand
from mycoder.testing.junit import read_reports
from mycoder.testing.jvm import add_compile_errors, java_name
from mycoder.testing.output import clip, last_words
from mycoder.testing.results import Gathered
from mycoder.testing.selection import take_apart
from mycoder.testing.survey import Survey

_COMPILE = r"(?m)^\[ERROR\] (?P<path>/\S+\.(?:java|kt|scala)):\[(?P<line>\d+),\d+\] (?P<told>.+)$"


def detect(survey: Survey) -> TestCommand | None:
    wrapper = survey.has("mvnw")
    maven = str(survey.folder / "mvnw") if wrapper else survey.which("mvn")
    missing = (
        ""
        if maven
        else "The project has a pom.xml, but there is no mvn on PATH: install Maven or set test_command."
    )
    text = "./mvnw test" if wrapper else "mvn test"
    why = "pom.xml, mvnw" if wrapper else "pom.xml"
    argv = (maven or "mvn", "-B", "test")
    return TestCommand(runner="maven", argv=argv, cwd=survey.folder, text=text, why=why, missing=missing)


def prepare(command: TestCommand, selection: Sequence[str], place: Place) -> Prepared:
    """Ids are ``package.Class#method``. Failing modules do not keep the others from running.

    There is no network in the sandbox: told so, maven is content with what it has and does not try for long.
    """
    argv = [*command.argv, "--offline", "--fail-at-end"]
    if selection:
        chosen = take_apart(selection, command.cwd, place.root)
        names = [java_name(name, "#") for name in (*chosen.names, *chosen.words)]
        argv += [
            f"-Dtest={','.join(names)}",
            "-DfailIfNoTests=false",
            "-Dsurefire.failIfNoSpecifiedTests=false",
        ]
    return Prepared(argv=tuple(argv))


def gather(command: TestCommand, place: Place, ran: Ran) -> Gathered:
    cases = read_reports(command.cwd, "surefire-reports", ran.started)
    for name, case in read_reports(command.cwd, "failsafe-reports", ran.started).items():
        cases.setdefault(name, case)
    add_compile_errors(cases, _COMPILE, ran.text, place)
    if not cases and ran.exit_code:
        reason = re.search(r"^\[ERROR\] (Failed to execute goal .*|.*\S.*)$", ran.text, re.MULTILINE)
        return Gathered(
            problem=f"maven ran no tests: {clip(reason[1], 600) if reason else last_words(ran.text)}"
        )
    crashed = re.search(r"The forked VM terminated|There was a timeout", ran.text)
    return Gathered(cases=cases, is_finished=not crashed)
