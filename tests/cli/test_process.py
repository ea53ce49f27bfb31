"""The real console script as a process: what it loads, how it ends, what a strange environment does to it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPT = Path(sys.executable).with_name("mycoder")
COMMAND = [str(SCRIPT)] if SCRIPT.exists() else [sys.executable, "-m", "mycoder"]

pytestmark = pytest.mark.e2e


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "home").mkdir()
    (tmp_path / "project").mkdir()
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home"), "LC_ALL": "C.UTF-8"}


def call(*arguments: str, env: dict[str, str], **options: object) -> subprocess.CompletedProcess[bytes]:
    given = {"cwd": Path(env["HOME"]).parent / "project", "stdin": subprocess.DEVNULL, "timeout": 60}
    return subprocess.run([*COMMAND, *arguments], env=env, capture_output=True, **{**given, **options})


def script(env: dict[str, str], text: str) -> str:
    """Name of a scripted model that says `text`."""
    file = Path(env["HOME"]) / "script.json"
    file.write_text(text)
    return f"scripted/{file}"


HELLO = '{"steps": [{"text": "Hello."}]}'


def test_version_imports_nothing(env: dict[str, str]) -> None:
    for argument in ("--version", "-V"):
        result = call(argument, env={**env, "PYTHONPROFILEIMPORTTIME": "1"})
        assert result.stdout.startswith(b"mycoder ")
        loaded = {line.rpartition(b"|")[2].strip() for line in result.stderr.splitlines()}
        assert not loaded & {b"msgspec", b"click", b"asyncio", b"pathlib", b"mycoder.cli.start"}
    result = subprocess.run([sys.executable, "-m", "mycoder", "--version"], env=env, capture_output=True)
    assert (result.returncode, result.stderr) == (0, b"")


def test_version_after_other_options(env: dict[str, str]) -> None:
    result = call("--quiet", "--version", env=env)
    assert (result.returncode, result.stdout[:8]) == (0, b"mycoder ")


def test_a_task_from_the_argument_to_the_answer(env: dict[str, str]) -> None:
    result = call("--task", "say hello", "--model", script(env, HELLO), env=env)
    assert (result.returncode, result.stdout) == (0, b"Hello.\n"), result.stderr


def test_a_task_loads_no_typer_and_no_rich(env: dict[str, str]) -> None:
    env = {**env, "PYTHONPROFILEIMPORTTIME": "1"}
    result = call("--task", "say hello", "--model", script(env, HELLO), env=env)
    loaded = {line.rpartition(b"|")[2].strip() for line in result.stderr.splitlines()}
    assert b"mycoder.ui.headless.run" in loaded
    unwanted = {
        b"typer",
        b"click",
        b"rich",
        b"textual",
        b"litellm",
        b"tomlkit",
        b"platformdirs",
        b"jsonschema",
    }
    assert not loaded & unwanted


def test_a_task_from_standard_input_with_events(env: dict[str, str]) -> None:
    model = script(env, HELLO)
    result = call(
        "--task", "-", "--model", model, "--output-format", "stream-json", env=env, stdin=None, input=b"hi"
    )
    header, *events = [json.loads(line) for line in result.stdout.splitlines()]
    assert header["type"] == "Stream"
    assert events[0]["type"] == "TurnStarted"
    assert events[0]["prompt"] == "hi"
    assert (events[-1]["type"], events[-1]["reason"], events[-1]["answer"]) == ("TurnEnded", "done", "Hello.")


def test_piped_input_goes_to_the_model(env: dict[str, str]) -> None:
    model = script(
        env, '{"steps": [{"when": {"last": "(?P<n>log-\\\\d+)"}, "text": "saw {n}"}, {"text": "nothing"}]}'
    )
    result = call("--task", "what?", "--model", model, env=env, stdin=None, input=b"error log-42\n")
    assert result.stdout == b"saw log-42\n", result.stderr


def test_continue_goes_on_and_ephemeral_keeps_nothing(env: dict[str, str]) -> None:
    model = script(env, '{"steps": [{"text": "first"}, {"text": "second"}, {"text": "third"}]}')
    assert call("--task", "a", "--model", model, env=env).stdout == b"first\n"
    result = call("--task", "b", "--continue", "--model", model, env=env)
    assert (result.returncode, result.stdout) == (0, b"second\n"), result.stderr
    listed = json.loads(call("sessions", "--json", env=env).stdout)
    assert [(info["title"], info["turns"]) for info in listed] == [("a", 2)]
    assert call("--task", "c", "--ephemeral", "--model", model, env=env).stdout == b"first\n"
    assert len(json.loads(call("sessions", "--json", env=env).stdout)) == 1
    forked = call("--task", "d", "--fork", listed[0]["id"], "--model", model, env=env)
    assert (forked.returncode, forked.stdout) == (0, b"third\n"), forked.stderr
    assert len(json.loads(call("sessions", "--json", env=env).stdout)) == 2


def test_an_interrupt_while_the_model_thinks(env: dict[str, str]) -> None:
    hang = '{"steps": [{"text": "never said", "fail": {"kind": "hang", "after": 0, "times": -1}}]}'
    command = [*COMMAND, "--task", "wait", "--model", script(env, hang), "--output-format", "stream-json"]
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        process = subprocess.Popen(
            command,
            env=env,
            cwd=Path(env["HOME"]).parent / "project",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        while b"TurnStarted" not in process.stdout.readline():
            assert process.poll() is None, process.stderr.read() if process.stderr else ""
        sent = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        assert process.returncode == code, err
        assert time.monotonic() - sent < 6
        assert json.loads(out.splitlines()[-1])["reason"] == "interrupted"
        assert b"Traceback" not in err


def test_a_fault_of_ours_is_one_sentence_and_a_log(env: dict[str, str]) -> None:
    crash = "import mycoder.cli.run as r\ndef boom(v): raise RuntimeError('boom')\nr.run = boom\n"
    program = (
        f"import sys\n{crash}sys.argv[0] = 'mycoder'\nfrom mycoder.__main__ import main\nsys.exit(main())"
    )
    command = [sys.executable, "-c", program]
    result = subprocess.run([*command, "--task", "x"], env=env, capture_output=True)
    assert result.returncode == 70
    log = Path(env["HOME"]) / ".local/state/mycoder/mycoder.log"
    said = result.stderr.decode().strip()
    assert said.startswith("mycoder: Unexpected fault (RuntimeError: boom).")
    assert str(log) in said
    assert "\n" not in said
    assert "Traceback" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600
    result = subprocess.run([*command, "--debug", "--task", "x"], env=env, capture_output=True)
    assert b"Traceback" in result.stderr


def test_an_early_interrupt_is_quiet(env: dict[str, str]) -> None:
    crash = "import mycoder.cli.run as r\ndef stop(v): raise KeyboardInterrupt\nr.run = stop\n"
    program = f"import sys\n{crash}from mycoder.__main__ import main\nsys.exit(main())"
    result = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True)
    assert (result.returncode, result.stdout, result.stderr) == (130, b"", b"")


@pytest.mark.parametrize("arguments", [["--help"], ["config", "show"], ["--version"], ["doctor", "--json"]])
def test_nobody_reads(env: dict[str, str], arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(
        [*COMMAND, *arguments], env=env, stdin=subprocess.DEVNULL, stdout=writing, stderr=subprocess.PIPE
    )
    os.close(writing)
    assert b"Traceback" not in result.stderr
    assert b"Exception ignored" not in result.stderr


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_streams(env: dict[str, str], closed: str) -> None:
    command = f"exec {' '.join(COMMAND)} --task hi --model '{script(env, HELLO)}' {closed}"
    result = subprocess.run(
        ["bash", "-c", command], env=env, capture_output=True, cwd=env["HOME"], timeout=60
    )
    assert result.returncode == 0, result.stderr
    assert b"Traceback" not in result.stderr


def test_a_current_folder_that_is_gone(env: dict[str, str], tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    command = f"rmdir '{gone}'; exec {' '.join(COMMAND)} paths"
    result = subprocess.run(["bash", "-c", command], env=env, capture_output=True, cwd=gone)
    assert result.returncode == 2
    assert b"is not there any more" in result.stderr


def test_a_home_that_cannot_be_written(env: dict[str, str]) -> None:
    env = {**env, "HOME": "/proc/no-such-home"}
    for arguments in (["paths"], ["config", "show"], ["doctor"]):
        result = subprocess.run([*COMMAND, *arguments], env=env, capture_output=True, cwd="/", timeout=60)
        assert result.returncode in (0, 1), (arguments, result.stderr)
        assert b"Traceback" not in result.stderr
    result = subprocess.run(
        [*COMMAND, "config", "set", "mode", "plan"], env=env, capture_output=True, cwd="/"
    )
    assert result.returncode == 3
    assert b"cannot be written" in result.stderr


@pytest.mark.parametrize(
    "changes",
    [{"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "latin-1"},
     {"TERM": "dumb"}, {"NO_COLOR": "1"}, {"COLUMNS": "20"}, {"COLUMNS": "x"}],
)  # fmt: skip
def test_strange_environments(env: dict[str, str], changes: dict[str, str]) -> None:
    env = {**env, **changes}
    model = script(env, '{"steps": [{"text": "na\\u00efve \\u2192 \\u6f22"}]}')
    for arguments in (["--help"], ["doctor"], ["--task", "x", "--model", model]):
        result = call(*arguments, env=env)
        assert result.returncode == 0, (arguments, result.stderr)
        assert b"Traceback" not in result.stderr
        assert b"\x1b" not in result.stdout + result.stderr


def test_completion_completes(env: dict[str, str]) -> None:
    completing = {**env, "_MYCODER_COMPLETE": "bash_complete", "COMP_CWORD": "1"}
    result = call(env={**completing, "COMP_WORDS": "mycoder conf"})
    assert result.stdout == b"plain,config\n"
    result = call(env={**completing, "COMP_WORDS": "mycoder --mode p", "COMP_CWORD": "2"})
    assert result.stdout == b"plain,plan\n"
    result = call(env={**completing, "COMP_WORDS": "mycoder config se", "COMP_CWORD": "2"})
    assert b"plain,set\n" in result.stdout
    result = call(env={**completing, "COMP_WORDS": "mycoder --output-s"})
    assert result.stdout == b"plain,--output-schema\n"


def test_a_crash_in_mid_turn_ends_the_stream_once(env: dict[str, str]) -> None:
    program = (
        "import sys\nimport mycoder.session as s\nreal = s.Session.run\n"
        "async def run(self, prompt):\n"
        "    async for event in real(self, prompt):\n"
        "        yield event\n        raise RuntimeError('boom')\n"
        "s.Session.run = run\nfrom mycoder.__main__ import main\nsys.exit(main())"
    )
    arguments = ["--task", "x", "--model", script(env, HELLO), "--output-format", "stream-json"]
    result = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=env,
        capture_output=True,
        cwd=Path(env["HOME"]).parent / "project",
        stdin=subprocess.DEVNULL,
    )
    assert result.returncode == 70, result.stderr
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["type"] for line in lines] == ["Stream", "TurnStarted", "TurnEnded"]
    assert lines[-1]["reason"] == "crashed"
