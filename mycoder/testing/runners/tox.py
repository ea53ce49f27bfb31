"""tox, where pytest cannot be reached without it."""

from mycoder.testing.command import TestCommand
from mycoder.testing.runners import shell
from mycoder.testing.survey import Survey

_SETTINGS = (
    ("tox.ini", "[tox"),
    ("tox.ini", "[testenv"),
    ("tox.toml", ""),
    ("pyproject.toml", "[tool.tox"),
    ("setup.cfg", "[tox:tox]"),
)


def detect(survey: Survey) -> TestCommand | None:
    found = [name for name, section in _SETTINGS if survey.has(name) and section in survey.text(name)]
    tox = survey.which("tox")
    if not found:
        return None
    missing = (
        ""
        if tox
        else f"The tests run under tox ({found[0]}), but tox is not on PATH: install it or set test_command."
    )
    return TestCommand(
        runner="tox",
        argv=(tox or "tox",),
        cwd=survey.folder,
        text="tox",
        why=found[0],
        missing=missing,
        has_probe="pytest" in survey.text(found[0]),
    )


prepare, gather = shell.prepare, shell.gather
