"""What is found in many kinds of projects, by reading files only."""

import os
import subprocess
import sys

import pytest

from mycoder.testing.detect import detect, detect_all
from tests.testing.projects import ENV, VENV, write

STYLE = "def test_a():\n    assert True\n"
UNIT = "import unittest\nclass T(unittest.TestCase):\n    def test_a(self): pass\n"
NOWHERE = {"PATH": "/nonexistent"}


@pytest.fixture
def bare(monkeypatch):
    """mycoder's own Python has no pytest either, as in an installation without it."""
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if "site-packages" not in entry])


def venv(root, name=".venv", *packages, home=""):
    """An environment as its files look, without running anything."""
    (root / name / "bin").mkdir(parents=True)
    (root / name / "bin/python").write_text("#!/bin/sh\n")
    (root / name / "bin/python").chmod(0o755)
    (root / name / "pyvenv.cfg").write_text(
        f"home = {home or '/usr/bin'}\ninclude-system-site-packages = {'true' if home else 'false'}\n"
    )
    site = root / name / "lib/python3.12/site-packages"
    site.mkdir(parents=True)
    for package in packages:
        (site / package).mkdir()


def tools(root, *names):
    (root / "bin").mkdir(exist_ok=True)
    for name in names:
        (root / "bin" / name).write_text("#!/bin/sh\n")
        (root / "bin" / name).chmod(0o755)
    return {"PATH": str(root / "bin")}


@pytest.mark.parametrize(
    ("files", "runner", "why"),
    [
        ({"pytest.ini": "", "a.txt": ""}, "pytest", "settings in pytest.ini"),
        ({"pyproject.toml": "[tool.pytest.ini_options]\n"}, "pytest", "settings in pyproject.toml"),
        ({"setup.cfg": "[tool:pytest]\n"}, "pytest", "settings in setup.cfg"),
        ({"tox.ini": "[pytest]\n"}, "pytest", "settings in tox.ini"),
        ({"tests/conftest.py": "", "tests/test_a.py": UNIT}, "pytest", "tests/conftest.py"),
        ({"test_a.py": STYLE}, "pytest", "test_a.py"),
        ({"a_test.py": STYLE}, "pytest", "a_test.py"),
        ({"tests/test_a.py": "class TestA:\n    def test_x(self): pass\n"}, "pytest", "tests/test_a.py"),
        ({"setup.py": "", "pkg/sub/tests/test_a.py": "import pytest\n"}, "pytest", "pkg/sub/tests/test_a.py"),
        ({"tests/test_a.py": UNIT}, "unittest", "unittest tests such as tests/test_a.py"),
        ({"tests/test_a.py": UNIT, "tests/test_b.py": STYLE}, "pytest", "tests/test_a.py"),
        ({"manage.py": "django", "app/tests.py": "from django.test import TestCase"}, "django", "manage.py"),
        ({"Cargo.toml": "[package]\n"}, "cargo", "Cargo.toml"),
        ({"go.mod": "module x\n"}, "go", "go.mod"),
        ({"pom.xml": "<project/>"}, "maven", "pom.xml"),
        ({"build.gradle": ""}, "gradle", "build.gradle"),
        ({"build.gradle.kts": "", "gradlew": ""}, "gradle", "gradlew"),
        ({"noxfile.py": "import nox\n@nox.session(py=['3'])\ndef tests(s): ...\n"}, "nox", "tests in nox"),
        ({"tox.ini": "[testenv]\ncommands = x\n"}, "tox", "tox.ini"),
        ({"pyproject.toml": "[tool.hatch.envs.default.scripts]\ntest = 'x'\n"}, "hatch", "script test"),
        ({"pyproject.toml": "[tool.hatch.envs.dev.scripts]\ntests = 'x'\n"}, "hatch", "script dev:tests"),
        ({"Makefile": "all:\n\tx\ntest: all\n\ty\n"}, "make", "target test in Makefile"),
        ({"Makefile": "check:\n\ty\n"}, "make", "target check in Makefile"),
        ({"Makefile": "test := 3\nall:\n\tx\n"}, None, ""),
        ({"pyproject.toml": "[project]\nname = 'x'\n", "a.py": ""}, None, ""),
        ({"testing.py": STYLE, "a.py": ""}, None, ""),
        ({"test_made.py": "globals()['test_x'] = print\n"}, "pytest", "test_made.py"),
        ({"testCamel.py": UNIT}, "unittest", "testCamel.py"),
        ({"README": ""}, None, ""),
        ({}, None, ""),
    ],
)  # fmt: skip
def test_the_runner_and_why(tmp_path, files, runner, why):
    command = detect(write(tmp_path, files), "", ENV)
    assert (command.runner if command else None) == runner
    assert why in (command.why if command else "")


@pytest.mark.usefixtures("bare")
def test_the_interpreter_is_the_projects_own_where_it_has_pytest(tmp_path):
    root = write(tmp_path / "x", {"test_a.py": STYLE})
    venv(root, "venv", "pytest")
    command = detect(root, "", NOWHERE)
    assert command.argv == (str(root / "venv/bin/python"), "-m", "pytest")
    assert command.text == "venv/bin/python -m pytest"
    assert command.why.endswith("; venv")
    venv(root, ".venv")
    command = detect(root, "", NOWHERE)
    assert command.text == "venv/bin/python -m pytest"
    assert "because there is no pytest in .venv/bin/python" in command.why
    (root / ".venv/lib/python3.12/site-packages/pytest").mkdir()
    assert detect(root, "", NOWHERE).text == ".venv/bin/python -m pytest"


@pytest.mark.usefixtures("bare")
def test_an_environment_that_sees_the_systems_packages_has_them(tmp_path):
    root = write(tmp_path / "x", {"test_a.py": STYLE})
    (tmp_path / "base/lib/python3.12/site-packages/pytest").mkdir(parents=True)
    venv(root, ".venv", home=f"{tmp_path}/base/bin")
    assert detect(root, "", NOWHERE).text == ".venv/bin/python -m pytest"


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    ("lock", "tool"), [("uv.lock", "uv"), ("poetry.lock", "poetry"), ("Pipfile.lock", "pipenv")]
)
def test_a_lock_file_and_its_tool(tmp_path, lock, tool):
    root = write(tmp_path / "x", {"test_a.py": STYLE, lock: ""})
    command = detect(root, "", tools(tmp_path, tool))
    assert command.argv[:2] == (tool, "run")
    assert command.argv[-3:] == ("python", "-m", "pytest")
    assert lock in command.why
    assert detect(root, "", NOWHERE).missing, "without the tool the lock file says nothing"


@pytest.mark.usefixtures("bare")
def test_python3_on_the_path_and_what_is_behind_a_shim(tmp_path):
    root = write(tmp_path / "x", {"test_a.py": STYLE, "src/pkg/__init__.py": ""})
    env = tools(tmp_path, "python3")
    (tmp_path / "lib/python3.12/site-packages/pytest").mkdir(parents=True)
    command = detect(root, "", env)
    assert command.argv[0] == str(tmp_path / "bin/python3")
    assert dict(command.env)["PYTHONPATH"] == str(root / "src")
    home = tmp_path / "pyenv"
    (home / "shims").mkdir(parents=True)
    (home / "shims/python3").write_text("#!/bin/sh\n")
    (home / "shims/python3").chmod(0o755)
    venv(home / "versions", "3.12.1", "pytest")
    (home / "version").write_text("3.12.1\n")
    command = detect(root, "", {"PATH": str(home / "shims")})
    assert command.argv[0] == str(home / "versions/3.12.1/bin/python")


def test_an_active_environment_and_at_last_our_own(tmp_path):
    root = write(tmp_path, {"test_a.py": STYLE})
    assert detect(root, "", {"PATH": "/nonexistent", "VIRTUAL_ENV": VENV}).why.endswith("; $VIRTUAL_ENV")
    own = detect(root, "", NOWHERE)
    assert own.argv[0] == sys.executable
    assert "mycoder's own Python" in own.why


@pytest.mark.usefixtures("bare")
def test_pytest_nowhere_says_what_to_do(tmp_path):
    root = write(tmp_path, {"test_a.py": STYLE})
    command = detect(root, "", NOWHERE)
    assert "python3 -m venv .venv && .venv/bin/pip install pytest" in command.missing
    venv(root, ".venv")
    command = detect(root, "", NOWHERE)
    assert ".venv/bin/pip install pytest" in command.missing
    assert "looked at: .venv/bin/python" in command.missing
    # What can run goes before what lacks something.
    write(root, {"Makefile": "test:\n\tpytest\n"})
    env = tools(tmp_path, "make")
    assert detect(root, "", env).runner == "make"
    assert [command.runner for command in detect_all(root, "", env)] == ["make", "pytest"]


def test_the_nearest_manifest_wins_and_all_of_its_level_are_listed(tmp_path):
    root = write(
        tmp_path,
        {
            "README": "",
            "web/package.json": '{"scripts": {"test": "mocha"}}',
            "api/pyproject.toml": "",
            "api/tests/test_a.py": STYLE,
            "deep/er/Cargo.toml": "",
            "node_modules/x/package.json": '{"scripts": {"test": "mocha"}}',
        },
    )
    env = {**ENV, **tools(tmp_path / "t" if (tmp_path / "t").mkdir() is None else tmp_path, "npm")}
    env["PATH"] += f":{ENV['PATH']}"
    found = detect_all(root, "", env)
    assert [(command.runner, command.cwd.name) for command in found] == [("pytest", "api"), ("npm", "web")]
    (root / "Makefile").write_text("test:\n\ttrue\n")
    assert [command.runner for command in detect_all(root, "", ENV)] == ["make"]


def test_hostile_entries_do_no_harm(tmp_path):
    (tmp_path / "pyproject.toml").mkdir()
    os.mkfifo(tmp_path / "pytest.ini")
    os.mkfifo(tmp_path / "package.json")
    (tmp_path / "tests").symlink_to(tmp_path)
    (tmp_path / "test_b.py").write_bytes(b"\xff\xfe\x00def test_x(): pass\n" * 10_000)
    (tmp_path / "Makefile").symlink_to("/dev/zero")
    (tmp_path / "test_\udce4.py").write_text(STYLE)
    command = detect(tmp_path, "", ENV)
    assert command is not None
    assert detect(tmp_path / "gone", "", ENV) is None


def test_it_looks_into_each_folder_of_a_large_tree_at_most_once(tmp_path, monkeypatch):
    files = {f"pkg{n}/mod{m}.py": "" for n in range(60) for m in range(30)}
    root = write(tmp_path, {**files, "pyproject.toml": "[project]\n", "tests/test_a.py": STYLE})
    looked = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: looked.append(str(path)) or scandir(path))
    assert detect(root, "", ENV).runner == "pytest"
    assert len(looked) == len(set(looked)) <= 1 + 60 + 1


def test_importing_it_is_light():
    """On the way to the first request: nothing but msgspec and small modules of the standard library."""
    code = (
        "import sys; from mycoder.testing.detect import detect; from pathlib import Path; "
        "detect(Path(sys.argv[1]), '', {}); "
        "print([m for m in sys.modules if m in ('tomllib', 'json', 'shutil', 'xml', 'asyncio', 'logging', "
        "'subprocess', 'tempfile', 'mycoder.testing.totals', 'mycoder.testing.listings', "
        "'mycoder.testing.records')])"
    )
    root = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
    done = subprocess.run(
        [sys.executable, "-c", code, root], capture_output=True, text=True, cwd=root, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.usefixtures("bare")
def test_an_environment_that_only_path_names(tmp_path):
    """As in a container: its python3 is a link to an interpreter without its packages."""
    root = write(tmp_path / "x", {"test_a.py": STYLE})
    venv(tmp_path, "v", "pytest")
    (tmp_path / "base").write_text("#!/bin/sh\n")
    (tmp_path / "base").chmod(0o755)
    (tmp_path / "v/bin/python3").symlink_to(tmp_path / "base")
    command = detect(root, "", {"PATH": str(tmp_path / "v/bin")})
    assert command.argv[0] == str(tmp_path / "v/bin/python3")
    assert not command.missing


def test_file_names_that_only_unittest_finds(tmp_path):
    root = write(tmp_path, {"tests/testtotal.py": UNIT, "testutils.py": "X = 1\n"})
    command = detect(root, "", ENV)
    assert command.runner == "unittest"
    assert "tests/testtotal.py" in command.why
    assert detect(write(tmp_path / "other", {"testutils.py": "X = 1\n"}), "", ENV) is None
