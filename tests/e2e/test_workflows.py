"""Workflows through the real console script, each role a model of its own on loopback."""

import asyncio
import json
import re

import pytest

from mycoder.models.scripted_server import ScriptedServer
from tests.e2e.console import SCRIPT, environment, mycoder, repository
from tests.e2e.roles import (
    BROKEN,
    DIAGNOSIS,
    FILES,
    GUARD,
    RIGHT,
    TASK,
    TESTS,
    Cast,
    block,
    bodies,
    options,
    said,
)
from tests.sampling import sample

pytestmark = pytest.mark.e2e

FAST = {"MYCODER_TESTS__BASELINE": "false"}
UNITTEST = {
    "test_hist.py": "import unittest\nfrom hist import largest_rectangle\n\n\nclass Hist(unittest.TestCase):\n"
    "    def test_usual(self):\n        self.assertEqual(largest_rectangle([2, 1, 5, 6, 2, 3]), 10)\n\n"
    "    def test_empty_list_has_no_area(self):\n        self.assertEqual(largest_rectangle([]), 0)\n",
}


@pytest.fixture
def place(tmp_path):
    return {"cwd": repository(tmp_path / "hist", FILES), "home": tmp_path / "home"}


def arguments(name, *more, task=TASK):
    return [
        *("--task", task, "--workflow", name, "--model", "openai/usual", *options(), "--engine", "model"),
        *("--output-format", "stream-json", *more),
    ]


async def flow(name, server, place, *more, task=TASK, **env):
    return await mycoder(*arguments(name, *more, task=task), url=server.url, **place, **(FAST | env))


def nodes(ran):
    return [event["node"] for event in ran.of("NodeEnded")]


async def test_tdd_generates_debugs_and_fixes_once_each(place):
    cast = Cast(coder_a=lambda n, _: block("hist.py", BROKEN if n == 1 else RIGHT), thinker_b=DIAGNOSIS)
    async with ScriptedServer((), cast) as server:
        ran = await flow("tdd", server, place)
    assert ran.code == 0, ran.err + ran.out[-3000:]
    assert dict(cast.calls) == {"coder-a": 2, "thinker-b": 1}
    assert nodes(ran) == ["generate", "test", "debug", "fix", "test"]
    (debug,) = bodies(server, "thinker-b")
    assert "test_empty_list_has_no_area" in said(debug)
    assert "IndexError" in said(debug)
    assert "best = [], heights[0]" in said(debug)
    generate, fix = bodies(server, "coder-a")
    assert DIAGNOSIS in said(fix)
    assert fix["messages"][: len(generate["messages"])] == generate["messages"]
    assert ran.report["verified"]
    assert (place["cwd"] / "hist.py").read_text() == RIGHT
    assert (place["cwd"] / "test_hist.py").read_text() == TESTS


async def test_never_fixed_ends_after_three_iterations_with_the_best_candidate(tmp_path):
    place = {"cwd": repository(tmp_path / "hist", UNITTEST), "home": tmp_path / "home"}

    def code(n, _):
        """The first candidate fails one test of two, all later ones fail both."""
        return block("hist.py", BROKEN if n == 1 else f"def largest_rectangle(heights):\n    return -{n}\n")

    cast = Cast(coder_a=code, thinker_b=DIAGNOSIS)
    async with ScriptedServer((), cast) as server:
        ran = await flow("tdd", server, place, MYCODER_TEST_COMMAND="python3 -m unittest")
    assert ran.code == 6, ran.err
    assert dict(cast.calls) == {"coder-a": 4, "thinker-b": 3}
    assert (place["cwd"] / "hist.py").read_text() == BROKEN
    assert "test_empty_list_has_no_area" in ran.ended["message"]
    assert any("-2" in said(body) and "10" in said(body) for body in bodies(server, "thinker-b"))
    again = await mycoder("undo", "9", cwd=place["cwd"], home=place["home"])
    assert again.code == 0, again.err
    assert not (place["cwd"] / "hist.py").exists()


async def test_changing_yaml_alone_changes_models_iterations_and_graph(tmp_path):
    place = {"cwd": repository(tmp_path / "hist", UNITTEST), "home": tmp_path / "home"}
    own = place["home"] / ".config/mycoder/workflows/mine.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(
        "base: tdd\nlimits: {max_iterations: 1}\nnodes:\n  debug: {model: openai/other}\n  fix: {next: end}\n"
    )
    cast = Cast(coder_a=block("hist.py", BROKEN), other=DIAGNOSIS)
    async with ScriptedServer((), cast) as server:
        ran = await flow("mine", server, place, MYCODER_TEST_COMMAND="python3 -m unittest")
    assert ran.code == 6, ran.err
    assert dict(cast.calls) == {"coder-a": 2, "other": 1}
    assert nodes(ran) == ["generate", "test", "debug", "fix"]


@pytest.mark.parametrize("words", ["go on", TASK])
async def test_killed_while_it_debugs_it_goes_on_there(tmp_path, words):
    place = {"cwd": repository(tmp_path / "hist", UNITTEST), "home": tmp_path / "home"}
    is_debugging = asyncio.Event()

    def debug(n, _):
        is_debugging.set()
        return {"text": DIAGNOSIS, "delay": 60 if n == 1 else 0}

    cast = Cast(coder_a=lambda n, _: block("hist.py", BROKEN if n == 1 else RIGHT), thinker_b=debug)
    env = environment(place["home"], "", MYCODER_TEST_COMMAND="python3 -m unittest", **FAST)
    async with ScriptedServer((), cast) as server:
        env |= {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "sk-x"}
        process = await asyncio.create_subprocess_exec(
            str(SCRIPT), *arguments("tdd"), cwd=place["cwd"], env=env,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        await asyncio.wait_for(is_debugging.wait(), 60)
        process.kill()
        await process.wait()
        again = [*arguments("tdd", "--continue", task=words)]
        del again[2:4]  # which workflow it was is known
        ran = await mycoder(
            *again, url=server.url, **place, MYCODER_TEST_COMMAND="python3 -m unittest", **FAST
        )
    assert ran.code == 0, ran.err + ran.out[-3000:]
    assert cast.calls["coder-a"] == 2, "generate was not repeated: one call for it, one for the fix"
    assert nodes(ran) == ["debug", "fix", "test"]
    generate, fix = bodies(server, "coder-a")
    assert fix["messages"][: len(generate["messages"])] == generate["messages"]
    assert "largest_rectangle" in said(fix)


async def test_an_unusable_workflow_is_said_before_anything_is_asked(place):
    async with ScriptedServer((), Cast()) as server:
        ran = await flow("tddd", server, place)
    assert ran.code == 3
    assert "did you mean 'tdd'" in ran.err
    assert not server.requests


async def test_what_the_mode_forbids_no_workflow_does(place):
    cast = Cast(coder_a=block("hist.py", RIGHT), thinker_b=DIAGNOSIS)
    async with ScriptedServer((), cast) as server:
        ran = await flow(
            "tdd", server, place, "--mode", "ask", "--set", "workflow.set.limits.max_iterations=0"
        )
    assert ran.code == 4, ran.err
    assert not (place["cwd"] / "hist.py").exists()


async def test_a_provider_that_is_away_ends_it_and_it_can_go_on(tmp_path):
    place = {"cwd": repository(tmp_path / "hist", UNITTEST), "home": tmp_path / "home"}

    def debug(n, _):
        return {"fail": {"kind": "status", "status": 401}} if n == 1 else DIAGNOSIS

    cast = Cast(coder_a=lambda n, _: block("hist.py", BROKEN if n == 1 else RIGHT), thinker_b=debug)
    env = {"MYCODER_TEST_COMMAND": "python3 -m unittest"}
    async with ScriptedServer((), cast) as server:
        first = await flow("tdd", server, place, **env)
        assert first.code == 3, first.err
        assert "--continue" in first.ended["message"]
        second = await flow("tdd", server, place, "--continue", task="continue", **env)
    assert second.code == 0, second.err
    assert nodes(second) == ["debug", "fix", "test"]


WIRES = {
    "native": ("openai/{}", {}),
    "text": ("openai/{}", {"tools": "text"}),
    "litellm": ("litellm/openai/{}", {}),
}


PAIRS = [(name, wire) for wire in WIRES for name in ("solo", "tdd", "agentcoder")]


@pytest.mark.parametrize(("name", "wire"), sample(PAIRS, 2))
async def test_every_workflow_runs_on_every_wire(tmp_path, name, wire):
    """The code model calls tools; the other roles answer in words. Every wire and every workflow is in the sample."""
    place = {"cwd": repository(tmp_path / "hist", UNITTEST), "home": tmp_path / "home"}
    pattern, special = WIRES[wire]
    model = pattern.format("all")
    config = place["home"] / ".config/mycoder/config.toml"
    config.parent.mkdir(parents=True)
    extra = "".join(f'{key} = "{value}"\n' for key, value in special.items())
    config.write_text(
        f'model = "m"\ntest_command = "python3 -m unittest"\n[models.m]\nname = "{model}"\n{extra}'
    )
    tested = "```python\n# basic: one bar\ndef test_one_bar():\n    assert largest_rectangle([4]) == 4\n\n\n"
    tested += "# edge: none\ndef test_none():\n    assert largest_rectangle([]) == 0\n\n\n"
    tested += "# large: many\ndef test_many():\n    assert largest_rectangle([1] * 9999) == 9999\n```"
    arguments_ = {"path": "hist.py", "content": RIGHT}

    def play(request):
        last = request.messages[-1]
        if last.role == "user" and "Design tests" in last.text:
            return {"text": tested}
        if (
            any("hist.py" in m.text and "created" in m.text for m in request.messages)
            or "created" in last.text
        ):
            return {"text": "Written."}
        if wire == "text":
            call = json.dumps({"name": "write", "arguments": arguments_})
            return {"text": f"<tool_call>\n{call}\n</tool_call>"}
        return {"calls": [{"tool": "write", "arguments": arguments_}]}

    async with ScriptedServer((), play) as server:
        ran = await mycoder(
            "--task", TASK, "--workflow", name, "--engine", "model", "--output-format", "stream-json",
            url=server.url, **place, **FAST,
        )  # fmt: skip
    assert (place["cwd"] / "hist.py").exists(), ran.err + ran.out[-2000:]
    assert ran.code == 0, ran.err + ran.out[-3000:]
    assert re.search("largest_rectangle", (place["cwd"] / "hist.py").read_text())
    assert GUARD in (place["cwd"] / "hist.py").read_text()
