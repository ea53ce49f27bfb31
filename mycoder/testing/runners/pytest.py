"""pytest, with a plugin of ours that records exact ids and frames whatever the project's options are."""

import re
from collections.abc import Sequence

from mycoder.testing.command import Place, Prepared, Ran, TestCommand
from mycoder.testing.interpreters import find_python
from mycoder.testing.results import Gathered
from mycoder.testing.survey import Survey

SETTINGS = (
    ("pytest.ini", "[pytest]"),
    (".pytest.ini", "[pytest]"),
    ("pyproject.toml", "[tool.pytest"),
    ("tox.ini", "[pytest]"),
    ("setup.cfg", "[tool:pytest]"),
)

_VALUE_OPTIONS_NAMES = """
-k -m -c -p -o -W -n -r --cov --cov-config --cov-report --ignore --ignore-glob --deselect --rootdir
--confcutdir
--basetemp --junitxml --junit-xml --import-mode --log-file --log-level --log-cli-level --html --ds --dist --tx
--maxfail --tb --durations --timeout --color --capture --override-ini --config-file --reruns
"""
_VALUE_OPTIONS = frozenset(_VALUE_OPTIONS_NAMES.split())
"""Options whose value is the next word, so that a path behind one is not taken for a test."""


def detect(survey: Survey) -> TestCommand | None:
    sign = _sign(survey)
    if not sign:
        return None
    search = find_python(survey, "pytest")
    if search.python is None:
        return _nowhere(survey, sign, search.passed_over)
    python = search.python
    env: tuple[tuple[str, str], ...] = ()
    why = f"{sign}; {python.why}"
    if not python.is_projects and survey.listing().get("src"):
        # The package is most likely not installed in a Python that is not the project's own.
        env, why = (("PYTHONPATH", str(survey.folder / "src")),), f"{why}, with src on PYTHONPATH"
    return TestCommand(
        runner="pytest",
        argv=(*python.argv, "-m", "pytest"),
        cwd=survey.folder,
        text=f"{python.text} -m pytest",
        why=why,
        env=env,
    )


def prepare(command: TestCommand, selection: Sequence[str], place: Place) -> Prepared:
    # late, here and below: not needed to find the runner
    from mycoder.testing import records
    from mycoder.testing.selection import joined, take_apart

    records.install(place.folder, first=place.first, slow=place.slow)
    argv = list(command.argv)
    if selection:
        argv = _without_tests(argv, command)
    argv += ["-p", "mycoder_pytest", *_options(command, place)]
    if selection:
        chosen = take_apart(selection, command.cwd, place.root)
        if chosen.words:
            argv += ["-k", joined(chosen.words)]
        if chosen.marks:
            argv += ["-m", joined(chosen.marks)]
        if _measures_coverage(command):
            argv.append("--no-cov")
        argv += chosen.names
    env = records.variables(command, place)
    env["HYPOTHESIS_STORAGE_DIRECTORY"] = str(place.lasting / "hypothesis")
    return Prepared(argv=tuple(argv), env=env)


def gather(command: TestCommand, place: Place, ran: Ran) -> Gathered:
    from mycoder.testing import records
    from mycoder.testing.output import last_words

    found = records.read(place.folder)
    if not found.begun:
        words = last_words(ran.text)
        return Gathered(problem=f"pytest could not start: {words}" if words else "", is_finished=False)
    problem = found.problem
    if not found.finished and not found.unfinished and not problem and ran.exit_code in (3, 4):
        problem = f"pytest gave up: {last_words(ran.text)}"
    if found.exit == 4 and not found.cases:
        problem = problem or f"pytest could not run this: {last_words(ran.text)}"
    if not found.cases and found.deselected and not problem:
        problem = (
            f"no tests ran: all {found.deselected} were left out by the selection or the project's options"
        )
    return found.gathered(problem)


def _sign(survey: Survey) -> str:
    """What shows that pytest is the runner; empty when nothing does."""
    for name, section in SETTINGS:
        if survey.has(name) and (section in survey.text(name) or name.endswith("pytest.ini")):
            return f"pytest settings in {name}"
    tests = survey.python_tests
    if not tests:
        return ""
    for sub in ("", "tests", "test"):
        if (not sub or survey.has(sub)) and "conftest.py" in survey.listing(sub):
            return f"{sub}/conftest.py" if sub else "conftest.py"
    if survey.python_style != "pytest":
        return ""
    return f"tests such as {tests[0]}"


def _nowhere(survey: Survey, sign: str, passed_over: tuple[str, ...]) -> TestCommand:
    looked = ", ".join(passed_over) or "no Python on PATH"
    own = next((path.removesuffix("python") + "pip" for path in passed_over if "/bin/python" in path), "")
    install = f"`{own} install pytest`" if own else "`python3 -m venv .venv && .venv/bin/pip install pytest`"
    return TestCommand(
        runner="pytest",
        argv=("python3", "-m", "pytest"),
        cwd=survey.folder,
        text="python3 -m pytest",
        why=sign,
        missing=f"The tests need pytest ({sign}), but no Python with it was found (looked at: {looked})."
        f" Install it with {install}, together with the project's own dependencies, or set test_command.",
    )


def _options(command: TestCommand, place: Place) -> list[str]:
    # The cache stays on, because plugins and options lean on it, but outside of the repository. Where the project
    # turns it off, naming its folder would be an error for a strict configuration.
    cache = ["-o", f"cache_dir={place.folder / 'cache'}"]
    return [
        *(() if _mentions(command, "no:cacheprovider") else cache),
        "--maxfail=0",
        "--continue-on-collection-errors",
        *("-o", "truncation_limit_lines=40"),
        *("-o", "truncation_limit_chars=3200"),
    ]


def _without_tests(argv: list[str], command: TestCommand) -> list[str]:
    """The command without the files and ids that it names itself, which a selection stands in for."""
    start = next(
        (i for i, word in enumerate(argv) if re.search(r"(?:^|/)(?:py\.test|pytest)$", word)), len(argv)
    )
    kept = argv[: start + 1]
    for before, word in zip(argv[start:], argv[start + 1 :], strict=False):
        is_value = before in _VALUE_OPTIONS
        is_test = not word.startswith("-") and ("::" in word or (command.cwd / word).exists())
        if is_value or not is_test:
            kept.append(word)
    return kept


def _measures_coverage(command: TestCommand) -> bool:
    """Does the project measure coverage on each run? Its threshold would fail a part of the tests."""
    return _mentions(command, "--cov")


def _mentions(command: TestCommand, option: str) -> bool:
    """Is an option that begins so in the command, or in the project's settings?"""
    if any(word.startswith(option) for word in command.argv):
        return True
    survey = Survey(command.cwd, command.cwd, {})
    return any(survey.has(name) and option in survey.text(name) for name, _ in SETTINGS)
