"""Full outputs that a killed mycoder left raw are cleaned by the next session of the project."""

import asyncio

import pytest

from mycoder.models.scripted_server import ScriptedServer
from tests.e2e.console import SCRIPT, call, environment, repository, say, task

pytestmark = pytest.mark.e2e

CANARY = "glpat-canary0full1output23"
COMMAND = f"echo {CANARY[:7]}''{CANARY[7:]}; for i in $(seq 40000); do echo line-$i; done; sleep 60"


def raw(home):
    return [path for path in home.rglob("outputs/shell*") if CANARY.encode() in path.read_bytes()]


async def test_what_a_kill_left_raw_is_cleaned_at_the_next_start(tmp_path):
    cwd, home = repository(tmp_path / "r", {"a.txt": "a\n"}), tmp_path / "h"
    steps = (call(("shell", {"command": COMMAND})), say("Done."))
    async with ScriptedServer(steps) as server:
        arguments = ("--task", "x", "--model", "openai/scripted", "--engine", "model", "--allow-unverified")
        process = await asyncio.create_subprocess_exec(
            SCRIPT,
            *arguments,
            cwd=cwd,
            env=environment(home, server.url),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        while not raw(home):
            assert process.returncode is None
            await asyncio.sleep(0.05)
        process.kill()
        await process.wait()
    assert raw(home), "the command was still running, so its output is as it was printed"
    async with ScriptedServer((say("Nothing."),)) as server:
        ran = await task("hello", "--allow-unverified", server=server, cwd=cwd, home=home)
    assert ran.code == 0, ran.err
    assert not raw(home)
    (left,) = home.rglob("outputs/shell*")
    assert b"[redacted:" in left.read_bytes()
    assert b"line-" in left.read_bytes()
