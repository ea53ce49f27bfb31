"""From a name to a model: ``provider/model``, e.g. ``openai/gpt-5``, ``ollama/qwen3:8b``, ``scripted/demo``,
``litellm/cohere/command-a`` for anything else that litellm reaches."""

from collections.abc import Callable, Coroutine, Mapping
from fnmatch import fnmatchcase
from typing import Any, Literal

import msgspec

from mycoder.models.catalog import card, with_facts
from mycoder.models.chat import ChatModel, Endpoint
from mycoder.models.model import Card, Model, Timeouts
from mycoder.models.providers import FAMILIES, PROVIDERS, Provider, find_provider
from mycoder.models.url import Url, parse_url

KeyLookup = Callable[[str], str | None]


class ModelUnavailable(Exception):
    """There is no such model, or no way to it: `message` says why, `hint` what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".strip())
        self.message, self.hint = message, hint


def open_model(
    name: str,
    *,
    base_url: str = "",
    env: Mapping[str, str],
    timeouts: Timeouts = Timeouts(),
    parameters: Mapping[str, Any] | None = None,
    key_lookup: KeyLookup | None = None,
    key_env: str = "",
    tools: Literal["auto", "native", "text"] = "auto",
    facts: Mapping[str, Any] | None = None,
) -> Model:
    """Opens the model; nothing is connected, and litellm begins to load in a thread if it is needed.

    `base_url` says where it is served instead of the provider's place. `env` holds keys, base URLs, proxies
    and certificates. `parameters` are body fields sent with each request (``temperature``,
    ``reasoning_effort``). `key_lookup` gives the key of a provider by its name where no variable has it;
    `key_env` names another variable. `tools` overrides how tools are called. `facts` override fields of the
    card (window and prices, per token). Raises ModelUnavailable.
    """
    provider_name, slash, model = name.strip().partition("/")
    if not slash or not model:
        raise _nameless(name)
    if provider_name == "scripted":
        return _scripted(name, model)
    options = _Options(base_url, env, timeouts, parameters or {}, key_lookup, key_env, tools, facts or {})
    if provider_name == "litellm":
        return _litellm(name, model, None, options)
    provider = find_provider(provider_name)
    if provider is None:
        raise _unknown(provider_name, model)
    if provider.wire_of(model) == "litellm" and not (base_url and provider.base_url):
        return _litellm(name, f"{provider.prefix}/{model}", provider, options)
    return _chat(name, model, provider, options)


def base_url_of(provider: Provider, env: Mapping[str, str], override: str = "") -> str:
    """Where the provider is asked: the override, else its variables, else its own address; empty when
    unknown."""
    if override:
        return override
    spelled = provider.name.upper()
    for variable in (*provider.base_env, f"{spelled}_BASE_URL", f"{spelled}_API_BASE"):
        if value := env.get(variable, "").strip():
            return _completed(provider, variable, value)
    return provider.base_url


def key_of(
    provider: Provider, env: Mapping[str, str], key_lookup: KeyLookup | None = None, key_env: str = ""
) -> str:
    """The provider's key from its variables, else from `key_lookup`; empty when there is none."""
    for variable in (key_env, *provider.key_env) if key_env else provider.key_env:
        if key := env.get(variable, "").strip():
            return key
    return (key_lookup(provider.name) or "").strip() if key_lookup is not None else ""


class _Options(msgspec.Struct, frozen=True):
    base_url: str
    env: Mapping[str, str]
    timeouts: Timeouts
    parameters: Mapping[str, Any]
    key_lookup: KeyLookup | None
    key_env: str
    tools: Literal["auto", "native", "text"]
    facts: Mapping[str, Any]


def _chat(name: str, model: str, provider: Provider, options: _Options) -> Model:
    address = base_url_of(provider, options.env, options.base_url)
    if not address:
        variable = provider.base_env[0] if provider.base_env else f"{provider.name.upper()}_BASE_URL"
        raise ModelUnavailable(
            f"Where {provider.title} is served is not known.", f"Set {variable} or pass --base-url."
        )
    try:
        base = parse_url(address)
        if base.scheme not in ("http", "https"):
            raise ValueError("the URL must start with http:// or https://")
    except ValueError as error:
        raise ModelUnavailable(
            f"The base URL {address!r} cannot be used: {error}.", "Give it as https://HOST/v1."
        ) from error
    key = key_of(provider, options.env, options.key_lookup, options.key_env)
    if not key and _needs_key(provider, base):
        raise _keyless(provider, options.key_env)
    dialect = provider.dialect_of(model)
    if options.tools != "auto":
        dialect = msgspec.structs.replace(dialect, tools=options.tools)

    def known() -> Card:
        is_local = provider.is_local or base.is_loopback
        return with_facts(card(name, provider.prefix, model, is_local=is_local), options.facts)

    headers = (*_key_header(provider, key), *provider.headers)

    def learn() -> Coroutine[Any, Any, int]:
        from mycoder.models.learning import served_window  # late: after the first reply has begun

        return served_window(base, model, headers, options.env)

    variable = options.key_env or next(iter(provider.key_env), "")
    return ChatModel(
        name,
        Endpoint(base, model, headers, variable),
        env=options.env,
        dialect=dialect,
        timeouts=options.timeouts,
        parameters=options.parameters,
        card=known,
        learn=learn if (provider.is_local or base.is_loopback) and not options.facts.get("window") else None,
    )


def _litellm(name: str, model: str, provider: Provider | None, options: _Options) -> Model:
    from mycoder.models.litellm import LiteLLMModel  # late: it starts the thread that imports litellm

    key = key_of(provider, options.env, options.key_lookup, options.key_env) if provider is not None else ""
    if provider is not None and provider.key_env and not key and not options.base_url:
        raise _keyless(provider, options.key_env)
    prefix, _, short = model.partition("/")

    def known() -> Card:
        return with_facts(card(name, prefix, short), options.facts)

    return LiteLLMModel(
        name,
        model=model,
        base_url=options.base_url or (base_url_of(provider, options.env) if provider is not None else ""),
        key=key,
        timeouts=options.timeouts,
        parameters=options.parameters,
        card=known,
    )


def _scripted(name: str, script: str) -> Model:
    from mycoder.models.script_files import ScriptError, load_script
    from mycoder.models.scripted import ScriptedModel  # late: nobody pays for scripts who plays none

    try:
        written, play = load_script(script)
    except ScriptError as error:
        raise ModelUnavailable(f"{error}.", "A scripted model is named scripted/FILE.yaml.") from error
    return ScriptedModel(written, name, play)


def _needs_key(provider: Provider, base: Url) -> bool:
    """Only the provider's own service is known to need one; a server of one's own may be open."""
    return bool(provider.key_env) and not provider.is_local and base == _home(provider, base)


def _home(provider: Provider, base: Url) -> Url:
    return parse_url(provider.base_url) if provider.base_url else base


def _key_header(provider: Provider, key: str) -> tuple[tuple[str, str], ...]:
    if not key:
        return ()
    value = f"Bearer {key}" if provider.key_header == "Authorization" else key
    if not value.isascii() or not value.isprintable():
        variable = provider.key_env[0] if provider.key_env else "the variable"
        raise ModelUnavailable(
            f"The key for {provider.title} holds characters that no key has.",
            f"Copy it again into {variable}, without quotes or line breaks.",
        )
    return ((provider.key_header, value),)


def _completed(provider: Provider, variable: str, value: str) -> str:
    """OLLAMA_HOST is where the server listens, maybe only a host or port; Azure's variable is the bare
    resource."""
    if variable == "OLLAMA_HOST":
        value = value if "://" in value else f"http://{value}"
        scheme, _, place = value.partition("://")
        host, colon, port = place.rstrip("/").removesuffix("/v1").rpartition(":")
        if not colon or not port.isdigit():
            host, port = (
                place.rstrip("/").removesuffix("/v1"),
                "443" if scheme == "https" else str(provider.port),
            )
        host = "127.0.0.1" if host in ("", "0.0.0.0") else host
        return f"{scheme}://{host}:{port}/v1"
    if provider.name == "azure" and "/openai" not in value:
        return f"{value.rstrip('/')}/openai/v1"
    return value


def _keyless(provider: Provider, key_env: str) -> ModelUnavailable:
    variable = key_env or provider.key_env[0]
    where = f" Keys are made at {provider.key_page}." if provider.key_page else ""
    return ModelUnavailable(f"There is no key for {provider.title}.", f"Set {variable}.{where}")


def _nameless(name: str) -> ModelUnavailable:
    name = name.strip().strip("/")
    provider = find_provider(name)
    if provider is not None:
        return ModelUnavailable(
            f"{name!r} is a provider, not a model.", f"Name one of its models: {provider.name}/NAME."
        )
    family = next((family for pattern, family in FAMILIES if fnmatchcase(name.lower(), pattern)), "")
    hint = f"Did you mean {family}/{name}?" if family else "Name it as PROVIDER/MODEL, e.g. openai/gpt-5."
    return ModelUnavailable(f"{name!r} does not say which provider serves the model.", hint)


def _unknown(provider_name: str, model: str) -> ModelUnavailable:
    from difflib import get_close_matches  # late: only for this message

    names = [name for p in PROVIDERS for name in (p.name, *p.aliases)] + ["litellm", "scripted"]
    close = get_close_matches(provider_name.lower(), names, 1, 0.6)
    meant = f"Did you mean {close[0]}/{model}? " if close else ""
    return ModelUnavailable(
        f"There is no provider {provider_name!r}.",
        f"{meant}Known: {', '.join(p.name for p in PROVIDERS)}; anything else as litellm/PROVIDER/MODEL.",
    )
