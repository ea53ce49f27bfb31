"""Finds out how the tests of a project are run. Reads a few files and starts nothing."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from mycoder.testing.command import TestCommand
from mycoder.testing.runners.registry import RUNNERS, load
from mycoder.testing.survey import SKIPPED, Survey

DEPTH = 2
"""Levels below the root that are looked into."""
FOLDER_LIMIT = 600
"""Subfolders of one level looked into when the root itself has no tests, some 20 µs each."""

_MARKS = frozenset(mark for _, marks in RUNNERS for mark in marks if not mark.startswith("*"))
_ENDINGS = tuple({mark[1:] for _, marks in RUNNERS for mark in marks if mark.startswith("*")})
"""Of all runners together: most folders of a large repository have none, and are passed over by one look."""


def detect(
    root: Path, settings_test_command: str = "", env: Mapping[str, str] | None = None
) -> TestCommand | None:
    """The command that runs all tests; None when there is no sign of any.

    `settings_test_command` is what a person set and wins. When something is missing to run the tests, the
    command says what in `missing`. The nearest manifest wins: subfolders are asked only when the root has no
    tests, and where several have some, the command stands for all of them.
    """
    root = root.absolute()
    if settings_test_command.strip():
        return _explicit(settings_test_command, root, env)
    for level in _levels(root, env):
        chosen = [command for survey in level.surveys if (command := _primary(survey))]
        if not chosen:
            continue
        chosen += _deeper(level)
        if len(chosen) > 1 or level.left_out:
            # late: only for repositories with tests in several folders.
            from mycoder.testing.several import together, unseen

            if level.left_out:
                chosen.append(unseen(root, len(level.surveys), level.left_out))
            return together(chosen, root)
        return chosen[0]
    return None


def _deeper(level: "_Level") -> list[TestCommand]:
    """Commands further below the folders of the nearest level that have none themselves: ``tools`` has tests, and
    ``services`` has a folder with some. What a folder with a command holds is that command's matter."""
    found: list[TestCommand] = []
    surveys = level.surveys
    for _ in range(level.depth, DEPTH):
        empty = [survey for survey in surveys if _primary(survey) is None]
        surveys = [below for survey in empty for below in _below(survey)][:FOLDER_LIMIT]
        found += [command for survey in surveys if (command := _primary(survey))]
    return found


def detect_all(
    root: Path, settings_test_command: str = "", env: Mapping[str, str] | None = None
) -> tuple[TestCommand, ...]:
    """All commands found on the nearest level that has any, the primary one first."""
    root = root.absolute()
    if settings_test_command.strip():
        return (_explicit(settings_test_command, root, env),)
    for level in _levels(root, env):
        found = [command for survey in level.surveys for command in _commands(survey)]
        if found:
            return tuple(sorted(found, key=lambda command: bool(command.missing)))
    return ()


class _Level(NamedTuple):
    """Folders of one depth, and how many more there are that nobody looked into."""

    surveys: list[Survey]
    left_out: int = 0
    depth: int = 0


def _explicit(text: str, root: Path, env: Mapping[str, str] | None) -> TestCommand:
    # late: only for projects that have the setting.
    from mycoder.testing.explicit import command_from

    return command_from(text.strip(), root, Survey(root, root, env if env is not None else {}))


def _levels(root: Path, env: Mapping[str, str] | None) -> Iterator[_Level]:
    """The root, its folders and theirs; a level is looked up when it is asked for."""
    level = _Level([Survey(root, root, env if env is not None else {})])
    for depth in range(DEPTH + 1):
        yield level
        below = [each for survey in level.surveys for each in _below(survey)]
        level = _Level(below[:FOLDER_LIMIT], max(0, len(below) - FOLDER_LIMIT), depth + 1)


def _primary(survey: Survey) -> TestCommand | None:
    """The folder's command: the first that can run comes before one that lacks something."""
    lacking: TestCommand | None = None
    for command in _commands(survey):
        if not command.missing:
            return command
        lacking = lacking or command
    return lacking


def _commands(survey: Survey) -> Iterator[TestCommand]:
    names = survey.listing()
    if names.keys().isdisjoint(_MARKS) and not any(name.endswith(_ENDINGS) for name in names):
        return
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
