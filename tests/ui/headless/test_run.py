"""The face from the task to the exit code, in this process and as a process of its own."""

import contextlib
import io
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mycoder.protocol.events import (
    AskSettled,
    ModelRetried,
    Noticed,
    PromptAdded,
    TestsRan,
    TextAdded,
    ToolCalled,
    ToolFinished,
    ToolProgressed,
    TurnEnded,
)
from mycoder.protocol.report import Counts, FileChange, Report
from mycoder.ui.headless import progress, signals
from mycoder.ui.headless.answers import SchemaError
from mycoder.ui.headless.results import Results
from mycoder.ui.headless.run import Job, joined, run
from tests.ui.headless.playing import USAGE, Played

HANGS = 100.0
"""Seconds after which a process is taken for one that never ends; no test waits for them to pass."""


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> io.BytesIO:
    stream = io.BytesIO()
    monkeypatch.setattr(Results, "of_process", lambda form: Results(form, stream))
    return stream


async def played(job: Job, session: Played) -> int:
    async def open_session(schema: object) -> Played:
        return session

    code = await run(job, open_session)
    assert session.is_closed
    return code


DONE = TurnEnded(reason="done", answer="It is 42.", report=Report(steps=1, usage=USAGE))
TOTALS = "1 step · 1.3k tokens · $0.01 · session played-1"


async def test_stdout_holds_the_answer_and_stderr_the_rest(
    out: io.BytesIO, capsys: pytest.CaptureFixture[str]
) -> None:
    session = Played([TextAdded(text="It is"), ToolCalled(call_id="1", tool="read", title="read a.py"),
                      ToolFinished(call_id="1"), DONE])  # fmt: skip
    assert await played(Job(task="what is it?", notes=("a warning",)), session) == 0
    assert out.getvalue() == b"It is 42.\n"
    assert session.prompts == ["what is it?"]
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == ["a warning", "+ read a.py", TOTALS]


async def test_quiet_says_only_errors(out: io.BytesIO, capsys: pytest.CaptureFixture[str]) -> None:
    await played(Job(task="t", is_quiet=True, notes=("a warning",)), Played([Noticed(text="x"), DONE]))
    assert capsys.readouterr().err == ""
    ended = TurnEnded(reason="unavailable", message="The provider is away: try later.")
    assert await played(Job(task="t", is_quiet=True), Played([ended])) == 75
    assert capsys.readouterr().err == "mycoder: the provider is away: The provider is away: try later.\n"


async def test_lines_of_progress(out: io.BytesIO, capsys: pytest.CaptureFixture[str]) -> None:
    events = [
        ModelRetried(reason="429 rate limit", attempt=2, delay=2.0),
        ToolCalled(call_id="1", tool="shell", title="shell pytest \x1b[31m\nrm"),
        ToolFinished(call_id="1", ok=False, output="exit 1\nmore"),
        ToolCalled(call_id="2", tool="test", title="test", agent="child"),
        ToolFinished(call_id="2", seconds=2.5, agent="child"),
        TestsRan(command="pytest", passed=3, failed=1, fixed=("a",), broken=("b", "c")),
        TestsRan(command="pytest", problem="no tests found"),
        AskSettled(ask_id="1", choice="deny", by="policy", note="nobody can approve it here"),
        Noticed(text="odd", level="warning", hint="do this"),
        PromptAdded(text="Tests still fail.\nRead the list and go on."),
        PromptAdded(text="y" * 300),
        DONE,
    ]
    await played(Job(task="t"), Played(events))
    assert capsys.readouterr().err.splitlines() == [
        "trying again in 2.0 s (try 2): 429 rate limit",
        "> shell pytest \u241b[31m \u23ce rm",
        "! shell pytest \u241b[31m \u23ce rm: exit 1",
        "[child] > test",
        "[child] + test (2.5 s)",
        "tests: 3 passed, 1 failed, 1 test fixed, 2 tests broken",
        "tests: no result: no tests found",
        "denied: nobody can approve it here",
        "warning: odd (do this)",
        "told the model: Tests still fail...",
        f"told the model: {'y' * 100}...",
        TOTALS,
    ]


async def test_unverified_edits_are_exit_1_and_said(
    out: io.BytesIO, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = TurnEnded(reason="done", answer="Done!", report=Report(files=(FileChange("a.py"),)))
    assert await played(Job(task="t"), Played([ended])) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "mycoder: edited, but no test run verifies it"
    assert await played(Job(task="t", allow_unverified=True), Played([ended])) == 0


WHY = "No edit makes the tests pass. Repair by search makes small edits; else set a model."


async def test_why_it_ended_is_said_once_in_full(out: io.BytesIO, capsys: pytest.CaptureFixture[str]) -> None:
    events = [
        ToolCalled(call_id="1", tool="repair", title="repair t", agent="repair"),
        ToolFinished(call_id="1", ok=False, output=WHY, agent="repair"),
        TurnEnded(reason="tests_failing", message=WHY, report=Report(after=Counts(failed=1))),
    ]
    assert await played(Job(task="t"), Played(events)) == 6
    told = out.getvalue().decode()
    assert told.count(WHY) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[1] == "[repair] ! repair t: No edit makes the tests pass"
    assert lines[-1] == "mycoder: tests still fail"


@pytest.mark.parametrize(
    ("task", "model", "words"),
    [
        ("make the failing tests pass", "", "'make the failing tests pass'"),
        ("fix the failing tests" + ", please" * 30, "", "'make the failing tests pass'"),
        ("make the failing tests pass", "a/b", "'go on'"),
        ("rename it", "", "'go on'"),
    ],
)
async def test_the_way_on_is_one_that_works(
    out: io.BytesIO, capsys: pytest.CaptureFixture[str], task: str, model: str, words: str
) -> None:
    ended = TurnEnded(reason="interrupted", message="Stopped.", report=Report(model=model))
    await played(Job(task=task), Played([ended]))
    assert capsys.readouterr().err.endswith(f"To go on: mycoder --resume played-1 --task {words}\n")


async def test_a_log_shows_that_a_long_call_goes_on(
    out: io.BytesIO, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    searching = ToolProgressed(call_id="1", text="searching: 1 tried\nsearching: 298 tried\n", agent="repair")
    events = [ToolCalled(call_id="1", tool="repair", title="repair t", agent="repair"), searching, DONE]
    await played(Job(task="t"), Played(events))
    assert "298 tried" not in capsys.readouterr().err
    monkeypatch.setattr(progress, "ALIVE", 0.0)
    await played(Job(task="t"), Played(events))
    assert "[repair] . repair t: searching: 298 tried" in capsys.readouterr().err.splitlines()


async def test_answer_file(out: io.BytesIO, tmp_path: Path) -> None:
    file = tmp_path / "answer.txt"
    file.write_text("old")
    file.chmod(0o640)
    await played(Job(task="t", answer_file=file), Played([DONE]))
    assert file.read_text() == "It is 42.\n"
    assert file.stat().st_mode & 0o777 == 0o640
    assert [entry.name for entry in tmp_path.iterdir()] == ["answer.txt"]
    await played(Job(task="t", answer_file=Path(os.devnull)), Played([DONE]))


async def test_an_answer_file_that_cannot_be_written_is_no_success(
    out: io.BytesIO, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await played(Job(task="t", answer_file=tmp_path / "no/where"), Played([DONE])) == 1
    assert "could not be written" in capsys.readouterr().err
    assert out.getvalue() == b"It is 42.\n"


SCHEMA = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}


def schema_file(tmp_path: Path) -> Path:
    file = tmp_path / "schema.json"
    file.write_text(json.dumps(SCHEMA))
    return file


async def test_schema_answer(out: io.BytesIO, tmp_path: Path) -> None:
    session = Played([TurnEnded(reason="done", answer='```json\n{"n": 3}\n```')])
    job = Job(task="count", form="json", schema_file=schema_file(tmp_path), answer_file=tmp_path / "a")
    assert await played(job, session) == 0
    assert json.loads(out.getvalue())["output"] == {"n": 3}
    assert session.prompts[0].startswith("count\n\n")
    assert '"required":["n"]' in session.prompts[0]


async def test_schema_answer_as_text_is_only_the_answer(out: io.BytesIO, tmp_path: Path) -> None:
    ended = TurnEnded(reason="done", answer='{"n": 3}', report=Report(after=Counts(passed=1), command="x"))
    await played(Job(task="t", schema_file=schema_file(tmp_path)), Played([ended]))
    assert json.loads(out.getvalue()) == {"n": 3}


async def test_a_wrong_answer_goes_back_with_the_reason(out: io.BytesIO, tmp_path: Path) -> None:
    first = TurnEnded(
        reason="done",
        answer="three",
        report=Report(files=(FileChange("a.py"),), verified=True, steps=4, usage=USAGE),
    )
    second = TurnEnded(reason="done", answer='{"n": "x"}', report=Report(steps=1, usage=USAGE))
    third = TurnEnded(reason="done", answer='{"n": 3}', report=Report(steps=1, usage=USAGE))
    session = Played([first], [second], [third])
    assert await played(Job(task="t", form="json", schema_file=schema_file(tmp_path)), session) == 0
    assert "not one JSON value" in session.prompts[1]
    assert "at $.n: 'x' is not of type 'integer'" in session.prompts[2]
    found = json.loads(out.getvalue())
    assert found["report"]["verified"], "the first turn was verified and nothing was edited since"
    assert found["report"]["steps"] == 6
    assert found["report"]["usage"]["input"] == 3 * USAGE.input


async def test_never_a_matching_answer_is_exit_1(
    out: io.BytesIO, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = Played(*([TurnEnded(reason="done", answer="three")] for _ in range(3)))
    assert await played(Job(task="t", form="json", schema_file=schema_file(tmp_path)), session) == 1
    found = json.loads(out.getvalue())
    assert found["reason"] == "failed"
    assert "does not match the schema" in found["message"]
    assert "output" not in found


async def test_a_turn_that_failed_is_not_asked_again(out: io.BytesIO, tmp_path: Path) -> None:
    session = Played([TurnEnded(reason="budget", message="Enough.")])
    assert await played(Job(task="t", schema_file=schema_file(tmp_path)), session) == 5


async def test_a_bad_schema_stops_before_anything_is_spent(out: io.BytesIO, tmp_path: Path) -> None:
    file = tmp_path / "schema.json"
    file.write_text("{")
    opened = []

    async def open_session(schema: object) -> Played:
        opened.append(schema)
        return Played([DONE])

    with pytest.raises(SchemaError):
        await run(Job(task="t", schema_file=file), open_session)
    assert not opened


async def test_a_session_that_breaks_off_is_no_success(out: io.BytesIO) -> None:
    class Broken(Played):
        async def run(self, prompt: str):
            yield TextAdded(text="x")

    assert await played(Job(task="t"), Broken()) == 70


async def test_faults_of_opening_pass_through(out: io.BytesIO, capsys: pytest.CaptureFixture[str]) -> None:
    async def open_session(schema: object) -> Played:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await run(Job(task="t", notes=("a warning",)), open_session)
    assert capsys.readouterr().err == "a warning\n"
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


async def test_a_session_that_raises_is_closed_and_told(out: io.BytesIO) -> None:
    class Raising(Played):
        async def run(self, prompt: str):
            yield TextAdded(text="x")
            raise RuntimeError("boom")

    session = Raising()
    with pytest.raises(RuntimeError, match="boom"):
        await played(Job(task="t", form="stream-json"), session)
    assert session.is_closed
    assert [json.loads(line)["type"] for line in out.getvalue().splitlines()] == ["Stream", "TextAdded"]


def test_reports_of_two_turns() -> None:
    one = Report(
        files=(FileChange("a.py", after="1"), FileChange("b.py")), verified=True, steps=2, seconds=1.5,
        after=Counts(passed=3), before=Counts(failed=3), command="pytest", fixed=("t",),
    )  # fmt: skip
    two = Report(files=(FileChange("a.py", after="2"),), steps=1, seconds=0.5)
    both = joined(TurnEnded(reason="done", report=one), TurnEnded(reason="done", answer="x", report=two))
    assert not both.report.verified, "it was edited again after the run"
    assert [(change.path, change.after) for change in both.report.files] == [("a.py", "2"), ("b.py", "")]
    assert (both.report.steps, both.report.seconds, both.report.fixed) == (3, 2.0, ("t",))
    assert both.answer == "x"


# -- as a process -----------------------------------------------------------------------------------------


def start(*arguments: str, **options: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.ui.headless.driver", *arguments]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=Path(__file__).parents[3], **{**pipes, **options})


def started(*arguments: str) -> subprocess.Popen[bytes]:
    """A process whose turn is running, seen by its first event."""
    process = start(*arguments)
    assert process.stdout is not None
    if arguments[0] == "never opens":
        assert process.stderr is not None
        process.stderr.readline()
    else:
        while b"TextAdded" not in process.stdout.readline():
            assert process.poll() is None
    return process


@pytest.mark.parametrize(
    ("scenario", "number", "code"),
    [
        ("waits", signal.SIGINT, 130),
        ("waits", signal.SIGTERM, 143),
        ("waits", signal.SIGHUP, 129),
        ("stubborn", signal.SIGTERM, 143),
        ("hanging", signal.SIGINT, 130),
        ("never opens", signal.SIGINT, 130),
    ],
)
def test_a_signal_ends_it_with_its_code(scenario: str, number: int, code: int) -> None:
    process = started(scenario, "stream-json")
    process.send_signal(number)
    out, err = process.communicate(timeout=HANGS)
    assert process.returncode == code
    assert json.loads(out.splitlines()[-1])["reason"] == "interrupted"
    assert b"Traceback" not in err


def test_nohup_is_respected() -> None:
    process = subprocess.Popen(
        ["nohup", sys.executable, "-m", "tests.ui.headless.driver", "waits", "stream-json"],
        cwd=Path(__file__).parents[3],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    while b"TextAdded" not in process.stdout.readline():
        assert process.poll() is None
    # of two that wait the kernel delivers the lower number first: 129 would be the code if this one were heard
    process.send_signal(signal.SIGHUP)
    process.terminate()
    process.communicate(timeout=HANGS)
    assert process.returncode == 143


def test_a_loop_that_is_blocked_ends_too() -> None:
    process = started("blocking", "stream-json")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=HANGS)
    assert process.returncode == 143


def test_the_second_signal_does_not_wait() -> None:
    process = started("stubborn and patient", "stream-json")
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    while b"told: Interrupt" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=HANGS)
    assert process.returncode == 130


def test_a_reader_that_goes_away_stops_the_turn() -> None:
    process = started("endless", "stream-json")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()
    assert process.wait(HANGS) == 141
    assert b"Traceback" not in err
    assert b"Exception" not in err


def test_nobody_reads_the_text() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = start("answers", stdout=writing)
    os.close(writing)
    _, err = process.communicate(timeout=HANGS)
    assert process.returncode == 0
    assert err == b"session played-1\n"


def test_a_full_disk_is_no_success() -> None:
    with open("/dev/full", "wb") as full:
        process = start("answers", stdout=full)
        _, err = process.communicate(timeout=HANGS)
    assert process.returncode == 1
    assert b"No space left on device" in err


def test_standard_error_may_be_closed() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = start("fails", stderr=writing)
    os.close(writing)
    out, _ = process.communicate(timeout=HANGS)
    assert process.returncode == 3
    assert out == b""


def on_terminal(scenario: str, **env: str) -> tuple[int, bytes]:
    """Exit code and what a terminal on standard error was sent."""
    leader, follower = pty.openpty()
    process = start(scenario, stderr=follower, env={**os.environ, "COLUMNS": "100", **env})
    os.close(follower)
    sent = b""
    with contextlib.suppress(OSError):  # the end of a terminal is an error
        while data := os.read(leader, 4096):
            sent += data
    process.communicate(timeout=HANGS)
    os.close(leader)
    return process.returncode, sent


def test_a_terminal_gets_a_line_that_lives() -> None:
    code, sent = on_terminal("works", TERM="xterm-256color")
    assert code == 0
    assert b"read a.py" in sent
    assert b"\x1b[?25l" in sent, "the cursor is hidden while it turns"
    assert sent.rstrip().endswith(b"\x1b[?25h") or sent.rfind(b"\x1b[?25h") > sent.rfind(b"\x1b[?25l")
    assert b"\x1b[2J" not in sent, "what a tool says cannot clear the screen"


def test_a_dumb_terminal_gets_lines() -> None:
    code, sent = on_terminal("works", TERM="dumb")
    assert code == 0
    assert b"\x1b" not in sent
    assert b"+ read a.py" in sent


def test_grace_leaves_room_before_the_last_resort() -> None:
    assert signals.GRACE + signals.CLOSING < signals.LAST
