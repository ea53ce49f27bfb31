"""How large the window of a model is that a server of one's own serves: the server is asked, once, after the model has
begun to answer. Nobody waits for it, and a server that does not say leaves it unknown."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from mycoder.models.decoding import decode_json
from mycoder.models.failures import WireError
from mycoder.models.http import HttpClient
from mycoder.models.url import Url

_LIMIT = 4 * 1024 * 1024
_SECONDS = 5.0
"""For one question; a server that is busy with a reply may take so long."""

_PLACES = ("models", "/api/v0/models", "/api/ps", "/props")
"""vLLM and llama.cpp say it where models are listed, LM Studio in a list of its own, Ollama for what is loaded,
llama.cpp for the whole server. A slash begins at the server's root instead of the base URL."""


async def served_window(
    base: Url, model: str, headers: tuple[tuple[str, str], ...], env: Mapping[str, str]
) -> int:
    """Tokens of the window that `model` is served with at `base`; 0 when the server does not say."""
    root = msgspec.structs.replace(base, path=base.path.rstrip("/").removesuffix("/v1"))
    own, above = HttpClient(base, env), HttpClient(root, env)
    try:
        for place in _PLACES:
            client = above if place.startswith("/") else own
            if size := window_in(await _asked(client, place.lstrip("/"), headers), model):
                return size
    finally:
        await own.aclose()
        await above.aclose()
    return 0


async def _asked(client: HttpClient, place: str, headers: tuple[tuple[str, str], ...]) -> Any:
    """What is served there, decoded; None for anything but JSON."""
    try:
        async with asyncio.timeout(_SECONDS):
            response = await client.exchange("GET", place, [("Accept", "application/json"), *headers])
            body = await response.read_all(_LIMIT)
            response.close()
        return decode_json(body) if response.status == 200 else None
    except (WireError, TimeoutError, OSError, ValueError):
        return None


def window_in(answer: Any, model: str) -> int:
    """The window in what a server said of itself; 0 for none. Of a list the row of `model` counts, or the only one."""
    if not isinstance(answer, dict):
        return 0
    listed = answer.get("data", answer.get("models"))
    if not isinstance(listed, list):
        return window_of(answer)
    rows = [row for row in listed if isinstance(row, dict)]
    mine = [row for row in rows if model in (row.get("id"), row.get("name"), row.get("model"))]
    chosen = mine or (rows if len(rows) == 1 else [])
    return window_of(chosen[0]) if chosen else 0


def window_of(row: dict[str, Any]) -> int:
    """vLLM says ``max_model_len``, llama.cpp ``meta.n_ctx`` or, of the server, ``default_generation_settings.n_ctx``,
    LM Studio ``loaded_context_length``, Ollama ``context_length``."""
    meta, settings = row.get("meta"), row.get("default_generation_settings")
    sizes = (
        row.get("max_model_len"),
        row.get("loaded_context_length"),
        meta.get("n_ctx") if isinstance(meta, dict) else None,
        settings.get("n_ctx") if isinstance(settings, dict) else None,
        row.get("context_length"),
    )
    return next((size for size in sizes if type(size) is int and 0 < size < 1 << 40), 0)
