"""Which model servers run on this machine: asked all at once, in 50 ms."""

import asyncio
from collections.abc import Iterable, Mapping

import msgspec

from mycoder.models.decoding import decode_json
from mycoder.models.failures import WireError
from mycoder.models.http import HttpClient
from mycoder.models.providers import PROVIDERS
from mycoder.models.registry import base_url_of
from mycoder.models.url import parse_url

_LIMIT = 4 * 1024 * 1024


class LocalServer(msgspec.Struct, frozen=True):
    """A server that answered. `models` are the names it serves, `windows` their sizes in tokens where it says
    them."""

    provider: str
    base_url: str
    models: tuple[str, ...] = ()
    windows: dict[str, int] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """As a person writes them: ``ollama/qwen3:8b``."""
        return tuple(f"{self.provider}/{model}" for model in self.models)


async def probe_local(
    env: Mapping[str, str] | None = None,
    *,
    seconds: float = 0.05,
    places: Iterable[tuple[str, str]] | None = None,
) -> list[LocalServer]:
    """The servers that list their models within `seconds`, in the order of the provider table.

    `places` are pairs of provider and base URL; else the default ports of Ollama (OLLAMA_HOST is honoured),
    LM Studio, vLLM and llama.cpp. Nothing but this machine is asked, whatever the environment says.
    """
    env = env or {}
    if places is None:
        places = [(p.name, base_url_of(p, env)) for p in PROVIDERS if p.is_local]
    tasks = [asyncio.ensure_future(_ask(provider, url)) for provider, url in places]
    if not tasks:
        return []
    try:
        await asyncio.wait(tasks, timeout=seconds)
    finally:
        for task in tasks:
            task.cancel()
    found = [t.result() for t in tasks if t.done() and not t.cancelled() and t.exception() is None]
    return [server for server in found if server is not None]


async def _ask(provider: str, base_url: str) -> LocalServer | None:
    try:
        url = parse_url(base_url)
    except ValueError:
        return None
    if not url.is_loopback:
        return None
    client = HttpClient(url, {})
    try:
        response = await client.exchange("GET", "models", [("Accept", "application/json")])
        body = await response.read_all(_LIMIT)
        response.close()
    except WireError:
        return None
    finally:
        await client.aclose()
    if response.status in (401, 403):
        return LocalServer(provider, base_url)
    return _listed(provider, base_url, body) if response.status == 200 else None


def _listed(provider: str, base_url: str, body: bytes) -> LocalServer | None:
    try:
        value = decode_json(body)
    except ValueError:
        return None
    from mycoder.models.learning import window_of  # late: only for a server that has answered

    rows = value.get("data") if isinstance(value, dict) else None
    if not isinstance(rows, list):
        return None
    models = [row for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)]
    windows = {row["id"]: size for row in models if (size := window_of(row))}
    return LocalServer(provider, base_url, tuple(row["id"] for row in models), windows)
