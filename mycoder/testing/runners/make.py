"""A `test` or `check` target of a Makefile."""

import re

from mycoder.testing.command import TestCommand
from mycoder.testing.runners import shell
from mycoder.testing.survey import Survey

_TARGET = re.compile(r"^(test|tests|check)\s*::?(?![=:])", re.MULTILINE)


def detect(survey: Survey) -> TestCommand | None:
    name = next(name for name in ("GNUmakefile", "makefile", "Makefile") if survey.has(name))
    text = survey.text(name)
    targets = [match[1] for match in _TARGET.finditer(text)]
    if not targets:
        return None
    target = next(each for each in ("test", "tests", "check") if each in targets)
    make = survey.which("make") or survey.which("gmake")
    missing = "" if make else f"{name} has a target {target}, but there is no make on PATH."
    return TestCommand(
        runner="make",
        argv=(make or "make", target),
        cwd=survey.folder,
        text=f"make {target}",
        why=f"target {target} in {name}",
        missing=missing,
        has_probe="pytest" in text or "py.test" in text,
    )


prepare, gather = shell.prepare, shell.gather
