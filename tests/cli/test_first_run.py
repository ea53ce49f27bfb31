import sys

import pytest

from mycoder.cli.first_run import LOCAL, FirstRun
from mycoder.config.key_store import KeyStore
from mycoder.config.settings import Settings
from mycoder.models.script import Step
from mycoder.models.scripted_server import ScriptedServer
from mycoder.session import Session


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)


def first_run(tmp_path, env=None, **settings):
    return FirstRun(env or {}, Settings(**settings), KeyStore(tmp_path / "config"))


async def test_a_key_is_tried_with_a_real_request_and_sent_as_given(tmp_path):
    async with ScriptedServer([Step(text="ok")]) as server:
        run = first_run(tmp_path, {"OPENAI_API_KEY": "old", "OPENAI_BASE_URL": server.url})
        tried = await run.test("openai", "sk-new")
        assert (tried.problem, tried.model) == ("", "openai/gpt-5")
        assert len(server.requests) == 1
        assert server.requests[0].headers["authorization"] == "Bearer sk-new"


async def test_what_is_wrong_comes_in_words(tmp_path):
    run = first_run(tmp_path, base_url="http://127.0.0.1:9/v1")
    tried = await run.test("openai", "sk-new")
    assert "127.0.0.1" in tried.problem
    assert not tried.model
    assert "no provider" in (await run.test("nobody", "x")).problem


async def test_a_local_server_needs_no_key(tmp_path):
    async with ScriptedServer([Step(text="ok")]) as server:
        host = server.url.removeprefix("http://").removesuffix("/v1")
        tried = await first_run(tmp_path, {"OLLAMA_HOST": host}).test(LOCAL, "")
    assert tried.model.startswith("ollama/"), tried
    missing = await first_run(tmp_path, {"OLLAMA_HOST": "127.0.0.1:9"}).test(LOCAL, "")
    assert "Start one" in missing.problem


def test_all_providers_can_be_chosen_once(tmp_path):
    providers = first_run(tmp_path).providers()
    ids = [provider.id for provider in providers]
    assert len(ids) == len(set(ids))
    assert ids[-1] == LOCAL
    assert {"openai", "anthropic"} <= set(ids)


async def test_a_session_finds_the_key_that_was_stored(tmp_path):
    env = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    root = tmp_path / "project"
    root.mkdir()
    FirstRun(env, Settings(), KeyStore(tmp_path / ".config/mycoder")).save("groq", "gsk-1")
    async with Session.open(root, env=env, is_ephemeral=True) as session:
        assert session.state.model == "groq/openai/gpt-oss-120b"


async def test_a_session_without_any_model_says_what_to_do_in_it(tmp_path):
    env = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "OLLAMA_HOST": "127.0.0.1:9"}
    root = tmp_path / "project"
    root.mkdir()
    async with Session.open(root, env=env, is_ephemeral=True, can_ask=True) as session:
        assert session.state.model == ""
        ended = [event async for event in session.run("what is this?")][-1]
        assert "/setup" in ended.message
        assert "export" not in ended.message
