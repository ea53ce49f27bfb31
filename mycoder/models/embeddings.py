"""Embeddings over the wire that most servers speak: ``POST embeddings`` with ``{"model", "input": [...]}``.

Source: the OpenAI API reference, "Create embeddings"; Ollama, vLLM, LM Studio and llama.cpp answer the same.
"""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from mycoder.models.failures import WireError
from mycoder.models.http import HttpClient
from mycoder.models.url import parse_url

AT_ONCE = 64
"""Texts of one request."""
_LIMIT = 64 << 20


class EmbeddingsUnavailable(Exception):
    """There are no embeddings now; the message says why."""


class _Vector(msgspec.Struct):
    index: int
    embedding: list[float]


class _Answer(msgspec.Struct):
    data: list[_Vector]


async def embed(
    texts: Sequence[str], *, base_url: str, model: str, key: str, env: Mapping[str, str], seconds: float
) -> list[list[float]]:
    """One vector for each text, in their order. Raises EmbeddingsUnavailable."""
    try:
        client = HttpClient(parse_url(base_url.rstrip("/") + "/"), env, seconds)
    except ValueError as wrong:
        raise EmbeddingsUnavailable(f"retrieval.embeddings_url: {wrong}") from None
    headers = [("Content-Type", "application/json"), ("Accept", "application/json")]
    headers += [("Authorization", f"Bearer {key}")] if key else []
    try:
        async with asyncio.timeout(seconds):
            parts = [texts[at : at + AT_ONCE] for at in range(0, len(texts), AT_ONCE)]
            return [
                vector for part in parts for vector in await _asked(client, part, model, headers, seconds)
            ]
    except TimeoutError:
        raise EmbeddingsUnavailable(f"no embeddings within {seconds:g} s") from None
    except WireError as failed:
        raise EmbeddingsUnavailable(str(failed)) from None
    finally:
        await client.aclose()


async def _asked(
    client: HttpClient, texts: Sequence[str], model: str, headers: list[tuple[str, str]], seconds: float
) -> list[list[float]]:
    body = msgspec.json.encode({"model": model, "input": list(texts)})
    response = await client.exchange("POST", "embeddings", headers, body, seconds)
    answer = await response.read_all(_LIMIT)
    response.close(reusable=response.status == 200)
    if response.status != 200:
        raise EmbeddingsUnavailable(f"the server of the embeddings answered {response.status}")
    try:
        found = sorted(msgspec.json.decode(answer, type=_Answer).data, key=lambda vector: vector.index)
    except msgspec.MsgspecError as wrong:
        raise EmbeddingsUnavailable(f"the answer is no list of embeddings: {wrong}") from None
    vectors = [vector.embedding for vector in found]
    if len(vectors) != len(texts) or len({len(vector) for vector in vectors}) > 1:
        raise EmbeddingsUnavailable(f"{len(vectors)} embeddings came for {len(texts)} texts")
    return vectors
