"""hatch: the script `test` of its default environment, else `hatch test`."""

import re

from mycoder.testing.command import TestCommand
from mycoder.testing.runners import shell
from mycoder.testing.survey import Survey

_SCRIPTS = re.compile(
    r"^\[(?:tool\.hatch\.)?envs\.(?P<env>[\w.-]+)\.scripts\]\n(?P<body>(?:(?!\[)[^\n]*\n?)*)", re.MULTILINE
)


def detect(survey: Survey) -> TestCommand | None:
    name = "hatch.toml" if survey.has("hatch.toml") else "pyproject.toml"
    text = survey.text(name)
    if "envs." not in text or (name == "pyproject.toml" and "[tool.hatch.envs" not in text):
        return None
    words: tuple[str, ...] = ("test",)
    why = f"environments in {name}"
    for match in _SCRIPTS.finditer(text):
        script = re.search(r"^\"?(test|tests)\"?\s*=", match["body"], re.MULTILINE)
        if script:
            target = script[1] if match["env"] == "default" else f"{match['env']}:{script[1]}"
            words, why = ("run", target), f"script {target} in {name}"
            break
    hatch = survey.which("hatch")
    missing = (
        ""
        if hatch
        else f"The tests run under hatch ({name}), but hatch is not on PATH: install it or set test_command."
    )
    return TestCommand(
        runner="hatch",
        argv=(hatch or "hatch", *words),
        cwd=survey.folder,
        text=" ".join(("hatch", *words)),
        why=why,
        missing=missing,
        has_probe="pytest" in text or words == ("test",),
    )


prepare, gather = shell.prepare, shell.gather
