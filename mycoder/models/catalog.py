"""Windows and prices: from litellm's table, a file in its wheel that is read without importing it, else our
own few.

Reading the table takes about 5 ms, so a model asks for its card only after the first request went out.
"""

import importlib.util
import os
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from mycoder.models.model import Card

_FILE = "model_prices_and_context_window_backup.json"


class _Entry(msgspec.Struct, frozen=True):
    """The fields of a row of the table that matter here; sizes in tokens, prices in dollars per token."""

    max_input_tokens: int | float | str | None = None
    max_tokens: int | float | str | None = None
    max_output_tokens: int | float | str | None = None
    input_cost_per_token: float | str | None = None
    cache_read_input_token_cost: float | str | None = None
    output_cost_per_token: float | str | None = None
    supports_vision: bool | None = None
    supports_function_calling: bool | None = None


# Where the packaged table has no row: pattern, window, longest reply. From the makers' model cards, autumn
# 2026. Prices are left at 0, since a wrong price is worse than none.
_KNOWN: tuple[tuple[str, int, int], ...] = (
    ("gpt-5*", 272_000, 128_000),
    ("gpt-4.1*", 1_047_576, 32_768),
    ("gpt-oss*", 131_072, 131_072),
    ("claude*", 200_000, 64_000),
    ("gemini-*", 1_048_576, 65_536),
    ("deepseek-v4*", 1_048_576, 262_144),
    ("deepseek*", 131_072, 65_536),
    ("kimi-k2*", 262_144, 262_144),
    ("kimi*", 262_144, 262_144),
    ("moonshot-v1-8k*", 8_192, 8_192),
    ("moonshot-v1-32k*", 32_768, 32_768),
    ("moonshot-v1*", 131_072, 131_072),
    ("glm-5*", 200_000, 128_000),
    ("glm-4*", 131_072, 96_000),
    ("mimo-v2*-flash*", 262_144, 65_536),
    ("mimo*", 1_048_576, 131_072),
    ("qwen3-coder*", 262_144, 65_536),
    ("qwen3*", 131_072, 32_768),
    ("devstral*", 262_144, 262_144),
    ("codestral*", 262_144, 262_144),
    ("mistral-*", 131_072, 131_072),
    ("llama-3.3*", 131_072, 32_768),
    ("llama-4*", 1_048_576, 32_768),
    ("grok-4*", 256_000, 256_000),
    ("grok-code*", 256_000, 256_000),
)


def card(name: str, prefix: str, model: str, *, is_local: bool = False, path: str = "") -> Card:
    """What is known of `model` of the provider that the table calls `prefix`.

    `is_local`: it costs nothing, and its window is what the server was started with, so nothing is taken from
    the table. `path` names another table, for tests. A missing or broken table is no error.
    """
    if is_local:
        return Card(name)
    entry = _entry(tuple(_keys(prefix, model)), path or table_path())
    if entry is None:
        return _known(name, model)
    return Card(
        name,
        window=_size(entry.max_input_tokens) or _size(entry.max_tokens),
        max_output=_size(entry.max_output_tokens),
        input_price=_price(entry.input_cost_per_token),
        cached_price=_price(entry.cache_read_input_token_cost),
        output_price=_price(entry.output_cost_per_token),
        has_images=bool(entry.supports_vision),
        has_tools=entry.supports_function_calling is not False,
    )


def with_facts(card: Card, facts: Mapping[str, Any]) -> Card:
    """`card` with what the settings say instead: any of its fields; None says nothing."""
    return msgspec.structs.replace(card, **{key: value for key, value in facts.items() if value is not None})


def table_path() -> str:
    """The table in the installed wheel of litellm, or empty."""
    spec = importlib.util.find_spec("litellm")
    if spec is None or spec.origin is None:
        return ""
    return os.path.join(os.path.dirname(spec.origin), _FILE)


def _entry(keys: Iterable[str], path: str) -> _Entry | None:
    try:
        with open(path, "rb") as file:
            # Rows stay raw: decoding all 4 000 takes 15 ms and 20 MB, finding ours 4 ms.
            rows = msgspec.json.decode(file.read(), type=dict[str, msgspec.Raw])
    except (OSError, msgspec.DecodeError):
        return None
    for key in keys:
        if key in rows:
            try:
                return msgspec.json.decode(rows[key], type=_Entry)
            except msgspec.DecodeError:
                continue
    return None


def _keys(prefix: str, model: str) -> Iterator[str]:
    names = [model, model.lower()]
    short = model.lower().partition(":")[0]  # OpenRouter's ``:free``
    names += [short, short.removesuffix("-latest"), short.rpartition("/")[2]]
    for name in dict.fromkeys(names):
        yield f"{prefix}/{name}"
        if prefix == "fireworks_ai" and "/" not in name:
            yield f"{prefix}/accounts/fireworks/models/{name}"
        yield name


def _known(name: str, model: str) -> Card:
    short = model.lower().rpartition("/")[2]
    for pattern, window, longest in _KNOWN:
        if fnmatchcase(short, pattern):
            return Card(name, window, longest)
    return Card(name)


def _size(value: int | float | str | None) -> int:
    return int(value) if isinstance(value, int | float) and value > 0 else 0


def _price(value: float | str | None) -> float:
    return float(value) if isinstance(value, int | float) and value > 0 else 0.0
