"""unittest, through a runner of ours that prints as usual and records each test."""

from collections.abc import Sequence
from itertools import pairwise

from mycoder.testing.command import Place, Prepared, Ran, TestCommand
from mycoder.testing.interpreters import find_python
from mycoder.testing.results import Gathered
from mycoder.testing.survey import Survey


def detect(survey: Survey) -> TestCommand | None:
    """Only where the test files are written for unittest; with settings for pytest, that comes before."""
    if survey.python_style != "unittest" or survey.has("manage.py"):
        return None
    python = find_python(survey).python
    if python is None:
        return None
    env: tuple[tuple[str, str], ...] = ()
    why = f"unittest tests such as {survey.python_tests[0]}; {python.why}"
    if not python.is_projects and survey.listing().get("src"):
        env, why = (("PYTHONPATH", str(survey.folder / "src")),), f"{why}, with src on PYTHONPATH"
    start = _start(survey, survey.python_tests[0])
    text = f"{python.text} -m unittest discover" + (f" -s {start}" if start else "")
    return TestCommand(
        runner="unittest",
        argv=(*python.argv, "-m", "mycoder_unittest", "--starts", "auto"),
        cwd=survey.folder,
        text=text,
        why=why,
        env=env,
    )


def prepare(command: TestCommand, selection: Sequence[str], place: Place) -> Prepared:
    # late, here and below: not needed to find the runner
    from mycoder.testing import records
    from mycoder.testing.selection import take_apart

    records.install(place.folder)
    argv = list(command.argv)
    if selection:
        chosen = take_apart(selection, command.cwd, place.root)
        if "--starts" not in argv:
            argv = _from_user(argv)
        # A bare word is a dotted name when it has a dot, else a pattern.
        words = [word for word in chosen.words if "." not in word or " " in word]
        names = [*chosen.names, *(word for word in chosen.words if word not in words)]
        for word in words:
            argv += ["-k", word]
        argv += [dotted(name, command, place) for name in names]
    return Prepared(argv=tuple(argv), env=records.variables(command, place))


def gather(command: TestCommand, place: Place, ran: Ran) -> Gathered:
    from mycoder.testing import records
    from mycoder.testing.output import last_words

    found = records.read(place.folder)
    if not found.begun:
        words = last_words(ran.text)
        return Gathered(problem=f"unittest could not start: {words}" if words else "", is_finished=False)
    problem = found.problem
    if not found.finished and not found.unfinished and not ran.timed_out:
        problem = problem or f"the tests could not be loaded: {last_words(ran.text)}"
    return found.gathered(problem)


def dotted(name: str, command: TestCommand, place: Place) -> str:
    """A file or an id in pytest's form as the dotted name that unittest loads; other names as they are."""
    from mycoder.testing.selection import locate

    located = locate(name, command.cwd, place.root)
    if not located:
        return name
    path, _, rest = located.partition("::")
    start = _start(Survey(command.cwd, place.root, {}), path)
    module = path[len(start) + 1 if start else 0 :].removesuffix(".py").strip("/").replace("/", ".")
    return ".".join([module, *rest.split("::")]) if rest else module


def _start(survey: Survey, path: str) -> str:
    """The folder that the import of a test file starts from: the first one upwards that is no package."""
    folders = path.split("/")[:-1]
    while folders and "__init__.py" in survey.listing("/".join(folders)):
        folders.pop()
    return "/".join(folders)


def _from_user(argv: list[str]) -> list[str]:
    """The command that a person set, turned into the form that takes names."""
    head = argv[: argv.index("mycoder_unittest") + 1]
    rest = argv[len(head) :]
    pairs = pairwise(rest)
    start = next((after for word, after in pairs if word in ("-s", "--start-directory")), "auto")
    return [*head, "--starts", start]
