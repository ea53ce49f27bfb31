"""Which model to take when nobody named one: what is preferred, else the first provider with a key, else a
server on this machine. No provider is asked over the network for that."""

from collections.abc import Mapping, Sequence

from mycoder.models.probe import probe_local
from mycoder.models.providers import PROVIDERS, Provider, find_provider
from mycoder.models.registry import KeyLookup, ModelUnavailable, key_of

USUAL: dict[str, str] = {
    "anthropic": "claude-sonnet-5",
    "openai": "gpt-5",
    "gemini": "gemini-pro-latest",
    "deepseek": "deepseek-chat",
    "mistral": "mistral-medium-latest",
    "moonshot": "kimi-k2.6",
    "zai": "glm-5",
    "xiaomi": "mimo-v2.6-pro",
    "groq": "openai/gpt-oss-120b",
    "openrouter": "openrouter/auto",
}
"""The model that a provider's key stands for when only the key is there, in the order in which keys are
looked for. Names are from litellm's packaged table of models, and aliases that the provider keeps current
where it has one."""

NOTHING = "There is no model to ask: no key is set, and no model server runs on this machine."
WHAT_TO_DO = (
    "Set a key (e.g. export ANTHROPIC_API_KEY=… or OPENAI_API_KEY=…), or start a local server "
    "(ollama serve, then ollama pull qwen3), or name one with --model provider/name and --base-url."
)


async def choose_model(
    env: Mapping[str, str], prefer: Sequence[str] = (), key_lookup: KeyLookup | None = None
) -> str:
    """``provider/model`` of the first model in reach. Raises ModelUnavailable with what to do."""
    servers = None
    for wish in prefer:
        provider = find_provider(wish.partition("/")[0])
        if provider is None:
            continue
        if provider.is_local:
            servers = await probe_local(env) if servers is None else servers
            names = [name for server in servers for name in server.names if name.startswith(wish)]
            if names:
                return names[0]
        elif key_of(provider, env, key_lookup) and (name := _named(wish, provider)):
            return name
    for name, model in USUAL.items():
        if key_of(_provider(name), env, key_lookup):
            return f"{name}/{model}"
    for server in await probe_local(env) if servers is None else servers:
        if server.names:
            return server.names[0]
    raise ModelUnavailable(NOTHING, WHAT_TO_DO)


def _named(wish: str, provider: Provider) -> str:
    if "/" in wish:
        return wish
    usual = USUAL.get(provider.name, "")
    return f"{provider.name}/{usual}" if usual else ""


def _provider(name: str) -> Provider:
    return next(provider for provider in PROVIDERS if provider.name == name)
