"""nox: the session that is named after tests, else those that run by default."""

import re

from mycoder.testing.command import TestCommand
from mycoder.testing.runners import shell
from mycoder.testing.survey import Survey

_SESSION = re.compile(
    r"^@(?:nox\.)?session\b[^\n]*(?:\n(?!def )[^\n]*){0,20}\n(?:async )?def (\w+)\(", re.MULTILINE
)


def detect(survey: Survey) -> TestCommand | None:
    text = survey.text("noxfile.py")
    sessions = [match[1] for match in _SESSION.finditer(text)]
    if not sessions:
        return None
    chosen = next((name for name in ("tests", "test", "unit", "pytest") if name in sessions), "")
    words = ("--session", chosen) if chosen else ()
    nox = survey.which("nox")
    missing = (
        ""
        if nox
        else "The tests run under nox (noxfile.py), but nox is not on PATH: install it or set test_command."
    )
    return TestCommand(
        runner="nox",
        argv=(nox or "nox", "--reuse-existing-virtualenvs", *words),
        cwd=survey.folder,
        text=" ".join(("nox", *words)),
        why=f"session {chosen} in noxfile.py" if chosen else "noxfile.py",
        missing=missing,
        has_probe="pytest" in text,
    )


prepare, gather = shell.prepare, shell.gather
