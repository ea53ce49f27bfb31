"""Makes a command of what a person set as `test_command`, understood as far as that helps to read results."""

import os
import re
import shlex
from pathlib import Path

import msgspec

from mycoder.testing.command import TestCommand
from mycoder.testing.interpreters import find_python, venv_of
from mycoder.testing.runners.registry import load
from mycoder.testing.survey import Survey

_SHELL = re.compile(r"[|&;<>()$`\\*?\[\]#~!\n{}]")
_ASSIGNMENT = re.compile(r"^[A-Za-z_]\w*=")
_BEFORE_NAMES = """
uv run poetry pipenv pdm hatch rye coverage -m env time nice xvfb-run python python3 py.test pytest
"""
_BEFORE = frozenset(_BEFORE_NAMES.split())


def command_from(text: str, root: Path, survey: Survey) -> TestCommand:
    """Never fails: what is not recognised is run by a shell and judged by its exit code and output."""
    env = _path_with_environment(survey)
    made = TestCommand(
        runner="shell",
        argv=(survey.which("bash") or "/bin/sh", "-c", text),
        cwd=root,
        text=text,
        why="test_command",
        env=env,
        has_probe=bool(re.search(r"\bpytest\b|\bpy\.test\b|\b(?:make|tox|nox|hatch)\b", text)),
    )
    # Quotes are taken off first: a marker such as -m "not slow" needs no shell.
    try:
        words = shlex.split(text)
    except ValueError:
        return made
    if not words or _SHELL.search(re.sub(r"'[^']*'|\"[^\"$`]*\"", "", text)):
        return made
    assigned = [word.split("=", 1) for word in _taken(words)]
    words = words[len(assigned) :]
    if not words:
        return made
    env = (*env, *((name, value) for name, value in assigned))
    made = msgspec.structs.replace(made, env=env, argv=tuple(words))
    return _recognised(made, words, survey)


def _recognised(made: TestCommand, words: list[str], survey: Survey) -> TestCommand:
    names = [word.rpartition("/")[2] for word in words]
    at = next((i for i, name in enumerate(names) if name in ("pytest", "py.test")), -1)
    if at >= 0 and _leads_to(words, names, at):
        made = msgspec.structs.replace(made, runner="pytest", has_probe=False)
        return _with_pytest(made, words, survey) if at == 0 else _with_python(made, words, survey, "pytest")
    if "unittest" in names and _leads_to(words, names, names.index("unittest")):
        at = names.index("unittest")
        rest = words[at + 1 :] or ["discover"]
        argv = (*words[:at], "mycoder_unittest", *rest)
        made = msgspec.structs.replace(made, runner="unittest", argv=argv, has_probe=False)
        return _with_python(made, list(argv), survey, "")
    if names[0] in ("npm", "yarn", "pnpm", "bun"):
        return _behind_script(made, names, survey)
    return msgspec.structs.replace(made, runner=_by_name(names) or made.runner)


def _by_name(names: list[str]) -> str:
    """The runner that a program and its first argument stand for."""
    match names[:2]:
        case ["go", "test"]:
            return "go"
        case ["cargo", "test" | "t"]:
            return "cargo"
        case ["mvn" | "mvnw", *_]:
            return "maven"
        case ["gradle" | "gradlew", *_]:
            return "gradle"
        case ["jest" | "vitest" as runner, *_] | ["npx", "jest" | "vitest" as runner]:
            return runner
    return ""


def _behind_script(made: TestCommand, names: list[str], survey: Survey) -> TestCommand:
    """jest or vitest, when the script `test` of package.json is the one that is run and is plainly theirs."""
    if names[1:3] != ["run", "test"] and names[1:2] not in (["test"], ["t"]):
        return made
    for runner in ("vitest", "jest"):
        found = load(runner).detect(survey)
        if found is not None and found.why.startswith("script"):
            return msgspec.structs.replace(made, runner=runner, env=(*made.env, *found.env))
    return made


def _taken(words: list[str]) -> list[str]:
    """The assignments at the head of a command."""
    taken: list[str] = []
    for word in words:
        if not _ASSIGNMENT.match(word):
            break
        taken.append(word)
    return taken


def _leads_to(words: list[str], names: list[str], at: int) -> bool:
    """Is what stands before the runner only a way to start it, such as ``uv run`` or ``python -m``?"""
    return all(
        name in _BEFORE or word.startswith("-") or re.fullmatch(r"python[\d.]*", name)
        for word, name in zip(words[:at], names[:at], strict=True)
    )


def _with_pytest(made: TestCommand, words: list[str], survey: Survey) -> TestCommand:
    """A bare `pytest` that is on no PATH is found through a Python that has it."""
    if "/" in words[0] or _which(words[0], made, survey):
        return made
    search = find_python(survey, "pytest")
    if search.python is None:
        return msgspec.structs.replace(
            made,
            missing=f"{words[0]} of the test_command is not on PATH, and there is no Python with pytest.",
        )
    argv = (*search.python.argv, "-m", "pytest", *words[1:])
    return msgspec.structs.replace(made, argv=argv, why=f"test_command; {search.python.why}")


def _with_python(made: TestCommand, words: list[str], survey: Survey, needs: str) -> TestCommand:
    """`python` may be called python3 only, or not be on PATH."""
    if words[0] not in ("python", "python3") or _which(words[0], made, survey):
        return made
    search = find_python(survey, needs)
    if search.python is None:
        return made
    return msgspec.structs.replace(made, argv=(*search.python.argv, *words[1:]))


def _which(tool: str, made: TestCommand, survey: Survey) -> str:
    path = dict(made.env).get("PATH")
    if path is None:
        return survey.which(tool)
    return Survey(survey.folder, survey.root, {"PATH": path}).which(tool)


def _path_with_environment(survey: Survey) -> tuple[tuple[str, str], ...]:
    """A person types the command in the project's activated environment."""
    prefix = venv_of(survey)
    if not prefix:
        return ()
    path = survey.env.get("PATH", os.defpath)
    return (("VIRTUAL_ENV", prefix), ("PATH", os.path.join(prefix, "bin") + os.pathsep + path))
