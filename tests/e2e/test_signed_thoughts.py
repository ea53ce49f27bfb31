"""Signed thoughts go back to the provider as they came, also from a session that was resumed."""

import json

import pytest

from mycoder.models.scripted_server import ScriptedServer
from tests.e2e.console import call, repository, say, task

pytestmark = pytest.mark.e2e

SIGNED = [{"type": "thinking", "thinking": "Look at the file first.", "signature": "Eq+QKZAb9/3xN0aC4f8hJ2m"}]


def blocks(body):
    return [m.get("thinking_blocks") for m in json.loads(body)["messages"] if m["role"] == "assistant"]


async def test_a_resumed_session_sends_them_again(tmp_path):
    shop, home = repository(tmp_path / "shop", {"app.py": "x = 1\n"}), tmp_path / "home"
    steps = (
        call(("read", {"path": "app.py"}), fields={"thinking_blocks": SIGNED}),
        say("It is 1."),
        say("Still 1."),
    )
    async with ScriptedServer(steps) as server:
        ran = await task("what is x?", server=server, cwd=shop, home=home)
        live = server.requests[-1].body
        assert blocks(live) == [SIGNED]
        await task("and now?", "--resume", ran.ended["session"], server=server, cwd=shop, home=home)
        resumed = server.requests[-1].body
    assert blocks(resumed) == [SIGNED, None]
    assert json.loads(resumed)["messages"][:4] == json.loads(live)["messages"]


async def test_another_model_does_not_get_them_and_thoughts_with_a_secret_are_left_out(tmp_path):
    shop, home = repository(tmp_path / "shop", {"app.py": "x = 1\n"}), tmp_path / "home"
    key = "sk-proj-" + "a1B2c3D4e5F6g7H8" * 3
    leaky = [{"type": "thinking", "thinking": f"The key is {key}.", "signature": "c2ln"}]
    steps = (
        call(("read", {"path": "app.py"}), fields={"thinking_blocks": SIGNED}),
        call(("grep", {"pattern": "x"}), fields={"thinking_blocks": leaky}),
        say("It is 1."),
        say("Still 1."),
    )
    async with ScriptedServer(steps) as server:
        ran = await task("what is x?", server=server, cwd=shop, home=home)
        assert blocks(server.requests[-1].body) == [SIGNED, None]
        assert key not in "".join(p.read_text() for p in home.rglob("*.jsonl"))
        resume = ("--resume", ran.ended["session"], "--model", "openai/another")
        await task("and now?", *resume, server=server, cwd=shop, home=home)
        assert blocks(server.requests[-1].body) == [None, None, None]
