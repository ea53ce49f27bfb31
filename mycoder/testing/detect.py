"""Finds out how the tests of a project are run. Reads a few files and starts nothing."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from mycoder.testing.command import TestCommand
from mycoder.testing.runners.registry import RUNNERS, load
from mycoder.testing.survey import SKIPPED, Survey

FOLDER_LIMIT = 60
"""Subfolders looked into when the root itself has no tests."""


def detect(
    root: Path, settings_test_command: str = "", env: Mapping[str, str] | None = None
) -> TestCommand | None:
    """The command that runs all tests; None when there is no sign of any.

    `settings_test_command` is what a person set and wins. When something is missing to run the tests, the
    command says what in `missing`. The nearest manifest wins: subfolders are asked only when the root has no
    tests.
    """
    lacking: TestCommand | None = None
    for level in _levels(root, settings_test_command, env):
        for command in level:
            # What can run comes before what lacks something.
            if not command.missing:
                return command
            lacking = lacking or command
        if lacking:
            break
    return lacking


def detect_all(
    root: Path, settings_test_command: str = "", env: Mapping[str, str] | None = None
) -> tuple[TestCommand, ...]:
    """All commands found on the nearest level that has any, the primary one first."""
    for level in _levels(root, settings_test_command, env):
        found = list(level)
        if found:
            return tuple(sorted(found, key=lambda command: bool(command.missing)))
    return ()


def _levels(
    root: Path, settings_test_command: str, env: Mapping[str, str] | None
) -> Iterator[Iterator[TestCommand]]:
    """Commands by depth of their folder, found one by one as they are asked for."""
    env = env if env is not None else {}
    root = root.absolute()
    survey = Survey(root, root, env)
    if settings_test_command.strip():
        # late: only for projects that have the setting.
        from mycoder.testing.explicit import command_from

        yield iter([command_from(settings_test_command.strip(), root, survey)])
        return
    level = [survey]
    for _ in range(3):
        yield (command for each in level for command in _commands(each))
        level = [below for each in level for below in _below(each)][:FOLDER_LIMIT]


def _commands(survey: Survey) -> Iterator[TestCommand]:
    names = survey.listing()
    found: list[TestCommand] = []
    for name, marks in RUNNERS:
        if not any(_is_marked(mark, names) for mark in marks):
            continue
        command = load(name).detect(survey)
        if command is not None and not _is_covered(command, found):
            found.append(command)
            yield command


def _is_marked(mark: str, names: dict[str, bool]) -> bool:
    if mark.startswith("*"):
        return any(name.endswith(mark[1:]) for name in names)
    return mark in names


def _is_covered(command: TestCommand, found: list[TestCommand]) -> bool:
    """Tools that start another runner, and JavaScript runners that share a manifest, add nothing to one that
    was found already and can run."""
    runners = {each.runner for each in found if not each.missing}
    match command.runner:
        case "tox" | "nox" | "hatch" | "unittest":
            return bool(runners & {"pytest", "unittest", "django"})
        case "jest" | "npm":
            return bool(runners & {"vitest", "jest"})
        case "make":
            return bool(runners)
    return False


def _below(survey: Survey) -> list[Survey]:
    names = [
        name
        for name, is_dir in sorted(survey.listing().items())
        if is_dir and name not in SKIPPED and not name.startswith(".")
    ]
    return [Survey(survey.folder / name, survey.root, survey.env) for name in names]
