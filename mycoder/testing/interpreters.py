"""Finds the Python that belongs to a project, by looking at files only.

Order: an environment in the project's folder, one that is active, the environment of the tool whose lock file
lies there (uv, poetry, pipenv), the python3 on PATH, and last the Python that runs mycoder itself.
"""

import os
import re
import sys

import msgspec

from mycoder.testing.survey import Survey, read_start

VENVS = (".venv", "venv", "env", ".env")

_TOOLS = (
    ("uv.lock", "uv", ("uv", "run", "--frozen", "python")),
    ("poetry.lock", "poetry", ("poetry", "run", "python")),
    ("Pipfile.lock", "pipenv", ("pipenv", "run", "python")),
    ("pdm.lock", "pdm", ("pdm", "run", "python")),
)
"""Lock file, tool, and how it runs the Python of its environment."""


class Python(msgspec.Struct, frozen=True):
    """How to start it. `prefix` is the folder of its environment, empty where a tool picks it."""

    argv: tuple[str, ...]
    text: str
    why: str
    prefix: str = ""
    is_projects: bool = True
    """False for an interpreter that is not the project's own: its packages may be missing there."""


class Search(msgspec.Struct, frozen=True):
    """What was found, and for the message when nothing was: what was looked at."""

    python: Python | None
    passed_over: tuple[str, ...] = ()


def find_python(survey: Survey, needs: str = "") -> Search:
    """The interpreter for the surveyed folder in which the package `needs` can be imported (empty: any)."""
    passed: list[str] = []
    for python in _candidates(survey):
        if not needs or not python.prefix or has_package(python.prefix, needs, survey):
            return Search(_noting(python, passed, needs), tuple(passed))
        passed.append(python.text)
    own = _own(needs)
    return Search(_noting(own, passed, needs) if own else None, tuple(passed))


def venv_of(survey: Survey) -> str:
    """Absolute path of the project's own virtual environment, else of the active one; empty without one."""
    for python in _environments(survey):
        return python.prefix
    return ""


def has_package(prefix: str, package: str, survey: Survey) -> bool:
    """Can the Python of this environment import the package? Looks for its folder in the site directories."""
    if any(os.path.isdir(os.path.join(site, package)) for site in _sites(prefix, survey)):
        return True
    settings = read_start(os.path.join(prefix, "pyvenv.cfg"))
    if not re.search(r"^include-system-site-packages\s*=\s*true", settings, re.MULTILINE | re.IGNORECASE):
        return False
    home = re.search(r"^home\s*=\s*(.+)$", settings, re.MULTILINE)
    return home is not None and has_package(os.path.dirname(home[1].strip()), package, survey)


def _candidates(survey: Survey) -> list[Python]:
    found = _environments(survey)
    for lock, tool, argv in _TOOLS:
        if survey.has(lock) and survey.which(tool):
            found.append(Python(argv, " ".join(argv), f"{lock}, {tool} on PATH"))
    system = _system(survey)
    return [*found, system] if system else found


def _environments(survey: Survey) -> list[Python]:
    found: list[Python] = []
    places = [survey.folder] if survey.folder == survey.root else [survey.folder, survey.root]
    for place in places:
        for name in VENVS:
            prefix = os.path.join(place, name)
            if _is_environment(prefix):
                text = os.path.join(os.path.relpath(prefix, survey.folder), "bin", "python")
                found.append(Python((os.path.join(prefix, "bin", "python"),), text, name, prefix))
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        prefix = survey.env.get(variable, "")
        if prefix and os.path.isabs(prefix) and _is_environment(prefix):
            python = os.path.join(prefix, "bin", "python")
            found.append(Python((python,), python, f"${variable}", prefix))
    return found


def _is_environment(prefix: str) -> bool:
    return os.access(os.path.join(prefix, "bin", "python"), os.X_OK)


def _system(survey: Survey) -> Python | None:
    path = survey.which("python3") or survey.which("python")
    if not path:
        return None
    prefix = os.path.dirname(os.path.dirname(path))
    if os.path.isfile(os.path.join(prefix, "pyvenv.cfg")):
        # Active by PATH alone, as in a container: its interpreter is a link to another one without its packages.
        return Python((path,), "python3", "python3 on PATH", prefix, False)
    real = _behind_shim(path, survey) or os.path.realpath(path)
    prefix = os.path.dirname(os.path.dirname(real))
    # The name on PATH is kept for people; the file behind a shim is what runs, so that both agree.
    return Python(
        (real if real != os.path.realpath(path) else path,), "python3", "python3 on PATH", prefix, False
    )


def _behind_shim(path: str, survey: Survey) -> str:
    """The interpreter that a pyenv shim would start here; empty when it is no shim or cannot be told."""
    parts = path.split(os.sep)
    if "shims" not in parts:
        return ""
    home = os.sep.join(parts[: parts.index("shims")])
    wanted = survey.env.get("PYENV_VERSION", "") or survey.text(".python-version")
    wanted = wanted or read_start(os.path.join(survey.root, ".python-version"))
    wanted = wanted or read_start(os.path.join(home, "version"))
    for version in wanted.replace(":", "\n").split():
        python = os.path.join(home, "versions", version, "bin", "python")
        if os.access(python, os.X_OK):
            return python
    return ""


def _own(needs: str) -> Python | None:
    """The Python that runs mycoder: last, because the project's own packages are most likely not in it."""
    if needs and not any(os.path.isdir(os.path.join(entry, needs)) for entry in sys.path if entry):
        return None
    return Python((sys.executable,), sys.executable, "mycoder's own Python", sys.prefix, False)


def _sites(prefix: str, survey: Survey) -> list[str]:
    found: list[str] = []
    for lib in ("lib", "lib64", "local/lib"):
        folder = os.path.join(prefix, lib)
        try:
            names = [name for name in os.listdir(folder) if name.startswith("python3")]
        except OSError:
            continue
        for name in names:
            found += [os.path.join(folder, name, kind) for kind in ("site-packages", "dist-packages")]
    if prefix == "/usr":
        # Packages that a person installed with `pip install --user`.
        base = os.path.join(survey.env.get("HOME", ""), ".local", "lib")
        if os.path.isdir(base):
            found += [os.path.join(base, name, "site-packages") for name in os.listdir(base)]
    return found


def _noting(python: Python, passed: list[str], needs: str) -> Python:
    if not passed:
        return python
    why = f"{python.why}, because there is no {needs} in {' or '.join(passed)}"
    return msgspec.structs.replace(python, why=why)
