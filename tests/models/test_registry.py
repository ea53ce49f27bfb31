from pathlib import Path
from typing import Any

import msgspec
import pytest

from mycoder.models.chat import ChatModel
from mycoder.models.litellm import LiteLLMModel
from mycoder.models.model import Failed, Model
from mycoder.models.providers import PROVIDERS, Provider, find_provider
from mycoder.models.registry import ModelUnavailable, base_url_of, open_model
from mycoder.models.script import Fault, Step
from mycoder.models.scripted import ScriptedModel
from mycoder.models.scripted_server import ScriptedServer
from mycoder.models.url import parse_url
from tests.models.serving import READ, ask, request, text_of

pytestmark = pytest.mark.usefixtures("no_litellm")

KEYS = {variable: "k" for provider in PROVIDERS for variable in provider.key_env[:1]}


def provider(name: str) -> Provider:
    found = find_provider(name)
    assert found is not None
    return found


def refused(name: str, env: dict[str, str] | None = None, **options: Any) -> ModelUnavailable:
    with pytest.raises(ModelUnavailable) as caught:
        open_model(name, env=env or {}, **options)
    assert caught.value.hint
    return caught.value


async def sent(name: str, server: ScriptedServer, env: dict[str, str], **options: Any) -> Any:
    """The request that the model `name` sends; its text must come back."""
    model = open_model(name, env=env, **options)
    assert text_of(await ask(model, request(tools=(READ,)))) == "hello"
    await model.aclose()
    return server.requests[-1]


async def test_openai_variables_are_honoured() -> None:
    async with ScriptedServer([Step(text="hello")]) as server:
        recorded = await sent(
            "openai/gpt-x", server, {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": " k\n"}
        )
        assert recorded.headers["authorization"] == "Bearer k"
        assert recorded.json["model"] == "gpt-x"


async def test_an_override_of_the_base_url_wins_and_needs_no_key() -> None:
    async with ScriptedServer([Step(text="hello")]) as server:
        env = {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}
        recorded = await sent("openai/gpt-x", server, env, base_url=server.url)
        assert "authorization" not in recorded.headers
        await sent("groq/x", server, {}, base_url=server.url)
        # With a base URL of its own even a provider of litellm's is asked over the chat wire, if it has one.
        await sent("openai/gpt-5-codex", server, {}, base_url=server.url)


async def test_local_servers_need_no_key() -> None:
    async with ScriptedServer([Step(text="hello")]) as server:
        place = server.url.removeprefix("http://").removesuffix("/v1")
        await sent("ollama/qwen3:8b", server, {"OLLAMA_HOST": place})
        assert server.requests[-1].json["model"] == "qwen3:8b"
        await sent("vllm/org/model", server, {"VLLM_BASE_URL": server.url, "VLLM_API_KEY": "v"})
        assert server.requests[-1].headers["authorization"] == "Bearer v"
        assert server.requests[-1].json["model"] == "org/model"


async def test_a_refused_key_is_named_by_its_variable() -> None:
    async with ScriptedServer([Step(fail=Fault(status=401, message="bad key"))]) as server:
        model = open_model("groq/x", env={}, base_url=server.url)
        assert isinstance(last := (await ask(model))[-1], Failed)
        assert "GROQ_API_KEY" in last.hint
        await model.aclose()


async def test_azure_has_its_own_path_and_header() -> None:
    async with ScriptedServer([Step(text="hello")]) as server:
        env = {"AZURE_OPENAI_ENDPOINT": server.url.removesuffix("/v1") + "/", "AZURE_OPENAI_API_KEY": "k"}
        recorded = await sent("azure/my-deployment", server, env)
        assert recorded.path == "/openai/v1/chat/completions"
        assert recorded.headers["api-key"] == "k"
        assert "authorization" not in recorded.headers


async def test_parameters_and_the_way_tools_are_called() -> None:
    async with ScriptedServer([Step(text="hello")]) as server:
        recorded = await sent(
            "vllm/m", server, {}, base_url=server.url, parameters={"top_k": 5}, tools="text"
        )
        assert recorded.json["top_k"] == 5
        assert "tools" not in recorded.json
        assert "<tool_call>" in recorded.json["messages"][0]["content"]


@pytest.mark.parametrize("entry", PROVIDERS, ids=lambda p: p.name)
def test_every_provider_of_the_table_opens(entry: Provider) -> None:
    env = {**KEYS, "AZURE_OPENAI_ENDPOINT": "https://me.openai.azure.com"}
    model = open_model(f"{entry.name}/some-model", env=env)
    assert model.name == f"{entry.name}/some-model"
    assert isinstance(model, LiteLLMModel if entry.wire == "litellm" else ChatModel)
    if entry.base_url:
        url = parse_url(entry.base_url)
        assert url.is_loopback is entry.is_local
        assert url.scheme == ("http" if entry.is_local else "https")


def test_the_table_has_the_providers_that_were_promised() -> None:
    names = (
        "openai anthropic gemini deepseek nvidia openrouter groq mistral moonshot zai xiaomi together "
        "fireworks azure bedrock vertex ollama lmstudio vllm llamacpp"
    )
    assert [p.name for p in PROVIDERS] == names.split()
    words = [word for p in PROVIDERS for word in (p.name, *p.aliases)]
    assert len(words) == len(set(words))


def test_names_of_the_table_are_unambiguous_and_quirks_change_real_fields() -> None:
    for entry in PROVIDERS:
        for quirk in entry.quirks:
            msgspec.structs.replace(entry.dialect, **quirk.changes)
            assert all(pattern == pattern.lower() for pattern in quirk.models)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("moonshot/kimi-k2.6", {"takes_temperature": False, "thoughts": "calls"}),
        ("moonshot/moonshot-v1-8k", {"takes_temperature": True, "thoughts": "never"}),
        ("ollama/deepseek-r1:7b", {"tools": "text", "think_tags": True}),
        ("vllm/deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", {"tools": "text", "think_tags": True}),
        ("deepseek/deepseek-v4-pro", {"tools": "native", "thoughts": "calls"}),
        ("openai/gpt-5.2", {"takes_temperature": False, "max_tokens_key": "max_completion_tokens"}),
        ("openai/gpt-4.1", {"takes_temperature": True}),
        ("gemini/gemini-3-pro", {"signatures": True}),
        ("gemini/gemini-2.5-pro", {"signatures": False}),
        ("mistral/devstral", {"asks_usage": False, "call_ids": "nine"}),
        ("xiaomi/mimo-v2.5", {"thoughts": "calls"}),
        ("zai/glm-5", {"asks_usage": False, "thoughts": "calls"}),
        ("openrouter/moonshotai/kimi-k2.6", {"takes_temperature": False, "thought_key": "reasoning"}),
    ],
)
def test_quirks(name: str, changes: dict[str, Any]) -> None:
    provider_name, _, model = name.partition("/")
    dialect = msgspec.structs.asdict(provider(provider_name).dialect_of(model))
    assert {key: dialect[key] for key in changes} == changes


def test_models_beyond_chat_completions_go_through_litellm() -> None:
    assert isinstance(open_model("openai/gpt-5.1-codex", env=KEYS), LiteLLMModel)
    assert isinstance(open_model("openai/gpt-5.1", env=KEYS), ChatModel)


def test_anything_else_goes_through_litellm_by_name() -> None:
    model = open_model("litellm/cohere/command-a", env={})
    assert isinstance(model, LiteLLMModel)
    assert model.name == "litellm/cohere/command-a"


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("kimi", "moonshot"),
        ("MIMO", "xiaomi"),
        ("llama.cpp", "llamacpp"),
        ("nim", "nvidia"),
        ("google", "gemini"),
    ],
)
def test_aliases(alias: str, name: str) -> None:
    assert provider(alias).name == name


def test_a_missing_key_says_what_to_set() -> None:
    problem = refused("deepseek/deepseek-chat")
    assert "DEEPSEEK_API_KEY" in problem.hint
    assert "platform.deepseek.com" in problem.hint
    assert "ANTHROPIC_API_KEY" in refused("anthropic/claude-x").hint
    assert "MY_KEY" in refused("groq/x", key_env="MY_KEY").hint


def test_a_key_from_elsewhere() -> None:
    asked = []

    def lookup(name: str) -> str | None:
        asked.append(name)
        return "from-keyring"

    assert open_model("groq/x", env={}, key_lookup=lookup)
    assert asked == ["groq"]
    assert open_model("groq/x", env={"MY_KEY": "k"}, key_env="MY_KEY")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("opnai/gpt-5", "openai/gpt-5"),
        ("antropic/claude", "anthropic/claude"),
        ("xyzzy/m", "litellm/PROVIDER/MODEL"),
        ("gpt-5", "openai/gpt-5"),
        ("claude-sonnet", "anthropic/claude-sonnet"),
        ("kimi-k2.6", "moonshot/kimi-k2.6"),
        ("whatever", "PROVIDER/MODEL"),
        ("ollama", "ollama/NAME"),
        ("ollama/", "ollama/NAME"),
        ("", "PROVIDER/MODEL"),
    ],
)
def test_a_wrong_name_is_answered_with_the_closest_right_one(name: str, words: str) -> None:
    assert words in refused(name, KEYS).hint


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://x/v1", "http://", "socks5://x", "http://a b"])
def test_a_wrong_base_url_is_refused(url: str) -> None:
    assert "base URL" in refused("openai/x", KEYS, base_url=url).message


def test_a_key_with_a_line_break_is_refused_without_being_shown() -> None:
    problem = refused("openai/x", {"OPENAI_API_KEY": "sk-se\ncret"})
    assert "cret" not in str(problem)
    assert "OPENAI_API_KEY" in problem.hint


def test_azure_without_a_place() -> None:
    assert "AZURE_OPENAI_ENDPOINT" in refused("azure/d", {"AZURE_API_KEY": "k"}).hint


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:11434/v1"),
        ("0.0.0.0:9999", "http://127.0.0.1:9999/v1"),
        ("http://box:11434/", "http://box:11434/v1"),
        ("https://box.example/v1", "https://box.example:443/v1"),
        ("", "http://127.0.0.1:11434/v1"),
    ],
)
def test_ollamas_variable_in_its_forms(value: str, url: str) -> None:
    assert base_url_of(provider("ollama"), {"OLLAMA_HOST": value}) == url


def test_cards_say_what_is_known_and_what_the_settings_say() -> None:
    card = open_model("openai/gpt-4o", env=KEYS, facts={"window": 1000, "input_price": None}).card()
    assert card.name == "openai/gpt-4o"
    assert card.window == 1000
    assert card.input_price > 0
    free = open_model("ollama/qwen3", env={}).card()
    assert (free.window, free.input_price) == (0, 0.0)


def test_scripted_models(tmp_path: Path) -> None:
    script = tmp_path / "s.json"
    script.write_text('{"steps": [{"text": "hi"}]}')
    model: Model = open_model(f"scripted/{script}", env={})
    assert isinstance(model, ScriptedModel)
    assert isinstance(open_model("scripted/demo", env={}), ScriptedModel)
    assert "cannot be read" in refused("scripted/none").message
    script.write_text('{"steps": [{"txt": "hi"}]}')
    assert "txt" in refused(f"scripted/{script}").message
