"""The test_command of a person: recognised where that helps, run as it is where not."""

import sys

import pytest

from mycoder.testing.detect import detect
from tests.testing.projects import ENV, write


@pytest.mark.parametrize(
    ("text", "runner", "head"),
    [
        ("pytest -q tests", "pytest", "pytest"),
        ("python -m pytest -k 'a and b'", "pytest", "python"),
        ("uv run pytest", "pytest", "uv"),
        ("poetry run python -m pytest -x", "pytest", "poetry"),
        ("DJANGO_SETTINGS_MODULE=x.y pytest", "pytest", "pytest"),
        ("coverage run -m pytest", "pytest", "coverage"),
        ("python3.12 -m unittest discover -v", "unittest", "python3.12"),
        ("go test -race ./...", "go", "go"),
        ("cargo test --all-features", "cargo", "cargo"),
        ("./mvnw verify", "maven", "./mvnw"),
        ("gradle check", "gradle", "gradle"),
        ("npx jest --ci", "jest", "npx"),
        ("vitest run", "vitest", "vitest"),
        ("make test", "shell", "make"),
        ("./scripts/check.sh --all", "shell", "./scripts/check.sh"),
        ("docker compose run app pytest", "shell", "docker"),
        ("cd sub && pytest", "shell", "bash"),
        ("pytest | tee log", "shell", "bash"),
        ("pytest $ARGS", "shell", "bash"),
        ("pytest 'unclosed", "shell", "bash"),
        ('pytest -m "not slow"', "pytest", "pytest"),
        ("A=1", "shell", "bash"),
    ],
)
def test_how_a_command_is_understood(tmp_path, text, runner, head):
    command = detect(write(tmp_path, {"package.json": "{}"}), f"  {text} ", ENV)
    assert command.runner == runner
    assert command.argv[0].endswith(head)
    assert command.text == text
    assert command.why.startswith("test_command")


@pytest.mark.parametrize(
    ("text", "script", "runner"),
    [
        ("npm test", "jest", "jest"),
        ("npm run test", "vitest run", "vitest"),
        ("pnpm test -- --ci", "jest", "jest"),
        ("npm run build", "jest", "shell"),
        ("npm test", "mocha", "shell"),
    ],
)
def test_the_runner_behind_a_script_is_known(tmp_path, text, script, runner):
    root = write(tmp_path, {"package.json": f'{{"scripts": {{"test": "{script}"}}}}'})
    command = detect(root, text, ENV)
    assert command.runner == runner
    assert list(command.argv) == text.split()


def test_words_and_variables_are_kept(tmp_path):
    command = detect(tmp_path, "A=1 B='x y' pytest -m \"not slow\" 'tests/a b.py'", ENV)
    assert command.argv == ("pytest", "-m", "not slow", "tests/a b.py")
    assert dict(command.env)["A"] == "1"
    assert dict(command.env)["B"] == "x y"


def test_a_command_is_typed_in_the_projects_environment(tmp_path):
    (tmp_path / ".venv/bin").mkdir(parents=True)
    for name in ("python", "pytest"):
        (tmp_path / ".venv/bin" / name).write_text("#!/bin/sh\n")
        (tmp_path / ".venv/bin" / name).chmod(0o755)
    env = dict(detect(tmp_path, "pytest", {"PATH": "/usr/bin"}).env)
    assert env["PATH"] == f"{tmp_path}/.venv/bin:/usr/bin"
    assert env["VIRTUAL_ENV"] == f"{tmp_path}/.venv"


def test_pytest_that_is_on_no_path_is_found_or_asked_for(tmp_path, monkeypatch):
    command = detect(tmp_path, "pytest -q", {"PATH": "/nonexistent"})
    assert command.argv[1:] == ("-m", "pytest", "-q")
    assert not command.missing
    monkeypatch.setattr("sys.path", [])
    assert "not on PATH" in detect(tmp_path, "pytest -q", {"PATH": "/nonexistent"}).missing
    monkeypatch.undo()
    assert detect(tmp_path, "python -m pytest", {"PATH": "/nonexistent"}).argv[0] == sys.executable
