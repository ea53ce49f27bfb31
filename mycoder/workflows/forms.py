"""In which form tests are designed: by the runner of the project."""

from pathlib import Path

from mycoder.testing.command import TestCommand

PYTEST = "pytest"
SCRIPTS = ("node", "jest", "vitest")
_OF_PYTHON = ("pytest", "tox", "nox", "hatch", "unittest", "django")


_OTHERS = ("package.json", "go.mod", "Cargo.toml", "pom.xml", "build.gradle", "build.gradle.kts")


def form_of(command: TestCommand | None, root: Path) -> str:
    """`pytest`, `node`, `jest` or `vitest`; empty where none suits the runner of the project's tests.

    A project without tests is taken for one of Python, unless it says that it is something else.
    """
    if command is None:
        return "" if any((root / name).is_file() for name in _OTHERS) else PYTEST
    if command.parts:
        runnable = [part for part in command.parts if not part.missing]
        return next((form for part in runnable if (form := form_of(part, part.cwd))), "")
    if command.runner in _OF_PYTHON or command.has_probe:
        return PYTEST
    if command.runner in SCRIPTS:
        return command.runner
    said = " ".join(command.argv)
    if command.runner == "npm":
        said = _script(root)
    words = said.replace("/", " ").split()
    if "node" in words and "--test" in words:
        return "node"
    return next((name for name in (*SCRIPTS[1:], PYTEST) if name in words), "")


def _script(root: Path) -> str:
    # late: only for projects of JavaScript
    from mycoder.testing.javascript import read_manifest
    from mycoder.testing.survey import Survey

    return read_manifest(Survey(root, root, {})).script
