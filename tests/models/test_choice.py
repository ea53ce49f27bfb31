import pytest

from mycoder.models.choice import USUAL, choose_model
from mycoder.models.providers import PROVIDERS
from mycoder.models.registry import ModelUnavailable, open_model
from mycoder.models.script import Script
from mycoder.models.scripted_server import ScriptedServer

pytestmark = pytest.mark.usefixtures("no_litellm")

NOBODY = {"OLLAMA_HOST": "http://127.0.0.1:9"}


async def test_a_key_is_enough():
    assert await choose_model({"OPENAI_API_KEY": "k"}) == "openai/gpt-5"


async def test_what_is_preferred_comes_first():
    env = {"OPENAI_API_KEY": "k", "DEEPSEEK_API_KEY": "k"}
    assert await choose_model(env, ["nobody", "moonshot", "deepseek"]) == "deepseek/deepseek-chat"
    assert await choose_model(env, ["openai/gpt-5-mini"]) == "openai/gpt-5-mini"


async def test_a_local_server_serves_when_there_is_no_key():
    async with ScriptedServer(Script(name="tiny")) as server:
        assert await choose_model({"OLLAMA_HOST": server.url.removesuffix("/v1")}) == "ollama/tiny"


async def test_with_nothing_it_says_what_to_do():
    with pytest.raises(ModelUnavailable, match="API_KEY"):
        await choose_model(NOBODY)


def test_every_usual_model_can_be_opened():
    known = {provider.name for provider in PROVIDERS}
    for name, model in USUAL.items():
        assert name in known
        variable = next(p for p in PROVIDERS if p.name == name).key_env[0]
        assert open_model(f"{name}/{model}", env={variable: "k"}).name == f"{name}/{model}"
