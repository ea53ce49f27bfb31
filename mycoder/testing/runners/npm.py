"""The script `test` of a package.json, whatever it starts."""

from mycoder.testing.command import TestCommand
from mycoder.testing.javascript import QUIET, manager, read_manifest, script_argv
from mycoder.testing.runners import shell
from mycoder.testing.survey import Survey


def detect(survey: Survey) -> TestCommand | None:
    manifest = read_manifest(survey)
    if not manifest.script and not manifest.has_workspaces:
        return None
    name, path = manager(survey)
    argv, text, why = script_argv(name, path or name), f"{name} test", "script test in package.json"
    if not manifest.script:
        if name != "npm":
            return None
        argv = (*argv, "--workspaces", "--if-present")
        text, why = "npm test --workspaces --if-present", "workspaces in package.json"
    missing = (
        ""
        if path
        else f"package.json has tests, but there is no {name} on PATH: install Node.js or set test_command."
    )
    return TestCommand(
        runner="npm", argv=argv, cwd=survey.folder, text=text, why=why, env=QUIET, missing=missing
    )


prepare, gather = shell.prepare, shell.gather
