"""What goes wrong with providers and models has a documented end: an event, an exit code, and never a traceback."""

import pytest

from mycoder.models.script import Fault
from mycoder.models.scripted_server import ScriptedServer
from tests.e2e.console import call, repository, say, task

pytestmark = pytest.mark.e2e
QUICK = {"MYCODER_RETRY__FIRST_DELAY": "0.01", "MYCODER_RETRY__MAX_DELAY": "0.02"}


@pytest.fixture
def place(tmp_path):
    return {"cwd": repository(tmp_path / "r", {"a.py": "x = 1\n"}), "home": tmp_path / "home"}


def broken(kind, times=1, **more):
    return Fault(kind=kind, times=times, **more)


@pytest.mark.parametrize(
    "fault",
    [
        broken("status", status=429, retry_after=0.05),
        broken("status", status=503),
        broken("status", status=500),
        broken("cut", after=2),
        broken("half_line", after=2),
        broken("garbage", after=1),
        broken("error", after=1),
        broken("empty"),
        broken("reset"),
    ],
    ids=lambda f: f"{f.kind}-{f.status}",
)
async def test_a_passing_fault_is_told_and_tried_again(place, fault):
    async with ScriptedServer((say("Here I am.", fail=fault),)) as server:
        ran = await task("hello", server=server, **place, **QUICK)
    assert ran.code == 0, ran.err
    assert ran.of("ModelRetried")
    assert ran.ended["answer"] == "Here I am."
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("fault", "code", "reason"),
    [
        (broken("status", -1, status=429), 75, "unavailable"),
        (broken("status", -1, status=503), 75, "unavailable"),
        (broken("cut", -1), 75, "unavailable"),
        (broken("half_line", -1), 75, "unavailable"),
        (broken("gone", -1), 75, "unavailable"),
        (broken("empty", -1), 1, "failed"),
        (broken("status", -1, status=401, message="bad key"), 3, "misconfigured"),
        (broken("status", -1, status=403), 3, "misconfigured"),
        (broken("status", -1, status=404, message="no such model"), 3, "misconfigured"),
        (
            broken(
                "status", -1, status=400, code="context_length_exceeded", message="maximum context length"
            ),
            5,
            "budget",
        ),
    ],
    ids=lambda v: f"{v.kind}-{v.status}" if isinstance(v, Fault) else str(v),
)
async def test_a_lasting_fault_has_its_end(place, fault, code, reason):
    async with ScriptedServer((say("never", fail=fault),)) as server:
        ran = await task("hello", server=server, **place, **QUICK)
    assert ran.code == code, ran.err
    assert ran.ended["reason"] == reason
    assert ran.ended["message"]
    assert "Traceback" not in ran.err


async def test_a_server_that_hangs_is_given_up(place):
    fault = broken("hang", -1, seconds=600)
    env = {**QUICK, "MYCODER_RETRY__FIRST_TOKEN_SECONDS": "0.3", "MYCODER_RETRY__IDLE_SECONDS": "0.3"}
    async with ScriptedServer((say("never", fail=fault),)) as server:
        ran = await task("hello", server=server, **place, **env)
    assert ran.code == 75, ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        '{"path": "a.py"',
        '"{\\"path\\": \\"a.py\\"}"',
        '{"path": "a.py",}',
        "{'path': 'a.py'}",
        '{"file_path": "a.py"}',
        "",
        "null",
        '{"path": 7}',
        "[]",
    ],
)
async def test_malformed_arguments_are_mended_or_answered(place, arguments):
    async with ScriptedServer((call(("read", arguments)), say("Read."))) as server:
        ran = await task("read it", server=server, **place)
    assert ran.code == 0, ran.err
    (finished,) = ran.of("ToolFinished")
    assert "x = 1" in finished["output"] or '"path"' in finished["output"]


async def test_an_unknown_tool_is_answered(place):
    async with ScriptedServer((call(("teleport", {"to": "moon"})), say("Ah."))) as server:
        ran = await task("go", server=server, **place)
    assert ran.code == 0
    assert "no tool `teleport`" in ran.of("ToolFinished")[0]["output"]


async def test_the_same_call_twenty_times_is_stopped(place):
    async with ScriptedServer((call(("read", {"path": "a.py"}), repeat=20), say("Done."))) as server:
        ran = await task("go", server=server, **place)
    assert ran.code == 1
    assert "no progress" in ran.ended["message"]
    assert len(server.requests) < 20
