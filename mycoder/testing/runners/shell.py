"""Any command: judged by its exit code and by what pytest inside recorded or a runner's closing lines say."""

from collections.abc import Sequence

from mycoder.testing.command import Place, Prepared, Ran, TestCommand
from mycoder.testing.results import Case, Gathered, add_case
from mycoder.testing.survey import Survey

TEXT_LIMIT = 4 * 1024 * 1024
"""Characters from the end of the output in which closing lines are looked for."""


def detect(survey: Survey) -> TestCommand | None:
    """Never by itself: a command of this kind is set by a person."""
    return None


def prepare(command: TestCommand, selection: Sequence[str], place: Place) -> Prepared:
    return Prepared(argv=command.argv, env=probe_environment(command, place), is_selected=not selection)


def gather(command: TestCommand, place: Place, ran: Ran) -> Gathered:
    from mycoder.testing import records  # late: not needed to find the runner

    found = records.read(place.folder)
    if found.begun:
        return found.gathered(found.problem)
    return gather_text(ran)


def gather_text(ran: Ran) -> Gathered:
    """Totals and names from the output alone."""
    # late: their patterns are not needed to find the runner
    from mycoder.testing.listings import read_cases
    from mycoder.testing.output import last_words
    from mycoder.testing.totals import read_totals

    text = ran.text[-TEXT_LIMIT:]
    totals = read_totals(text)
    cases: dict[str, Case] = {}
    for each in totals:
        for case in read_cases(text, each.family):
            add_case(cases, case)
    if not totals:
        words = last_words(ran.text)
        said = f"; it said: {words}" if words else " and printed nothing"
        return Gathered(
            problem=f"nothing in the output shows that tests ran (exit code {ran.exit_code}){said}"
        )
    counts = [each.counts for each in totals]
    tally = counts[0]
    for more in counts[1:]:
        tally = type(tally)(
            tally.passed + more.passed,
            tally.failed + more.failed,
            tally.errors + more.errors,
            tally.skipped + more.skipped,
        )
    counted = next((each.counted for each in totals if each.counted != "tests"), "")
    return Gathered(cases=cases, tally=tally, note=f"counted by {counted}" if counted else "")


def probe_environment(command: TestCommand, place: Place) -> dict[str, str]:
    """Offers our plugin to a pytest that the command may start; else only keeps bytecode away."""
    if not command.has_probe:
        return {"PYTHONDONTWRITEBYTECODE": "1"}
    from mycoder.testing import records  # late: not needed to find the runner

    records.install(place.folder, first=place.first, slow=place.slow)
    env = records.variables(command, place)
    env["MYCODER_PROBE_KEPT_PYTEST_ADDOPTS"] = place.addopts
    env["PYTEST_ADDOPTS"] = (
        f"{place.addopts} -p mycoder_pytest -o cache_dir={_quoted(str(place.folder / 'cache'))}".strip()
    )
    # tox keeps variables from its environments unless it is told to pass them on.
    env["TOX_OVERRIDE"] = (
        f"testenv.pass_env+={','.join(name for name in env if name != 'MYCODER_PROBE')},MYCODER_*"
    )
    return env


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\"'\"'") + "'"
