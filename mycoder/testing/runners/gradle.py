"""gradle, read through the XML of its test task."""

from collections.abc import Sequence

from mycoder.testing.command import Place, Prepared, Ran, TestCommand
from mycoder.testing.junit import read_reports
from mycoder.testing.jvm import add_compile_errors, java_name
from mycoder.testing.output import last_words
from mycoder.testing.results import Gathered
from mycoder.testing.selection import take_apart
from mycoder.testing.survey import Survey

_COMPILE = (
    r"(?m)^(?:e: (?:file://)?)?(?P<path>/[^\s:]+\.(?:java|kt|scala|groovy)):(?P<line>\d+)(?::\d+)?:? "
    r"(?:error: )?(?P<told>.+)$"
)


def detect(survey: Survey) -> TestCommand | None:
    wrapper = survey.has("gradlew")
    gradle = str(survey.folder / "gradlew") if wrapper else survey.which("gradle")
    missing = (
        "" if gradle else "There is a build.gradle, but no gradle on PATH: install it or set test_command."
    )
    text = "./gradlew test" if wrapper else "gradle test"
    why = "build.gradle, gradlew" if wrapper else "build.gradle"
    argv = (gradle or "gradle", "test")
    return TestCommand(runner="gradle", argv=argv, cwd=survey.folder, text=text, why=why, missing=missing)


def prepare(command: TestCommand, selection: Sequence[str], place: Place) -> Prepared:
    """Tests that are up to date would be left out without a report, so their results are cleaned first.

    There is no network in the sandbox: told so, gradle is content with what it has.
    """
    at = command.argv.index("test") if "test" in command.argv else 1
    argv = [*command.argv[:at], "cleanTest", *command.argv[at:], "--continue", "--offline", "--console=plain"]
    if selection:
        chosen = take_apart(selection, command.cwd, place.root)
        for name in (*chosen.names, *chosen.words):
            argv += ["--tests", java_name(name, ".")]
    return Prepared(argv=tuple(argv))


def gather(command: TestCommand, place: Place, ran: Ran) -> Gathered:
    cases = read_reports(command.cwd, "test-results", ran.started)
    add_compile_errors(cases, _COMPILE, ran.text, place)
    if not cases and ran.exit_code:
        return Gathered(problem=f"gradle could not run the tests: {last_words(ran.text)}")
    return Gathered(cases=cases, is_finished="Process 'Gradle Test Executor" not in ran.text)
