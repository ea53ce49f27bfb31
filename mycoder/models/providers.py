"""The providers as data: where they are, which variable holds their key, how they differ.

A new OpenAI-compatible provider is one entry. Each quirk says in a comment where it is documented.
"""

from fnmatch import fnmatchcase
from typing import Any, Literal

import msgspec

from mycoder.models.dialect import Dialect


class Quirk(msgspec.Struct, frozen=True):
    """Changes to the dialect for models whose name in lower case matches a pattern of shell wildcards."""

    models: tuple[str, ...]
    changes: dict[str, Any]


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    title: str
    wire: Literal["chat", "litellm"] = "chat"
    base_url: str = ""
    base_env: tuple[str, ...] = ()
    """Variables that move the base URL, first wins; ``NAME_BASE_URL`` and ``NAME_API_BASE`` count for each
    provider."""
    key_env: tuple[str, ...] = ()
    """Variables that may hold the key, first wins; empty for providers with a login of their own."""
    key_page: str = ""
    """Where a person gets a key."""
    key_header: str = "Authorization"
    """`Authorization` carries the key as a bearer token, any other header the bare key."""
    headers: tuple[tuple[str, str], ...] = ()
    port: int = 0
    """Default port of a server on this machine; 0 for services."""
    aliases: tuple[str, ...] = ()
    table: str = ""
    """Prefix of its models in litellm's price table, and its name there; empty when it is `name`."""
    dialect: Dialect = Dialect()
    quirks: tuple[Quirk, ...] = ()
    beyond_chat: tuple[str, ...] = ()
    """Models that this provider does not serve as chat completions: they go through litellm."""

    @property
    def is_local(self) -> bool:
        return self.port > 0

    @property
    def prefix(self) -> str:
        return self.table or self.name

    def dialect_of(self, model: str) -> Dialect:
        dialect = self.dialect
        for quirk in (*_EVERYWHERE, *self.quirks):
            if any(fnmatchcase(model.lower(), pattern) for pattern in quirk.models):
                dialect = msgspec.structs.replace(dialect, **quirk.changes)
        return dialect

    def wire_of(self, model: str) -> Literal["chat", "litellm"]:
        is_beyond = any(fnmatchcase(model.lower(), pattern) for pattern in self.beyond_chat)
        return "litellm" if is_beyond else self.wire


# DeepSeek-R1's card: no tool calls; served raw it writes its thought between think tags. DeepSeek's own
# service has long replaced it and takes calls, so its quirks below win.
_EVERYWHERE = (
    Quirk(("*deepseek-r1*", "*deepseek_r1*"), {"tools": "text", "think_tags": True}),
    Quirk(("*qwq*",), {"think_tags": True}),
)
_LOCAL = Dialect(think_tags=True, thoughts="never")
_NO_TEMPERATURE = {"takes_temperature": False}
_KEEPS_THOUGHTS = {"thoughts": "calls"}

PROVIDERS: tuple[Provider, ...] = (
    Provider(
        name="openai",
        title="OpenAI",
        base_url="https://api.openai.com/v1",
        key_env=("OPENAI_API_KEY",),
        key_page="https://platform.openai.com/api-keys",
        # max_tokens is refused by the reasoning models and deprecated for all.
        dialect=Dialect(max_tokens_key="max_completion_tokens"),
        quirks=(Quirk(("o1*", "o3*", "o4*", "gpt-5*"), _NO_TEMPERATURE),),
        # Served as Responses only, says the field `mode` of litellm's table.
        beyond_chat=("*-codex*", "*-pro", "*-pro-20*", "*-deep-research*"),
    ),
    Provider(
        name="anthropic",
        title="Anthropic",
        wire="litellm",
        key_env=("ANTHROPIC_API_KEY",),
        key_page="https://console.anthropic.com/settings/keys",
        aliases=("claude",),
    ),
    Provider(
        name="gemini",
        title="Google Gemini",
        base_url="https://generativelanguage.googleapis.com/v1beta/openai",
        key_env=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        key_page="https://aistudio.google.com/apikey",
        aliases=("google",),
        # Gemini 3 and later answer 400 to a call without its signature:
        # ai.google.dev/gemini-api/docs/thought-signatures
        quirks=(Quirk(("gemini-[3-9]*", "gemini-*latest"), {"signatures": True}),),
    ),
    Provider(
        name="deepseek",
        title="DeepSeek",
        base_url="https://api.deepseek.com/v1",
        key_env=("DEEPSEEK_API_KEY",),
        key_page="https://platform.deepseek.com/api_keys",
        # A thinking model refuses calls that come back without reasoning_content:
        # api-docs.deepseek.com/guides/thinking_mode
        dialect=Dialect(schema="json_object"),
        quirks=(
            Quirk(
                ("deepseek-v[4-9]*", "deepseek-flash*", "deepseek-chat*", "deepseek-pro*"), _KEEPS_THOUGHTS
            ),
            Quirk(("deepseek-reasoner*",), _KEEPS_THOUGHTS | _NO_TEMPERATURE),
        ),
    ),
    Provider(
        name="nvidia",
        title="NVIDIA NIM",
        base_url="https://integrate.api.nvidia.com/v1",
        base_env=("NVIDIA_NIM_API_BASE",),
        key_env=("NVIDIA_API_KEY", "NVIDIA_NIM_API_KEY"),
        key_page="https://build.nvidia.com",
        aliases=("nim", "nvidia_nim", "nvidia-nim"),
        table="nvidia_nim",
        quirks=(Quirk(("moonshotai/kimi-k*",), {"thoughts": "calls"}),),
    ),
    Provider(
        name="openrouter",
        title="OpenRouter",
        base_url="https://openrouter.ai/api/v1",
        key_env=("OPENROUTER_API_KEY",),
        key_page="https://openrouter.ai/keys",
        headers=(("X-Title", "mycoder"),),
        # usage.include makes it say the cost; anthropic/*: openrouter.ai/docs/features/prompt-caching,
        # automatic caching.
        dialect=Dialect(fixed={"usage": {"include": True}}),
        quirks=(
            Quirk(
                ("anthropic/*",),
                {"fixed": {"usage": {"include": True}, "cache_control": {"type": "ephemeral"}}},
            ),
            Quirk(("openai/o[134]*", "openai/gpt-5*"), _NO_TEMPERATURE),
            Quirk(
                ("moonshotai/kimi-*",), _NO_TEMPERATURE | {"thoughts": "calls", "thought_key": "reasoning"}
            ),
            Quirk(
                ("deepseek/deepseek-v[4-9]*", "xiaomi/mimo-*", "z-ai/glm-*"),
                {"thoughts": "calls", "thought_key": "reasoning"},
            ),
        ),
    ),
    Provider(
        name="groq",
        title="Groq",
        base_url="https://api.groq.com/openai/v1",
        key_env=("GROQ_API_KEY",),
        key_page="https://console.groq.com/keys",
    ),
    Provider(
        name="mistral",
        title="Mistral",
        base_url="https://api.mistral.ai/v1",
        key_env=("MISTRAL_API_KEY",),
        key_page="https://console.mistral.ai/api-keys",
        # Strict about unknown fields; figures come with the last chunk unasked; call ids are a-z, A-Z, 0-9,
        # length 9.
        dialect=Dialect(asks_usage=False, call_ids="nine"),
    ),
    Provider(
        name="moonshot",
        title="Moonshot (Kimi)",
        base_url="https://api.moonshot.ai/v1",
        key_env=("MOONSHOT_API_KEY", "KIMI_API_KEY"),
        key_page="https://platform.moonshot.ai/console/api-keys",
        aliases=("kimi", "moonshotai"),
        # Thinking models fix their temperature ("only 1 is allowed") and refuse calls without
        # reasoning_content: platform.moonshot.ai/docs/guide/use-kimi-k2-thinking-model
        quirks=(
            Quirk(
                ("kimi-*",),
                _NO_TEMPERATURE | {"thoughts": "calls", "max_tokens_key": "max_completion_tokens"},
            ),
        ),
    ),
    Provider(
        name="zai",
        title="Z.ai (GLM)",
        base_url="https://api.z.ai/api/paas/v4",
        key_env=("ZAI_API_KEY", "ZHIPUAI_API_KEY"),
        key_page="https://z.ai/manage-apikey/apikey-list",
        aliases=("zhipu", "glm", "z-ai", "z.ai"),
        # Figures come unasked; thoughts between calls must go back:
        # docs.z.ai/guides/capabilities/thinking-mode
        dialect=Dialect(asks_usage=False, thoughts="calls", schema="json_object"),
    ),
    Provider(
        name="xiaomi",
        title="Xiaomi MiMo",
        base_url="https://api.xiaomimimo.com/v1",
        key_env=("MIMO_API_KEY", "XIAOMI_API_KEY", "XIAOMI_MIMO_API_KEY"),
        key_page="https://platform.xiaomimimo.com",
        aliases=("mimo", "xiaomi_mimo", "xiaomimimo"),
        table="xiaomi_mimo",
        # Calls without reasoning_content are refused (400): mimo.mi.com/docs, deep thinking
        dialect=Dialect(thoughts="calls", max_tokens_key="max_completion_tokens", schema="json_object"),
    ),
    Provider(
        name="together",
        title="Together",
        base_url="https://api.together.xyz/v1",
        key_env=("TOGETHER_API_KEY", "TOGETHERAI_API_KEY"),
        key_page="https://api.together.ai/settings/api-keys",
        aliases=("together_ai", "togetherai"),
        table="together_ai",
    ),
    Provider(
        name="fireworks",
        title="Fireworks",
        base_url="https://api.fireworks.ai/inference/v1",
        key_env=("FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY"),
        key_page="https://app.fireworks.ai/settings/users/api-keys",
        aliases=("fireworks_ai",),
        table="fireworks_ai",
    ),
    Provider(
        name="azure",
        title="Azure OpenAI",
        # The v1 API, where the model is the name of the deployment: learn.microsoft.com, Azure OpenAI API
        # version lifecycle
        base_env=("AZURE_OPENAI_ENDPOINT", "AZURE_API_BASE"),
        key_env=("AZURE_OPENAI_API_KEY", "AZURE_API_KEY"),
        key_page="https://ai.azure.com",
        key_header="api-key",
        aliases=("azure_openai",),
        dialect=Dialect(max_tokens_key="max_completion_tokens"),
        quirks=(Quirk(("o1*", "o3*", "o4*", "gpt-5*"), _NO_TEMPERATURE),),
    ),
    Provider(name="bedrock", title="Amazon Bedrock", wire="litellm", aliases=("aws",)),
    Provider(
        name="vertex", title="Google Vertex AI", wire="litellm", aliases=("vertex_ai",), table="vertex_ai"
    ),
    Provider(
        name="ollama",
        title="Ollama",
        base_url="http://127.0.0.1:11434/v1",
        base_env=("OLLAMA_HOST",),
        key_env=("OLLAMA_API_KEY",),
        port=11434,
        aliases=("ollama_chat",),
        dialect=_LOCAL,
    ),
    Provider(
        name="lmstudio",
        title="LM Studio",
        base_url="http://127.0.0.1:1234/v1",
        key_env=("LMSTUDIO_API_KEY", "LM_STUDIO_API_KEY"),
        port=1234,
        aliases=("lm_studio", "lm-studio"),
        table="lm_studio",
        dialect=_LOCAL,
    ),
    Provider(
        name="vllm",
        title="vLLM",
        base_url="http://127.0.0.1:8000/v1",
        key_env=("VLLM_API_KEY",),
        port=8000,
        aliases=("hosted_vllm",),
        table="hosted_vllm",
        dialect=_LOCAL,
    ),
    Provider(
        name="llamacpp",
        title="llama.cpp",
        base_url="http://127.0.0.1:8080/v1",
        key_env=("LLAMA_API_KEY",),
        port=8080,
        aliases=("llama.cpp", "llama-cpp", "llama_cpp", "llama-server"),
        dialect=_LOCAL,
    ),
)

# Whose model a bare name most likely is, for the error message.
FAMILIES = (
    ("gpt-*", "openai"),
    ("o[134]*", "openai"),
    ("claude*", "anthropic"),
    ("gemini*", "gemini"),
    ("deepseek*", "deepseek"),
    ("kimi*", "moonshot"),
    ("glm*", "zai"),
    ("mimo*", "xiaomi"),
    ("*stral*", "mistral"),
)


def find_provider(name: str) -> Provider | None:
    """By name or alias, in any case."""
    wanted = name.strip().lower()
    return next((p for p in PROVIDERS if wanted == p.name or wanted in p.aliases), None)
