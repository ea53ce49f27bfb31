"""What an embeddings endpoint says of the files that a description may be about; without one, words alone decide."""

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from mycoder.config.retrieval_settings import Retrieval
from mycoder.models.embeddings import EmbeddingsUnavailable, embed
from mycoder.workspace.retrieval import rank
from mycoder.workspace.retrieval_index import Index

MOST_FILES = 120
"""Files whose likeness is asked for, the best by words first."""
MOST_CHARACTERS = 2_000
"""Of one definition, about 500 tokens; models for embeddings read little more."""


class Likeness(msgspec.Struct, frozen=True):
    """`scores` are 0 to 1 by path, 1 for the most alike; `problem` says why there are none."""

    scores: dict[str, float] = {}
    problem: str = ""


async def likeness(
    text: str,
    index: Index,
    root: Path,
    settings: Retrieval,
    env: Mapping[str, str],
    redact: Callable[[str], str] = str,
) -> Likeness:
    """How alike `text` and the best fitting definition of each likely file are. Nothing is asked without an endpoint.

    `redact` takes out what must not leave this machine.
    """
    if not settings.embeddings_url or not settings.embeddings_model:
        return Likeness()
    parts = await asyncio.to_thread(_parts, text, index, root)
    if not parts:
        return Likeness()
    key = env.get(settings.embeddings_key_env, "") if settings.embeddings_key_env else ""
    try:
        wanted, *vectors = await embed(
            [redact(text[:MOST_CHARACTERS]), *map(redact, parts.values())],
            base_url=settings.embeddings_url,
            model=settings.embeddings_model,
            key=key,
            env=env,
            seconds=settings.embeddings_seconds,
        )
    except EmbeddingsUnavailable as problem:
        return Likeness(problem=f"Found by words alone, because {problem}.")
    alike = dict(zip(parts, (_cosine(wanted, vector) for vector in vectors), strict=True))
    low, high = min(alike.values()), max(alike.values())
    return Likeness(
        {path: (value - low) / (high - low) if high > low else 0.0 for path, value in alike.items()}
    )


def _parts(text: str, index: Index, root: Path) -> dict[str, str]:
    """Path → its best fitting definition: the best by words, then the other files while there is room."""
    found = rank(text, index, most=MOST_FILES)
    parts = {item.path: (item.line, item.end) for item in found}
    for path, entry in index.entries.items():
        if len(parts) >= MOST_FILES:
            break
        if path not in parts and entry.chunks:
            parts[path] = (entry.chunks[0].line, entry.chunks[0].end)
    texts = {path: _lines(root / path, line, end) for path, (line, end) in parts.items()}
    return {path: f"{path}\n{body}" for path, body in texts.items() if body}


def _lines(file: Path, line: int, end: int) -> str:
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(lines[line - 1 : end])[:MOST_CHARACTERS].strip()


def _cosine(a: Sequence[float], b: Sequence[float]) -> float:
    length = math.sqrt(sum(x * x for x in a)) * math.sqrt(sum(x * x for x in b))
    return sum(x * y for x, y in zip(a, b, strict=True)) / length if length else 0.0
