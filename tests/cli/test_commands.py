"""The subcommands, called in this process on real projects."""

import importlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from mycoder.cli.commands import SUBCOMMANDS
from mycoder.cli.main import command_line
from mycoder.config.layers import load
from mycoder.config.paths import Paths
from mycoder.config.settings import Settings
from mycoder.protocol.events import SessionStarted, TextAdded, TurnEnded, TurnStarted
from mycoder.session.store import Store
from mycoder.workspace.workspace import Workspace
from tests.cli.conftest import Shell

ALL = [entry.name for entry in SUBCOMMANDS]


def walk(command: click.Command, path: tuple[str, ...] = ()):
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from walk(command.get_command(context, name), (*path, name))


def test_every_command_is_explained() -> None:
    for path, command in walk(command_line()):
        assert command.help or command.get_short_help_str(), path
        for param in command.params:
            if isinstance(param, click.Option) and not param.hidden:
                assert param.help, (path, param.name)


@pytest.mark.parametrize("name", ALL)
def test_help_of_every_command(shell: Shell, name: str) -> None:
    assert shell(name, "--help") == 0
    assert f"Usage: mycoder {name}" in shell.out
    assert shell.err == ""


def test_help_loads_no_command_and_no_rich() -> None:
    code = (
        "import sys\nfrom mycoder.cli.start import start\nstart(['--help'])\n"
        "unwanted = ('rich', 'textual', 'litellm', 'typer', 'msgspec', 'asyncio')\n"
        "loaded = [name for name in unwanted if name in sys.modules]\n"
        "sys.exit(str(loaded) if loaded else 0)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    for name in ALL:
        assert f"\n  {name} " in result.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["tset"], "did you mean 'test'?"),
        (["mend", "it"], "mycoder 'mend it', or without the app: mycoder -p 'mend it'"),
        (["mend", "--quiet"], "mycoder -p 'mend'"),
        (["mend it"], "There is no terminal here for the app. Give a task: mycoder -p 'mend it'"),
        (["mend it", "now"], "put all of the prompt between one pair of quotes"),
        (["mend it", "--task", "x"], "Give one of both"),
        (["--modle", "x"], "did you mean --model?"),
        (["--contineu"], "did you mean --continue?"),
        (["--plan"], "did you mean --mode plan?"),
        (["doctor", "--sandbox", "off"], "--sandbox belongs before the command: mycoder --sandbox … doctor"),
        (["config", "show", "--origni"], "did you mean --origin?"),
        (["undo", "two"], "'two' is not a whole number"),
        (["config", "unknown"], "there are show, list, get, set, unset, path, schema"),
        (["sessions", "show"], "There are no sessions here"),
        (["batch", "/no/file.toml"], "name the TOML file with the tasks"),
        (["--max-steps", "0"], "--max-steps"),
        (["--mode", "yolo"], "'plan', 'ask', 'edit', 'auto'"),
        (["--bogus"], "--bogus"),
        (["config", "sett"], "did you mean 'set'?"),
        (["--continue", "--resume", "x"], "--continue and --resume exclude each other"),
        (["--quiet"], "--quiet only makes sense with --task"),
        (["-C", "/no/such/folder", "--task", "x"], "there is no such folder"),
        (["--set", "x", "--task", "x"], "--set tests.seconds=60"),
        (["--task", ""], "is empty"),
        (["--task", "@/no/file"], "cannot be read"),
        (["--task", "x", "--continue"], "There is no session in"),
        (["--task", "x", "--output-schema", "/no/file"], "cannot be read"),
        ([], "There is no terminal here"),
    ],
)
def test_usage_is_exit_2_with_words(shell: Shell, arguments: list[str], words: str) -> None:
    assert shell(*arguments) == 2
    assert words in " ".join(shell.err.split())
    assert shell.out == ""
    assert "Traceback" not in shell.err


@pytest.mark.parametrize("words", [["help"], ["help", "config"], ["help", "config", "get"]])
def test_help_is_a_command_too(shell: Shell, words: list[str]) -> None:
    assert shell(*words[1:], "--help") == 0
    usual = shell.out
    assert shell(*words) == 0
    assert shell.out == usual


def test_a_home_that_cannot_hold_our_folders_is_told(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/proc")
    assert shell("--task", "x") == 3
    assert "cannot be written" in shell.err
    assert "XDG_STATE_HOME" in shell.err


@pytest.mark.parametrize("name", ["history", "eval", "bench"])
def test_a_group_without_a_command_shows_its_help(shell: Shell, name: str) -> None:
    assert shell(name) == 2
    assert shell.err.startswith(f"Usage: mycoder {name}")
    assert "Commands:" in shell.err


def test_help_cuts_no_sentence(shell: Shell) -> None:
    for name in ALL:
        shell(name, "--help")
        assert "..." not in shell.out.replace("ARGS]...", "").replace("]...", "").replace("...  ", ""), name


def test_a_wrong_setting_is_exit_3(shell: Shell) -> None:
    assert shell("--set", "limits.max_step=3", "--task", "x") == 3
    assert "did you mean limits.max_steps?" in shell.err
    shell.config.parent.mkdir(parents=True)
    shell.config.write_text("[limits]\nmax_steps = 'x'\n")
    assert shell("config") == 3
    assert f"{shell.config}:2: limits.max_steps: expected int" in shell.err


def test_no_model_is_exit_3_and_one_sentence(shell: Shell) -> None:
    assert shell("--task", "x", "--model", "openai/gpt-5") == 3
    assert "OPENAI_API_KEY" in shell.err
    assert shell.out == ""
    assert len(shell.err.splitlines()) <= 2


@pytest.mark.parametrize("form", ["json", "stream-json"])
def test_a_program_gets_its_end_too(shell: Shell, form: str) -> None:
    assert shell("--task", "x", "--model", "openai/gpt-5", "--output-format", form) == 3
    last = json.loads(shell.out.splitlines()[-1])
    assert last["reason"] == "misconfigured"
    assert "OPENAI_API_KEY" in last["message"]


# -- paths, config, trust ---------------------------------------------------------------------------------


def test_paths(shell: Shell) -> None:
    assert shell("paths") == 0
    assert f"config        {shell.config}\n" in shell.out
    assert shell("paths", "--json") == 0
    assert json.loads(shell.out)["project"] == str(shell.root)


def test_config_show_is_toml_that_gives_the_same_settings(shell: Shell) -> None:
    shell.config.parent.mkdir(parents=True)
    shell.config.write_text(
        'prefer = ["a", "b"]\n[models."a/b.c"]\nwindow = 3\nextra = {seed = 1}\n[ui.keys]\nquit = "ctrl+q"\n'
    )
    assert shell("config", "show") == 0
    shown = shell.out
    tomllib.loads(shown)
    before = load(shell.root, flags={}, env={"HOME": str(shell.home)}, is_trusted=False).settings
    shell.config.write_text(shown)
    assert load(shell.root, flags={}, env={"HOME": str(shell.home)}, is_trusted=False).settings == before


def test_config_show_names_origins(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYCODER_UI__ASCII", "yes")
    shell("config", "set", "limits.max_steps", "9")
    assert shell("--model", "a/b", "config", "show", "--origin") == 0
    for line in (
        'model = "a/b"  # command line',
        f"max_steps = 9  # {shell.config}:2",
        "ascii = true  # MYCODER_UI__ASCII",
        "max_cost = 0.0  # default",
    ):
        assert line in shell.out.splitlines()
    assert shell("config", "show", "--origin", "--format", "json") == 0
    found = json.loads(shell.out)
    assert found["limits.max_steps"] == {"value": 9, "layer": "user", "origin": f"{shell.config}:2"}
    assert shell("config", "show", "--format", "json") == 0
    assert set(json.loads(shell.out)) == set(Settings.__struct_fields__)


def test_config_get(shell: Shell) -> None:
    shell("config", "set", "limits.max_steps", "9")
    shell("config", "set", "ui.theme", "mine")
    assert shell("config", "get", "ui.theme") == 0
    assert shell.out == "mine\n"
    assert shell("config", "get", "limits.max_steps", "--origin") == 0
    assert shell.out == f"9  # {shell.config}:2\n"
    assert shell("config", "get", "limits") == 0
    assert tomllib.loads(shell.out)["limits"]["max_steps"] == 9
    assert shell("config", "get", 'models."a/b".window') == 1
    assert 'models."a/b".window is not set' in shell.err
    assert shell("config", "get", "limits.max_step") == 3
    assert "did you mean limits.max_steps?" in shell.err
    assert shell("config", "list") == 0
    listed = shell.out
    assert shell("config", "show") == 0
    assert shell.out == listed


def test_config_warns_on_standard_error(shell: Shell) -> None:
    shell.config.parent.mkdir(parents=True)
    shell.config.write_text("modell = 'x'\n")
    assert shell("config") == 0
    assert "unknown key modell; did you mean model?" in shell.err
    tomllib.loads(shell.out)


def test_config_set_and_unset(shell: Shell) -> None:
    assert shell("config", "set", "mode", "plan") == 0
    assert tomllib.loads(shell.config.read_text()) == {"mode": "plan"}
    assert shell("config", "set", "mode", "yolo") == 3
    assert shell("config", "set", "--project", "test_command", "make check") == 0
    assert tomllib.loads((shell.root / ".mycoder/config.toml").read_text()) == {"test_command": "make check"}
    assert shell("config", "unset", "mode") == 0
    assert tomllib.loads(shell.config.read_text()) == {}
    assert shell("config", "path") == 0
    assert shell.out == f"{shell.config}\n"
    assert shell("config", "schema") == 0
    assert json.loads(shell.out)["title"] == "Settings of mycoder"


def test_trust(shell: Shell) -> None:
    assert shell("trust") == 0
    assert "nothing to trust" in shell.out
    shell.write(".mycoder/config.toml", "test_command = 'make check'\n")
    shell.write(".mcp.json", "{}")
    assert shell("trust") == 0
    assert ".mcp.json  (MCP servers)" in shell.out
    assert "Nothing of it is loaded" in shell.out
    assert shell("config", "show") == 0
    assert 'test_command = ""' in shell.out
    assert "not trusted" in shell.err
    assert shell("trust", "--yes") == 0
    assert shell("config", "show") == 0
    assert 'test_command = "make check"' in shell.out
    shell.write(".mcp.json", '{"a": 1}')
    assert shell("trust") == 0
    assert ".mcp.json  (changed MCP servers)" in shell.out
    assert shell("trust", "--list") == 0
    assert str(shell.root) in shell.out
    assert shell("trust", "--remove") == 0
    assert shell("trust", "--remove") == 0
    assert "was not trusted" in shell.out
    assert shell("trust", "--yes", "--list") == 2


def test_commands_work_from_below_and_elsewhere(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.write("src/deep/x.py", "")
    monkeypatch.chdir(shell.root / "src/deep")
    shell("paths", "--json")
    assert json.loads(shell.out)["project"] == str(shell.root)
    monkeypatch.chdir("/")
    shell("-C", str(shell.root / "src"), "paths", "--json")
    assert json.loads(shell.out)["project"] == str(shell.root)


# -- sessions ---------------------------------------------------------------------------------------------


def stored(shell: Shell, *prompts: str) -> str:
    """A session in the store, with one turn for each prompt."""
    store = Store(Paths.from_env({"HOME": str(shell.home)}).state)
    session, log = store.create(shell.root, 1_700_000_000.0)
    log.append(SessionStarted(version="0", root=str(shell.root), model="scripted/x", seq=1))
    for number, prompt in enumerate(prompts, 1):
        log.append(TurnStarted(prompt=prompt, turn=number))
        log.append(TextAdded(text="an answer \x1b[31m", turn=number))
        log.append(TurnEnded(reason="done", turn=number, at=1_700_000_100.0))
    log.close()
    return session


def test_sessions(shell: Shell, tmp_path: Path) -> None:
    assert shell("sessions") == 0
    assert "There are no sessions here." in shell.out
    one, two = stored(shell, "mend it", "more"), stored(shell, "second\ntask \x1b[2J")
    assert shell("sessions") == 0
    assert len(shell.out.splitlines()) == 2
    assert "2 turns" in shell.out
    assert "\x1b" not in shell.out
    assert shell("sessions", "list", "--json") == 0
    assert {info["id"] for info in json.loads(shell.out)} == {one, two}
    assert shell("sessions", "show", one) == 0
    assert "mend it" in shell.out
    assert "\x1b" not in shell.out
    assert shell("sessions", "export", one, "--format", "json", "-o", str(tmp_path / "s.json")) == 0
    events = json.loads((tmp_path / "s.json").read_text())["events"]
    assert [event["type"] for event in events][:2] == ["SessionStarted", "TurnStarted"]
    assert shell("sessions", "delete", one) == 0
    assert shell("sessions", "--json") == 0
    assert [info["id"] for info in json.loads(shell.out)] == [two]
    assert shell("sessions", "show", one) == 2
    assert "there is no session" in shell.err


def test_sessions_of_elsewhere_only_with_all(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(shell, "mend it")
    monkeypatch.chdir("/")
    shell("sessions")
    assert "There are no sessions here." in shell.out
    shell("sessions", "--all")
    assert str(shell.root) in shell.out


# -- what was changed -------------------------------------------------------------------------------------


def changed(shell: Shell, name: str, data: bytes) -> None:
    """A change as a tool makes it."""
    paths = Paths.from_env({"HOME": str(shell.home)})
    workspace = Workspace(shell.root, paths.project(shell.root), "s-1")
    with workspace.journal.change("tool", f"edit {name}") as change:
        change.write(name, data)
    workspace.close()


def test_undo_redo_diff(shell: Shell) -> None:
    file = shell.write("a.py", "x = 1\n")
    assert shell("undo") == 0
    assert shell.out == "There is nothing to undo.\n"
    changed(shell, "a.py", b"x = 2\n")
    changed(shell, "b.py", b"new\n")
    assert shell("diff") == 0
    assert "-x = 1\n+x = 2\n" in shell.out
    assert shell("diff", "--stat") == 0
    assert shell.out.splitlines() == ["+1 −1  a.py", "+1 −0  b.py"]
    assert shell("undo", "--dry-run", "2") == 0
    assert file.read_text() == "x = 2\n"
    assert shell("undo", "2") == 0
    assert file.read_text() == "x = 1\n"
    assert not (shell.root / "b.py").exists()
    assert shell.out.splitlines() == ["undone:", "  b.py +0 −1 (deleted)", "undone:", "  a.py +1 −1"]
    assert shell("redo") == 0
    assert file.read_text() == "x = 2\n"
    assert shell("redo", "5") == 0
    assert shell("redo") == 0
    assert shell.out == "There is nothing to redo.\n"


def test_undo_leaves_the_work_of_others_alone(shell: Shell) -> None:
    file = shell.write("a.py", "x = 1\n")
    changed(shell, "a.py", b"x = 2\n")
    file.write_text("mine\n")
    assert shell("undo") == 1
    assert file.read_text() == "mine\n"
    assert "left alone: a.py" in shell.err


# -- tests, models, doctor, completion --------------------------------------------------------------------


def test_test_runs_the_project(shell: Shell) -> None:
    lines = ["import unittest", "class TestSum(unittest.TestCase):", "    def test_x(self):"]
    good, bad = ("\n".join([*lines, f"        self.assertEqual(1 + 1, {number})", ""]) for number in (2, 3))
    file = shell.write("tests/test_a.py", good)
    shell.write("tests/__init__.py", "")
    command = f"{sys.executable} -m unittest discover -s tests -t ."
    arguments = ("--set", f"test_command={command}", "--sandbox", "off", "test")
    assert shell(*arguments) == 0, shell.out + shell.err
    assert "1 passed" in shell.out
    file.write_text(bad)
    assert shell(*arguments, "--json") == 6, shell.out + shell.err
    found = json.loads(shell.out)
    assert (found["passed"], found["failed"]) == (0, 1)
    assert "failed" in found["cases"].values()
    assert shell(*arguments) == 6
    assert "2 != 3" in shell.out


def test_no_tests_are_never_green(shell: Shell) -> None:
    assert shell("--sandbox", "off", "test") == 1
    assert "test_command" in shell.out


def test_models(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-value")
    monkeypatch.setenv("OLLAMA_HOST", "http://127.0.0.1:9")
    assert shell("models") == 0
    assert "openai      key found (OPENAI_API_KEY)" in shell.out
    assert "secret" not in shell.out + shell.err
    assert shell("models", "--json") == 0
    assert next(p for p in json.loads(shell.out)["providers"] if p["name"] == "openai")["has_key"]


def test_doctor(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-value")
    assert shell("doctor") == 0, shell.out
    assert "secret" not in shell.out
    assert shell("doctor", "--json") == 0
    found = json.loads(shell.out)
    assert found["ok"]
    by_name = {check["name"]: check for check in found["checks"]}
    assert {"python", "git", "sandbox", "keys", "config", "trust", "store", "tests", "terminal"} <= set(
        by_name
    )
    assert by_name["keys"]["text"] == "OPENAI_API_KEY"
    assert by_name["store"]["state"] == "ok"


def test_doctor_minds_the_sandbox_setting(shell: Shell) -> None:
    def sandbox(*before: str) -> dict[str, str]:
        shell(*before, "doctor", "--json")
        return next(check for check in json.loads(shell.out)["checks"] if check["name"] == "sandbox")

    usual = sandbox()
    off = sandbox("--sandbox", "off")
    assert off["state"] == "warning"
    assert off["text"].startswith("level limits: the setting sandbox is off")
    assert usual["text"] != off["text"]
    container = sandbox("--sandbox", "container")
    assert container["state"] == "error"
    assert "no image is named" in container["text"]
    shell("config", "set", "sandbox", "off")
    assert sandbox()["text"] == off["text"]


def test_doctor_and_models_name_the_model_that_would_be_taken(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEEPSEEK_API_KEY", "sk-secret-value")
    shell("doctor")
    assert "deepseek/deepseek-chat is taken, as the first in reach" in shell.out
    shell("models")
    assert "model in use: deepseek/deepseek-chat" in shell.out


def test_doctor_says_what_is_wrong(shell: Shell) -> None:
    shell.config.parent.mkdir(parents=True)
    shell.config.write_text("mode = 3\n")
    (shell.home / ".local").write_text("a file in the way")
    assert shell("doctor") == 1
    assert f"{shell.config}:1: mode" in shell.out
    assert "XDG_STATE_HOME" in shell.out
    assert "Traceback" not in shell.out + shell.err


def test_a_check_that_fails_itself_is_one_line(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = importlib.import_module("mycoder.session.checks")

    async def broken(place: object) -> list:
        raise RuntimeError("boom")

    monkeypatch.setitem(checks.CHECKS, "git", broken)
    assert shell("doctor") == 0
    assert "could not be checked: RuntimeError('boom')" in shell.out


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: Shell, name: str) -> None:
    assert shell("completion", name) == 0
    assert "_MYCODER_COMPLETE" in shell.out
    assert shell("completion", "tcsh") == 2
