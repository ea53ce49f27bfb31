"""Which interpreter and which pytest arguments a test command stands for."""

import asyncio
import importlib.util
import os
import shutil
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from mycoder.sandbox.sandbox import Sandbox

DJANGO = (
    "the tests are run by Django's own runner (manage.py test): repair by search needs pytest. Install pytest and "
    "pytest-django in the project's environment, with a pytest.ini that sets DJANGO_SETTINGS_MODULE."
)
_RUNNERS = ("uv", "poetry", "hatch", "pdm", "pipenv", "rye", "tox", "nox")
_MARK = "@interpreter"
_PROBE = (
    f"import sys,importlib.util as u;print('{_MARK}');print(sys.executable);print('%d.%d'%sys.version_info[:2]);"
    "print(bool(u.find_spec('pytest')))"
)


class UnsuitedError(Exception):
    """The project cannot be repaired by search; the message says why and what to do."""


class Interpreter(msgspec.Struct, frozen=True):
    path: str
    version: tuple[int, int]
    borrowed: str = ""
    """Folder in which mycoder's own pytest lies, when the project has none."""
    is_module: bool = True
    """True when the working directory is on ``sys.path``, as with ``python -m pytest``."""
    args: tuple[str, ...] = ()
    """pytest's arguments of the command."""


async def find(
    root: Path,
    argv: tuple[str, ...],
    python: str = "",
    sandbox: "Sandbox | None" = None,
    cwd: Path | None = None,
) -> Interpreter:
    """Finds the interpreter behind `argv` by running it once, in `sandbox` and `cwd` (default: `root`).

    Raises UnsuitedError.
    """
    words = _words(argv)
    is_module = "-m" in words
    args = _pytest_args(words)
    if args is None:
        raise UnsuitedError(
            f"the test command {' '.join(argv)!r} does not run pytest or unittest: repair by search needs "
            "Python tests. Set a model (mycoder config set model …) for anything else."
        )
    path = python or _candidate(root, words)
    version, has_pytest, real = await _probe(path, cwd or root, sandbox)
    if version < (3, 8):
        raise UnsuitedError(
            f"{path} is Python {version[0]}.{version[1]}: repair by search needs 3.8 or later"
        )
    borrowed = "" if has_pytest else _own_pytest(version)
    return Interpreter(real, version, borrowed, is_module or bool(borrowed), tuple(args))


def prefix(root: Path, argv: tuple[str, ...], python: str = "") -> Path | None:
    """The folder of the environment whose interpreter `find` will try, e.g. ``root/.venv``; None where PATH tells."""
    path = python or _candidate(root, _words(argv))
    return Path(os.path.abspath(path)).parent.parent if os.path.isabs(path) else None


def _words(argv: tuple[str, ...]) -> list[str]:
    """The command without the variables set before it."""
    words = list(argv) or ["pytest"]
    while words and "=" in words[0] and "/" not in words[0].split("=")[0]:
        words.pop(0)
    return words


def _pytest_args(words: list[str]) -> list[str] | None:
    """What follows ``pytest``, or what makes pytest find the same as unittest; None for others. Raises
    UnsuitedError for Django's own runner."""
    for place, word in enumerate(words):
        name = os.path.basename(word)
        if name in ("pytest", "py.test"):
            return [a for a in words[place + 1 :] if a not in ("-x", "--exitfirst", "-q", "-v", "-vv")]
        if name in ("unittest", "mycoder_unittest"):
            return _as_unittest(words[place + 1 :])
        if name == "manage.py":
            raise UnsuitedError(DJANGO)
        if word == "test" and words[0] in ("hatch",):
            return []
    return [] if os.path.basename(words[0]) in ("tox", "nox", "hatch") else None


def _as_unittest(rest: list[str]) -> list[str]:
    """Arguments with which pytest finds what unittest's discovery finds, by the names of files and the folders to
    start in; names of single tests are left to the engine."""
    patterns, starts = ["test*.py", "*_test.py", "*_tests.py"], []
    for word, value in pairwise(rest):
        if word in ("-p", "--pattern"):
            patterns = [value]
        elif word in ("-s", "--start-directory"):
            starts = [value]
        elif word == "--starts" and value != "auto":
            starts = value.split(os.pathsep)
    return ["-o", f"python_files={' '.join(patterns)}", *starts]


def _candidate(root: Path, words: list[str]) -> str:
    first = os.path.basename(words[0])
    named = (
        str(root / words[0]) if "/" in words[0] else words[0]
    )  # the copy that is run in has no environment
    if first.startswith("python"):
        return named
    if first in ("pytest", "py.test"):
        found = shutil.which(named, path=_path_with_environment(root))
        shebang = _shebang(found) if found else ""
        if shebang:
            return shebang
    for folder in (".venv", "venv", "env"):
        here = root / folder / "bin" / "python"
        if here.exists():
            return str(here)
    active = os.environ.get("VIRTUAL_ENV")
    if active and first not in _RUNNERS:
        return str(Path(active) / "bin" / "python")
    return shutil.which("python3") or sys.executable if first in _RUNNERS else sys.executable


def _path_with_environment(root: Path) -> str:
    folders = [str(root / name / "bin") for name in (".venv", "venv")]
    return os.pathsep.join([*folders, os.environ.get("PATH", "")])


def _shebang(script: str) -> str:
    try:
        with open(script, "rb") as source:
            line = source.readline(500)
    except OSError:
        return ""
    path = line[2:].decode("utf-8", "replace").strip() if line.startswith(b"#!") else ""
    return path if "python" in os.path.basename(path) and " " not in path else ""


async def _probe(path: str, root: Path, sandbox: "Sandbox | None") -> tuple[tuple[int, int], bool, str]:
    """In the sandbox of the session: an interpreter in the project is a program like any other in it."""
    problem, answer = await (_confined(path, root, sandbox) if sandbox else _plain(path, root))
    rows = answer.partition(_MARK)[2].split("\n")[1:4]
    try:
        if problem or len(rows) < 3:
            raise ValueError(problem or "it did not answer")
        major, minor = rows[1].split(".")
        return (int(major), int(minor)), rows[2] == "True", path if os.path.isabs(path) else rows[0]
    except ValueError as error:
        raise UnsuitedError(
            f"the project's interpreter {path} could not be run ({error}); set test_command"
        ) from error


async def _confined(path: str, root: Path, sandbox: "Sandbox") -> tuple[str, str]:
    from mycoder.sandbox.job import Job  # late: the sandbox room is only needed when there is one

    done = await sandbox.run(Job(argv=(path, "-c", _PROBE), cwd=root, seconds=20, label="repair"))
    return done.problem, done.output


async def _plain(path: str, root: Path) -> tuple[str, str]:
    """Without a sandbox, for whoever calls the engine as a library: with nothing of our environment."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "VIRTUAL_ENV", "LANG") if name in os.environ}
    try:
        process = await asyncio.create_subprocess_exec(
            path,
            "-c",
            _PROBE,
            cwd=root,
            env=kept,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        answer, _ = await asyncio.wait_for(process.communicate(), 20)
    except (OSError, TimeoutError) as error:
        return str(error) or "it took longer than 20 s", ""
    return "", answer.decode("utf-8", "replace")


def _own_pytest(version: tuple[int, int]) -> str:
    spec = importlib.util.find_spec("pytest")
    if spec is None or not spec.origin or version < (3, 11):
        raise UnsuitedError("the project's interpreter has no pytest: install it there (pip install pytest)")
    return str(Path(spec.origin).parent.parent)
