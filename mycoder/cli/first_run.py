"""What setting up a model needs of the house: the providers to choose from, a key tried at once, a place for it."""

from collections.abc import Mapping

from mycoder.config.key_store import KeyStore
from mycoder.config.settings import Settings
from mycoder.models.choice import USUAL
from mycoder.models.model import Failed, TextDelta, Timeouts
from mycoder.models.probe import probe_local
from mycoder.models.providers import PROVIDERS, find_provider
from mycoder.models.registry import ModelUnavailable, open_model
from mycoder.protocol.messages import Message, Request
from mycoder.ui.door import Provider, Tried

LOCAL = "local"
"""Id of the choice that stands for any server on this machine."""
_WORKS = frozenset({"empty", "rate_limit"})
"""Failures of a trial that say nothing against the key."""
_PATIENCE = Timeouts(connect=10.0, first_token=30.0, idle=30.0)


class FirstRun:
    """`env` and `settings` are those of the start, `keys` is where a key goes."""

    def __init__(self, env: Mapping[str, str], settings: Settings, keys: KeyStore) -> None:
        self._env, self._settings, self._keys = env, settings, keys

    def providers(self) -> tuple[Provider, ...]:
        """Those whose usual model is known, and one entry for a server on this machine."""
        services = [
            Provider(
                id=provider.name,
                label=provider.title,
                key_variable=provider.key_env[0],
                key_page=provider.key_page,
                model=f"{provider.name}/{USUAL[provider.name]}",
            )
            for provider in sorted(
                (p for p in PROVIDERS if p.name in USUAL and p.key_env),
                key=lambda p: list(USUAL).index(p.name),
            )
        ]
        names = ", ".join(provider.title for provider in PROVIDERS if provider.is_local)
        return (*services, Provider(id=LOCAL, label=f"A server on this machine ({names})", is_local=True))

    async def test(self, provider_id: str, key: str) -> Tried:
        """Asks the usual model of the provider for one word with `key`; of a local server only what it serves."""
        if provider_id == LOCAL:
            return await self._local()
        provider = find_provider(provider_id)
        if provider is None or provider.name not in USUAL:
            return Tried(problem=f"There is no provider {provider_id!r}.")
        name = f"{provider.name}/{USUAL[provider.name]}"
        bare = {variable: value for variable, value in self._env.items() if variable not in provider.key_env}
        try:
            model = open_model(
                name,
                base_url=self._settings.base_url,
                env=bare,
                timeouts=_PATIENCE,
                key_lookup=lambda _: key,
            )
        except ModelUnavailable as error:
            return Tried(problem=str(error))
        request = Request((Message("user", "Answer with the word ok."),), max_tokens=16)
        problem = ""
        try:
            async for delta in model.stream(request):
                if isinstance(delta, Failed) and delta.kind not in _WORKS:
                    problem = f"{delta.message} {delta.hint}".strip()
                if isinstance(delta, Failed | TextDelta):
                    break
        finally:
            await model.aclose()
        return Tried(problem=problem) if problem else Tried(model=name)

    def save(self, provider_id: str, key: str) -> str:
        """Where the key is now, in words. Raises OSError and ConfigError."""
        return self._keys.put(provider_id, key)

    async def _local(self) -> Tried:
        servers = await probe_local(self._env, seconds=2.0)
        for server in servers:
            if server.names:
                return Tried(model=server.names[0])
        if servers:
            return Tried(problem="A server answers, but it has no model yet, e.g. ollama pull qwen3.")
        return Tried(
            problem="No server answers on this machine. Start one, e.g. ollama serve, and try again."
        )
