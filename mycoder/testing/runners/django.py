"""Django's own runner behind manage.py; where pytest is set up, that comes first."""

from collections.abc import Sequence

from mycoder.testing.command import Place, Prepared, Ran, TestCommand
from mycoder.testing.interpreters import find_python
from mycoder.testing.results import Gathered
from mycoder.testing.runners import shell
from mycoder.testing.runners.unittest import dotted
from mycoder.testing.selection import take_apart
from mycoder.testing.survey import Survey


def detect(survey: Survey) -> TestCommand | None:
    if "django" not in survey.text("manage.py") or not survey.python_tests:
        return None
    search = find_python(survey, "django")
    python = search.python or find_python(survey).python
    if python is None:
        return None
    missing = (
        ""
        if search.python
        else "manage.py needs Django, and no Python with it was found: install it in a .venv."
    )
    return TestCommand(
        runner="django",
        argv=(*python.argv, "manage.py", "test", "--verbosity", "2", "--noinput"),
        cwd=survey.folder,
        text=f"{python.text} manage.py test",
        why=f"manage.py; {python.why}",
        missing=missing,
    )


def prepare(command: TestCommand, selection: Sequence[str], place: Place) -> Prepared:
    argv = list(command.argv)
    chosen = take_apart(selection, command.cwd, place.root)
    for word in chosen.words:
        argv += [word] if "." in word else ["-k", word]
    argv += [dotted(name, command, place) for name in chosen.names]
    return Prepared(argv=tuple(argv), env={"PYTHONDONTWRITEBYTECODE": "1"})


def gather(command: TestCommand, place: Place, ran: Ran) -> Gathered:
    return shell.gather_text(ran)
